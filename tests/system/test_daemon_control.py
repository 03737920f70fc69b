"""The control socket: what it answers, and that it always does."""

import time
from collections.abc import Iterator
from pathlib import Path

import msgpack
import pytest
import zmq
from hypothesis import given, settings
from hypothesis import strategies as st
from support.board import Board
from support.control import done, exchange, refused
from support.daemon import Daemon, Waiting
from support.stream import Message


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon with a board of two chips that streams."""
    folder = tmp_path_factory.mktemp("running")
    with Board(folder, ramp=True, channels=16) as board, Daemon(folder, board.url) as daemon:
        daemon.wait_for_state("streaming")
        yield daemon


def test_status_gives_the_newest_meta_and_health(running: Daemon) -> None:
    with running.subscribe() as subscriber:
        meta = subscriber.next("meta")
        subscriber.next("health")
        health = subscriber.next("health")
        status = running.status()
    assert status["ok"] is True
    assert status["state"] == "streaming"
    assert status["meta"] == meta.header
    assert status["health"]["seq"] - health["seq"] in (0, 1)
    assert status["health"].keys() == health.header.keys()
    assert status["endpoints"][0] == running.stream
    assert set(meta.header) >= {
        *("v", "session", "seq", "board", "firmware", "rate_hz", "channels", "packet_samples"),
        *("filter", "spotter", "mvc_uv", "daemon", "started_ns"),
    }
    for channel in meta["channels"]:
        assert set(channel) >= {"name", "muscle", "gain", "uv_per_count", "active"}
    assert set(health.header) >= {
        *("rate_hz", "clock_ppm", "t_error_ms", "samples", "lost", "bad_frames", "reconnects"),
        *("publish_dropped", "latency_ms", "recording", "lead_off", "clipped", "noise_uv"),
        "not_spotted",
    }
    assert set(health["latency_ms"]) == {"p50", "p99", "max"}
    for key in ("lead_off", "clipped", "noise_uv", "not_spotted"):
        assert len(health[key]) == 16


@pytest.mark.parametrize("kind", [zmq.REQ, zmq.DEALER])
def test_req_and_dealer_are_answered_alike(running: Daemon, kind: int) -> None:
    question = msgpack.packb({"do": "clock"})
    [answer] = exchange(running.control, kind, [question])
    assert msgpack.unpackb(answer)["ok"] is True
    if kind == zmq.DEALER:
        empty, answer = exchange(running.control, kind, [b"", question])
        assert empty == b""
        assert msgpack.unpackb(answer)["ok"] is True


def test_clock_is_utc(running: Daemon) -> None:
    before = time.time_ns()
    answer = done(running.control, "clock")
    assert before - 50e6 < answer["t_ns"] < time.time_ns() + 50e6
    assert done(running.control, "clock")["t_ns"] > answer["t_ns"]


@pytest.mark.parametrize(
    ("label", "value"),
    [("stimulus", None), ("film", "ärger 3"), ("x" * 200, 2.5), ("trial", -7), ("0", 2**40)],
)
def test_a_mark_stands_in_the_stream_as_it_was_answered(
    running: Daemon, label: str, value: object
) -> None:
    with running.subscribe("mark", "raw", "meta") as subscriber:
        before = subscriber.next("raw")
        answer = done(running.control, "mark", label=label, value=value)
        mark = subscriber.next("mark")
        after = subscriber.next("raw")
    assert (mark["label"], mark["value"], mark["source"]) == (label, value, "control")
    assert (mark["sample"], mark["t_ns"]) == (answer["sample"], answer["t_ns"])
    assert before["first"] < mark["sample"] < after.end + 500
    assert abs(time_of(before, mark["sample"]) - mark["t_ns"]) < 2e6


def time_of(block: Message, sample: int) -> float:
    """When a sample was taken, by a block's header."""
    return float(block["t_ns"] + (sample - block["first"]) * block["step_ns"])


def test_a_mark_of_the_past_gets_the_sample_of_its_time(running: Daemon) -> None:
    with running.subscribe("raw", "meta") as subscriber:
        block = subscriber.next("raw")
        for place in (0, 7, block["n"] - 1):
            t_ns = round(time_of(block, block["first"] + place))
            answer = done(running.control, "mark", label="then", t_ns=t_ns)
            assert answer["t_ns"] == t_ns
            assert abs(answer["sample"] - block["first"] - place) <= 1
        now = done(running.control, "clock")["t_ns"]
        answer = done(running.control, "mark", label="soon", t_ns=now + 10**9)
        block = subscriber.next("raw")
        assert abs(time_of(block, answer["sample"]) - now - 10**9) < 2e6


def test_marks_that_cannot_be_set(running: Daemon) -> None:
    now = done(running.control, "clock")["t_ns"]
    for fields in (
        {},
        {"label": ""},
        {"label": "x" * 201},
        {"label": 7},
        {"label": "x", "value": [1]},
        {"label": "x", "value": {}},
        {"label": "x", "t_ns": -1},
        {"label": "x", "t_ns": 1.5},
        {"label": "x", "t_ns": "now"},
        {"label": "x", "t_ns": True},
        {"label": "x", "t_ns": 2**63},
        {"label": "x", "t_ns": now + 60 * 10**9},
        {"label": "x", "t_ns": now - 3600 * 10**9},
    ):
        refused(running.control, "mark", **fields)
    assert "ahead" in refused(running.control, "mark", label="x", t_ns=now + 10**12)["error"]
    assert "before the first" in refused(running.control, "mark", label="x", t_ns=1)["error"]


