"""Folders and files that the settings name are looked for before anybody needs them."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from emgd.config import ConfigError, load
from emgd.keys import make_daemon_pair
from emgd.places import place_faults
from support.process import Program


def faults(*overrides: str) -> list[str]:
    try:
        load(None, overrides, also=place_faults)
    except ConfigError as error:
        return error.faults
    return []


def test_a_folder_that_can_be_written_is_fine(tmp_path: Path) -> None:
    assert faults(f"record.dir={tmp_path}") == []


def test_a_folder_that_is_not_there_says_how_to_make_it(tmp_path: Path) -> None:
    [fault] = faults(f"record.dir={tmp_path}/none")
    assert fault.strip().startswith(f"record.dir: The folder {tmp_path}/none does not exist.")
    assert f"mkdir -p {tmp_path}/none" in fault


@pytest.mark.parametrize("below", ["", "/records"])
def test_a_file_is_no_folder(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("")
    [fault] = faults(f"record.dir={tmp_path}/file{below}")
    assert "record.dir" in fault


@pytest.fixture
def closed() -> Iterator[Path]:
    """A folder that this process may read and not write, whoever runs it."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)
        try:
            yield Path(folder)
        finally:
            if root:
                os.seteuid(0)


def test_a_folder_that_cannot_be_written_says_so(closed: Path) -> None:
    [fault] = faults(f"record.dir={closed}")
    assert f"No right to write to {closed}" in fault
    assert "Give the user of emgd the right" in fault


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    study = tmp_path / "study.toml"
    study.write_text('mains_hz = 55\nside = "top"\n')
    found = faults(
        f"record.dir={tmp_path}/none",
        f"record.study={study}",
        f"keys={tmp_path}/keys",
        "board.gain=5",
    )
    for words in (
        "record.dir: ",
        "mains_hz = 55: allowed is 50 or 60",
        "side = 'top': allowed is",
        "task is missing",
        "keys: ",
        "board.gain: 5 is not one of",
    ):
        assert any(words in fault for fault in found), words


def test_keys_that_everybody_can_read_are_a_fault(tmp_path: Path) -> None:
    make_daemon_pair(tmp_path / "keys")
    assert faults(f"keys={tmp_path}/keys") == []
    (tmp_path / "keys" / "daemon.toml").chmod(0o644)
    [fault] = faults(f"keys={tmp_path}/keys")
    assert "chmod 640" in fault


def test_the_daemon_does_not_start_without_its_folder(tmp_path: Path) -> None:
    config = tmp_path / "emgd.toml"
    config.write_text(f'[record]\n\ndir = "{tmp_path}/none"\n')
    with Program("emgd", "run", "--config", config, "--source=sim:") as program:
        assert program.wait(60) == 2
        assert f"({config}, line 3)" in program.said
        assert "mkdir -p" in program.said
        assert "Traceback" not in program.said
