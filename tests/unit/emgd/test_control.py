"""The control socket's answers, against a session of which everything is known."""

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import msgpack
import pytest
import zmq
from ads1299.source import BoardInfo
from emgd.control import Control
from emgd.line import Line
from emgd.recorder.trouble import RecordError
from emgd.recordings import Recordings
from emgd.shared import Mark, Shared, ShowNumber

OFFSET_NS = 10**18
BOARD = BoardInfo(
    board="a board",
    firmware="1",
    rate_hz=1000,
    gains=(24,) * 8,
    active=(True,) * 8,
    uv_per_count=(1.0,) * 8,
    packet_samples=20,
    has_tube=True,
    registers={0x00: 0x3E, 0x01: 0x94, 0x20: 0x3C},
)


class Promising:
    """Recordings whose disk takes its time."""

    def __init__(self) -> None:
        self.starting: Future[dict[str, Any]] = Future()
        self.stopping: Future[dict[str, Any]] = Future()

    def start(self, _request: Mapping[str, Any]) -> Future[dict[str, Any]]:
        return self.starting

    def stop(self, _request: Mapping[str, Any]) -> Future[dict[str, Any]]:
        return self.stopping


class Lab:
    """A control socket, one who asks, and the session between them."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], folder: Path, tube: str) -> None:
        self.shared = Shared(OFFSET_NS)
        self.promising = Promising()
        self.control = Control(
            context,
            f"ipc://{folder}/control",
            self.shared,
            tube,
            cast(Recordings, self.promising),
            {"session": "s"},
        )
        self._client = context.socket(zmq.DEALER)
        self._client.linger = 0
        self._client.connect(self.control.endpoint)

    def close(self) -> None:
        self._client.close()
        self.control.close()

    def send(self, do: str, **fields: object) -> None:
        self._client.send(msgpack.packb({"do": do, **fields}))

    def answer(self) -> dict[str, Any]:
        deadline = time.monotonic() + 5
        while not self._client.poll(0):
            assert time.monotonic() < deadline, "no answer"
            self.control.serve()
        answer = msgpack.unpackb(self._client.recv())
        assert isinstance(answer, dict)
        return answer

    def ask(self, do: str, **fields: object) -> dict[str, Any]:
        self.send(do, **fields)
        return self.answer()


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Lab]]:
    with zmq.Context() as context:
        labs: list[Lab] = []

        def lab(tube: str = "board:") -> Lab:
            labs.append(Lab(context, tmp_path, tube))
            return labs[-1]

        yield lab
        for made in labs:
            made.close()


@pytest.fixture
def lab(make: Callable[..., Lab]) -> Lab:
    return make()


def test_status_is_what_is_shared(lab: Lab) -> None:
    assert lab.ask("status") == {
        "ok": True,
        "state": "waiting",
        "meta": None,
        "health": None,
        "session": "s",
        "control": lab.control.endpoint,
    }
    lab.shared.state = "streaming"
    lab.shared.meta = {"v": 1, "board": "x"}
    lab.shared.health = {"v": 1, "samples": 5}
    answer = lab.ask("status")
    assert (answer["state"], answer["meta"]["board"]) == ("streaming", "x")
    assert answer["health"]["samples"] == 5


def test_the_clock_is_the_sessions(lab: Lab) -> None:
    before_ns = time.monotonic_ns()
    t_ns = lab.ask("clock")["t_ns"]
    assert before_ns <= t_ns - OFFSET_NS <= time.monotonic_ns()


def test_a_mark_gets_the_sample_of_its_time(lab: Lab) -> None:
    began_ns = time.monotonic_ns() - 10 * 10**9  # 10 s ago, sample 2000 was taken
    lab.shared.line = Line(2000, float(began_ns), 1e6, OFFSET_NS, 11_990)
    for sample in (2000, 1500, 2001, 12_345, 21_000):
        t_ns = began_ns + OFFSET_NS + (sample - 2000) * 10**6
        answer = lab.ask("mark", label="x", value=7, t_ns=t_ns)
        if sample == 21_000:  # 9 s ahead is still taken: clocks differ
            assert answer["ok"] is True
        assert answer == {"ok": True, "sample": sample, "t_ns": t_ns}
        assert lab.shared.commands.get_nowait() == Mark("x", 7, sample, t_ns, "control")
    answer = lab.ask("mark", label="now")
    assert abs(answer["sample"] - 12_000) < 2000
    assert lab.shared.commands.get_nowait().t_ns == answer["t_ns"]  # type: ignore[union-attr]
    for t_ns in (began_ns + OFFSET_NS - 3 * 10**9, began_ns + OFFSET_NS + 25 * 10**9):
        assert lab.ask("mark", label="x", t_ns=t_ns)["code"] == "bad_time"
    assert lab.shared.commands.empty()


def test_a_number_for_the_tube(make: Callable[..., Lab]) -> None:
    lab = make()
    assert lab.ask("tube.set", number=5)["code"] == "no_board"
    lab.shared.board, lab.shared.state = BOARD, "streaming"
    assert lab.ask("tube.set", number=5) == {"ok": True}
    assert lab.shared.commands.get_nowait() == ShowNumber(5)
    lab.shared.state = "waiting"
    assert lab.ask("tube.set", number=5)["code"] == "no_board"
    assert lab.shared.commands.empty()


def test_no_tube_at_all(make: Callable[..., Lab]) -> None:
    assert make("none:").ask("tube.set", number=5)["code"] == "no_tube"


def test_registers(lab: Lab) -> None:
    assert lab.ask("board.read", address=0, count=1)["code"] == "no_board"
    lab.shared.board = BOARD
    assert lab.ask("board.read", address=0, count=2) == {"ok": True, "values": [0x3E, 0x94]}
    assert lab.ask("board.read", address=0x20, count=1)["values"] == [0x3C]
    answer = lab.ask("board.read", address=0, count=3)
    assert (answer["code"], "0x02" in answer["error"]) == ("no_register", True)


def test_a_disk_that_takes_its_time_holds_up_nobody_else(lab: Lab) -> None:
    lab.send("record.start", name="x")
    lab.send("clock")
    assert "t_ns" in lab.answer()  # overtakes
    lab.promising.starting.set_result({"ok": True, "path": "/data/x.mcap"})
    assert lab.answer()["path"] == "/data/x.mcap"
    lab.promising.stopping.set_exception(RecordError("not_recording", "there is no recording"))
    assert lab.ask("record.stop") == {
        "ok": False,
        "code": "not_recording",
        "error": "there is no recording",
    }


def test_a_daemon_that_fails_over_a_request_says_so_and_goes_on(lab: Lab) -> None:
    lab.promising.stopping.set_exception(ZeroDivisionError("a mistake of ours"))
    answer = lab.ask("record.stop")
    assert (answer["ok"], answer["code"]) == (False, "internal")
    assert "its log says where" in answer["error"]
    assert lab.ask("clock")["ok"] is True


def test_the_endpoint_is_given_back(lab: Lab, tmp_path: Path) -> None:
    endpoint = lab.control.endpoint
    lab.control.close()
    with zmq.Context() as context, closing(context.socket(zmq.ROUTER)) as socket:
        socket.bind(endpoint)


def test_no_more_than_a_hundred_requests_wait_for_a_disk(lab: Lab) -> None:
    for _ in range(101):
        lab.send("record.start", name="x")
    refused = lab.answer()
    assert (refused["ok"], refused["code"]) == (False, "busy")
    assert lab.ask("clock")["ok"], "other questions are answered meanwhile"
    lab.promising.starting.set_result({"ok": True, "path": "/data/x.mcap"})
    assert [lab.answer()["path"] for _ in range(100)] == ["/data/x.mcap"] * 100
    lab.send("record.stop")
    lab.promising.stopping.set_result({"ok": True, "path": "/data/x.mcap"})
    assert lab.answer()["ok"]