def test_registers_as_they_were_read_back(running: Daemon, tmp_path: Path) -> None:
    first = done(running.control, "board.read", address=0, count=24)["values"]
    second = done(running.control, "board.read", address=0x20, count=24)["values"]
    for values in (first, second):
        assert values[0] & 0x1C == 0x1C  # ID of an ADS1299 (data sheet p.45)
        assert values[1] == 0x94  # CONFIG1: 1000 Hz
        assert values[5:13] == [0x60] * 8  # CHnSET: gain 24, on, electrodes
    assert done(running.control, "board.read", address=1, count=1)["values"] == [first[1]]
    for address, count in ((0x18, 1), (0, 25), (0x17, 2), (0x38, 1), (0x40, 1), (0xFF, 1)):
        assert "0x" in refused(running.control, "board.read", address=address, count=count)["error"]
    for fields in ({}, {"address": 0}, {"address": -1, "count": 1}, {"address": 0, "count": 0}):
        refused(running.control, "board.read", **fields)
    for wrong in ("0", 1.0, None, 256, True):
        refused(running.control, "board.read", address=wrong, count=1)


def test_an_unknown_request_is_told_what_there_is(running: Daemon) -> None:
    answer = refused(running.control, "make.coffee")
    assert "make.coffee" in answer["error"]
    for do in ("status", "mark", "clock", "tube.set", "board.read"):
        assert do in answer["error"]


def test_before_there_is_a_board(tmp_path: Path) -> None:
    with Waiting(tmp_path) as daemon:
        status = daemon.status()
        assert (status["state"], status["meta"]) == ("waiting", None)
        assert refused(daemon.control, "mark", label="x")["code"] == "no_samples"
        assert refused(daemon.control, "board.read", address=0, count=1)["code"] == "no_board"
        assert refused(daemon.control, "tube.set", number=1)["code"] == "no_board"
        assert done(daemon.control, "clock")["t_ns"] > 0
        assert daemon.end() == 0
        assert "Traceback" not in daemon.said


# -- whatever arrives


class Asking:
    """A DEALER that stays connected, for many questions."""

    def __init__(self, endpoint: str) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.DEALER)
        self._socket.linger = 0
        self._socket.connect(endpoint)

    def ask(self, frames: list[bytes]) -> dict[str, object]:
        self._socket.send_multipart(frames)
        assert self._socket.poll(10_000), f"no answer to {frames}"
        *envelope, answer = self._socket.recv_multipart()
        assert envelope == ([b""] if len(frames) > 1 and not frames[0] else [])
        unpacked = msgpack.unpackb(answer)
        assert isinstance(unpacked, dict)
        return unpacked

    def close(self) -> None:
        self._context.destroy(linger=0)


@pytest.fixture(scope="module")
def asking(running: Daemon) -> Iterator[Asking]:
    asking = Asking(running.control)
    yield asking
    asking.close()


def check_answer(answer: dict[str, object]) -> None:
    """Done, or refused with a reason: never because the daemon failed over it."""
    if answer["ok"] is not True:
        assert set(answer) == {"ok", "code", "error"}
        assert answer["code"] != "internal"
        assert isinstance(answer["error"], str)


@given(st.lists(st.binary(max_size=64), min_size=1, max_size=5))
@settings(max_examples=300, deadline=None)
def test_whatever_bytes_arrive_it_answers(asking: Asking, frames: list[bytes]) -> None:
    answer = asking.ask(frames)
    assert answer["ok"] is False
    check_answer(answer)


_anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
_requests = st.fixed_dictionaries(
    {},
    optional={
        "do": st.sampled_from(
            ["status", "mark", "clock", "tube.set", "board.read", "record.start", "record.stop"]
        )
        | _anything,
        **{
            name: _anything | st.integers(0, 300)
            for name in ("label", "value", "t_ns", "number", "address", "count", "name", "info")
        },
    },
)


@given(_requests | _anything)
@settings(max_examples=500, deadline=None)
def test_whatever_is_asked_it_answers(asking: Asking, request: object) -> None:
    check_answer(asking.ask([msgpack.packb(request)]))


def test_requests_out_of_all_proportion(asking: Asking) -> None:
    nested: object = None
    for _ in range(400):
        nested = [nested]
    for frame in (
        b"",
        b"\xdb\xff\xff\xff\xff",  # a text of 4 GB, announced
        b"\xdf\xff\xff\xff\xff",  # a map of 4 G entries, announced
        b"\x91" * 5000,  # arrays in arrays
        msgpack.packb({"do": "mark", "label": "x", "value": "y" * 2**21}),
        msgpack.packb({"do": "x" * 100_000}),
        msgpack.packb({"do": nested}),
        msgpack.packb({"do": "status"}) * 2,
        msgpack.packb({1: 2, "do": "status", None: 3}, strict_types=False),
        msgpack.packb("status"),
        msgpack.packb({"do": "mark", "label": msgpack.ExtType(5, b"x")}),
        msgpack.packb({"do": "mark", "label": msgpack.Timestamp(5)}),
        b"\x81\xa2do\xa4\xff\xff\xff\xff",  # a text that is no UTF-8
    ):
        answer = asking.ask([frame])
        check_answer(answer)
        assert answer["ok"] is False
        assert len(str(answer["error"])) < 1000
    assert asking.ask([msgpack.packb({"do": "status"})])["state"] == "streaming"


def test_one_who_never_takes_his_answers_holds_up_nobody(running: Daemon) -> None:
    question = msgpack.packb({"do": "status"})
    with zmq.Context() as context, context.socket(zmq.DEALER) as rude:
        rude.linger = 0
        rude.rcvhwm = 1
        rude.connect(running.control)
        for _ in range(3000):
            rude.send(question)
        assert running.status()["state"] == "streaming"
