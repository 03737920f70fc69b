"""With keys only listed clients get in; strangers change nothing for them."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import msgpack
import pytest
import zmq
from emgd.keys import ClientKey, Pair, load_client, make_client, make_daemon_pair
from support.daemon import Daemon
from support.process import Program, wait_until

_DENIED_MS = 1500


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    make_daemon_pair(tmp_path / "keys")
    for name in ("this-pc", "friend", "former"):
        make_client(tmp_path / "keys", name)
    return tmp_path / "keys"


class Keyed(Daemon):
    """A daemon with keys: the test's own plain questions get no answer."""

    def ready(self) -> None:
        self.wait_for_line(r"streams 8 channels", within_s=60)


@pytest.fixture
def daemon(tmp_path: Path, keys: Path) -> Iterator[Keyed]:
    with Keyed(tmp_path, "sim:?ramp", keys=keys) as daemon:
        yield daemon


def hears(endpoint: str, key: ClientKey | None, wait_ms: int = 20_000) -> bool:
    """Whether a subscriber gets samples, by plain pyzmq."""
    with zmq.Context() as context, context.socket(zmq.SUB) as sub:
        sub.linger = 0
        if key is not None:
            key.put_on(sub)
        sub.subscribe("raw")
        sub.connect(endpoint)
        return bool(sub.poll(wait_ms))


def answered(endpoint: str, key: ClientKey | None, wait_ms: int = 20_000) -> bool:
    with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
        dealer.linger = 0
        if key is not None:
            key.put_on(dealer)
        dealer.connect(endpoint)
        dealer.send(msgpack.packb({"do": "status"}))
        return bool(dealer.poll(wait_ms)) and msgpack.unpackb(dealer.recv())["ok"]


def test_only_listed_clients_get_in(daemon: Keyed, keys: Path) -> None:
    friend = load_client(keys / "friend.toml")
    stranger = ClientKey(Pair(*zmq.curve_keypair()), friend.daemon)
    misled = ClientKey(friend.own, zmq.curve_keypair()[0])  # knows another daemon's key
    assert hears(daemon.stream, friend)
    assert answered(daemon.control, friend)
    for key in (None, stranger, misled):
        assert not hears(daemon.stream, key, _DENIED_MS)
        assert not answered(daemon.control, key, _DENIED_MS)
    daemon.wait_for_line("a client with a key that is not listed was refused")
    daemon.wait_for_line("a client was refused at .*: its keys are not those of this daemon")
    daemon.wait_for_line("a client was refused at .*: it uses no keys")
    assert "Traceback" not in daemon.said


def test_a_stranger_that_says_nothing_is_hung_up_on_and_told(daemon: Keyed) -> None:
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.settimeout(30)
        stranger.connect(daemon.control.removeprefix("ipc://"))
        while stranger.recv(100):  # the daemon's greeting, then nothing
            pass
    daemon.wait_for_line("somebody came to .*control and never said who it is: hung up")


def test_a_flood_of_strangers_is_summed_up(daemon: Keyed, keys: Path) -> None:
    """Far more than ZeroMQ keeps of what it tells unheard: it must never wait to tell."""
    friend = load_client(keys / "friend.toml")
    path = daemon.stream.removeprefix("ipc://")
    for _ in range(3000):
        with socket.socket(socket.AF_UNIX) as stranger:
            stranger.connect(path)
    assert hears(daemon.stream, friend)
    assert answered(daemon.control, friend)
    said = [line for line in daemon.lines if "never said who it is" in line]
    assert 0 < len(said) <= 5
    assert daemon.end() == 0
    assert re.search(r"\d+ more like this within a minute", daemon.said)


def test_the_list_counts_as_it_is(daemon: Keyed, keys: Path) -> None:
    former = load_client(keys / "former.toml")
    assert hears(daemon.stream, former)
    with Program("emgd", "keys", "--dir", keys, "--remove", "former") as program:
        assert program.wait() == 0
    assert not hears(daemon.stream, former, _DENIED_MS)
    with Program("emgd", "keys", "--dir", keys, "later") as program:
        assert program.wait() == 0
    assert hears(daemon.stream, load_client(keys / "later.toml"))


def test_our_own_commands_take_a_key(daemon: Keyed, keys: Path) -> None:
    words = ("status", "--control", daemon.control)
    with Program("emgd", *words, "--key", keys / "friend.toml") as program:
        assert program.wait() == 0
        assert "streaming" in program.said
    by_environment = {"EMGD_KEY": str(keys / "friend.toml")}
    with Program("emgd", *words, environment=by_environment) as program:
        assert program.wait() == 0
    with Program("emgd", *words) as program:
        assert program.wait() == 3
        assert "has it keys (--key)?" in program.said
    view = ("watch", "--plain", "--control", daemon.control, "--key", keys / "friend.toml")
    with Program("emgd", *view, "--seconds", "20") as program:
        wait_until(lambda: "streaming |" in program.said, "the view to show samples")


def test_keys_that_cannot_be_used_end_the_start(tmp_path: Path) -> None:
    with Program("emgd", "run", f"--set=keys={tmp_path}/none") as program:
        assert program.wait(60) == 2
        assert "make keys with: emgd keys --dir" in program.said
