"""Keys in files: made once, closed to others, taken apart only where they are keys."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import zmq
from emgd.keys import (
    KeyFault,
    load_client,
    load_clients,
    load_daemon,
    make_client,
    make_daemon_pair,
    remove_client,
)
from hypothesis import given
from hypothesis import strategies as st


def emgd_keys(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "emgd", "keys", "--dir", str(folder), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_the_command_makes_keys_once_and_says_what_to_do(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    made = emgd_keys(folder, "stimulus-pc")
    assert made.returncode == 0
    for step in ("Copy each file", f'keys = "{folder}"', "--key NAME.toml"):
        assert step in made.stdout
    daemon = load_daemon(folder)
    assert zmq.curve_public(daemon.secret) == daemon.public
    for name in ("this-pc", "stimulus-pc"):
        key = load_client(folder / f"{name}.toml")
        assert zmq.curve_public(key.own.secret) == key.own.public
        assert key.daemon == daemon.public
        assert load_clients(folder / "clients.toml")[name] == key.own.public
    for path in folder.iterdir():
        assert path.stat().st_mode & 0o077 == 0, f"{path} is open to others"
    assert folder.stat().st_mode & 0o007 == 0
    assert daemon.secret.decode() not in made.stdout + repr(daemon)
    again = emgd_keys(folder, "stimulus-pc")
    assert again.returncode == 1
    assert "has a key already" in again.stderr
    assert load_daemon(folder) == daemon


def test_a_client_is_listed_and_shut_out(tmp_path: Path) -> None:
    emgd_keys(tmp_path / "keys", "a", "b")
    listed = emgd_keys(tmp_path / "keys", "--list").stdout
    assert [line.split("\t")[0] for line in listed.splitlines()] == ["this-pc", "a", "b"]
    assert emgd_keys(tmp_path / "keys", "--remove", "a").returncode == 0
    assert list(load_clients(tmp_path / "keys/clients.toml")) == ["this-pc", "b"]
    assert not (tmp_path / "keys/a.toml").exists()
    missing = emgd_keys(tmp_path / "keys", "--remove", "a")
    assert (missing.returncode, "lists no 'a'" in missing.stderr) == (1, True)


def test_in_a_services_folder_its_group_may_read(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    if os.geteuid() == 0:  # only root may give files away
        os.chown(tmp_path, -1, 12345)
        make_daemon_pair(tmp_path / "keys")
        found = (tmp_path / "keys" / "daemon.toml").stat()
        assert (found.st_gid, found.st_mode & 0o777) == (12345, 0o640)


@pytest.mark.parametrize("name", ["", "a b", "../a", "daemon", "clients", "-a", "ä", "x" * 65])
def test_names_that_cannot_be(tmp_path: Path, name: str) -> None:
    make_daemon_pair(tmp_path / "keys")
    with pytest.raises(KeyFault, match="no name for a client"):
        make_client(tmp_path / "keys", name)


def test_what_is_missing_or_open_is_told(tmp_path: Path) -> None:
    with pytest.raises(KeyFault, match="is not there: make keys with: emgd keys --dir"):
        load_daemon(tmp_path)
    make_daemon_pair(tmp_path)
    (tmp_path / "daemon.toml").chmod(0o644)
    with pytest.raises(KeyFault, match=r"read by everybody on this PC: chmod 640 .*daemon\.toml"):
        load_daemon(tmp_path)
    (tmp_path / "broken.toml").write_text("a = ")
    with pytest.raises(KeyFault, match="no key file"):
        load_client(tmp_path / "broken.toml")
    with pytest.raises(KeyFault, match="lists no 'nobody'"):
        remove_client(tmp_path, "nobody")


@given(data=st.binary(max_size=300))
def test_any_bytes_are_a_key_file_or_a_fault(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("keys") / "client.toml"
    path.write_bytes(data)
    with pytest.raises(KeyFault):
        load_client(path)
