"""The PC, its disk and its other programs misbehave; every sample is accounted for."""

import contextlib
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import msgpack
import pytest
import zmq
from support.account import check_account, check_log, check_recording, sent_of
from support.board import Board
from support.control import exchange
from support.daemon import Waiting
from support.process import listening_port, resident_kb, wait_until
from support.stream import Subscriber


@contextlib.contextmanager
def lowered(pid: int, kind: int, limit: int) -> Iterator[None]:
    """A limit of a running process, lower for a while."""
    before = resource.prlimit(pid, kind)
    resource.prlimit(pid, kind, (limit, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, kind, before)


class Asker:
    """One connection to the control socket, for one question after the other."""

    def __init__(self, endpoint: str) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.REQ)
        self._socket.connect(endpoint)

    def ask(self, do: str, **fields: object) -> dict[str, Any]:
        self._socket.send(msgpack.packb({"do": do, **fields}))
        assert self._socket.poll(20_000), "no answer"
        return dict(msgpack.unpackb(self._socket.recv()))

    def __enter__(self) -> "Asker":
        return self

    def __exit__(self, *_: object) -> None:
        self._context.destroy(linger=0)


def read_blocks(subscriber: Subscriber, count: int) -> None:
    for _ in range(count):
        subscriber.next("raw")


def finish(daemon: Waiting, board: Board, subscriber: Subscriber) -> None:
    """End the board and settle the account."""
    board.end()
    subscriber.quiet(0.5)
    check_account(subscriber, sent_of(board), subscriber.next("health"))
    check_log(daemon)


def test_stopped_for_five_seconds_and_continued(lab: Waiting, tmp_path: Path) -> None:
    """As a laptop's lid does it: what the board kept is taken, what it could not keep is told."""
    with lab.listening() as subscriber, lab.board(tmp_path, ramp=True, buffer_kb=16) as board:
        began = subscriber.next("raw")["first"]
        read_blocks(subscriber, 20)
        lab.signal(signal.SIGSTOP)
        stopped_s = time.monotonic()
        wait_until(lambda: time.monotonic() > stopped_s + 5, "five seconds to pass")
        lab.signal(signal.SIGCONT)
        made = began + 20 * (int(time.monotonic() - stopped_s) * 50)
        subscriber.until(lambda got: got.topic == "raw" and got.end > made, "what came after")
        read_blocks(subscriber, 20)
        finish(lab, board, subscriber)


def test_the_machine_is_busy_to_the_last(lab: Waiting, tmp_path: Path) -> None:
    with ExitStack() as burning:
        for _ in range(2 * (os.cpu_count() or 1)):
            burner = subprocess.Popen([sys.executable, "-c", "while True: pass"])
            burning.callback(burner.wait)
            burning.callback(burner.kill)
        with lab.listening() as subscriber, lab.board(tmp_path, ramp=True) as board:
            read_blocks(subscriber, 75)
            finish(lab, board, subscriber)


def test_a_hundred_subscribers_that_never_read(lab: Waiting, tmp_path: Path) -> None:
    with ExitStack() as stuck, lab.listening() as subscriber:
        context = stuck.enter_context(zmq.Context())
        for _ in range(100):
            socket_ = stuck.enter_context(context.socket(zmq.SUB))
            socket_.rcvhwm = 10
            socket_.linger = 0
            socket_.subscribe("")
            socket_.connect(lab.stream)
        with lab.board(tmp_path, ramp=True) as board:
            read_blocks(subscriber, 60)
            finish(lab, board, subscriber)


def test_the_control_socket_is_flooded(lab: Waiting, tmp_path: Path) -> None:
    """Rubbish without end, and a request of 100 MB: one answer each, and no sample the less."""
    ending = threading.Event()

    def flood() -> None:
        with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
            dealer.linger = 0
            dealer.sndtimeo = dealer.rcvtimeo = 100
            dealer.connect(lab.control)
            while not ending.is_set():
                with contextlib.suppress(zmq.Again):
                    dealer.send(os.urandom(200))

    flooding = [threading.Thread(target=flood) for _ in range(2)]
    with lab.listening() as subscriber, lab.board(tmp_path, ramp=True) as board:
        for thread in flooding:
            thread.start()
        try:
            before_kb = resident_kb(lab.pid)
            [answer] = exchange(lab.control, zmq.REQ, [bytes(100_000_000)])
            assert msgpack.unpackb(answer)["ok"] is False
            lab.wait_for_line("WARNING a request of more than 1048576 bytes was refused")
            read_blocks(subscriber, 100)
            assert resident_kb(lab.pid) < before_kb + 20_000, "nothing of it is kept"
        finally:
            ending.set()
            for thread in flooding:
                thread.join()
        finish(lab, board, subscriber)
        assert lab.ask("status")["ok"]


def hung_up_on(endpoint: str, message_bytes: int) -> bool:
    """Whether a client that announces so large a message is hung up on; ZMTP 3.0, by hand."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(20)
        client.connect(endpoint.removeprefix("ipc://"))
        client.sendall(b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32))
        ready = b"\x05READY" + b"\x0bSocket-Type" + b"\x00\x00\x00\x06DEALER"
        client.sendall(bytes([4, len(ready)]) + ready)
        client.sendall(b"\x02" + message_bytes.to_bytes(8, "big") + bytes(1000))
        client.settimeout(2)
        try:
            while client.recv(1000):
                pass
        except TimeoutError:
            return False
        except ConnectionError:
            return True
        return True


def test_who_announces_gigabytes_is_hung_up_on(lab: Waiting) -> None:
    assert not hung_up_on(lab.control, 100_000_000)
    assert hung_up_on(lab.control, 10**12)
    assert lab.ask("status")["ok"]


def test_a_port_scanner_on_the_boards_port(lab: Waiting, tmp_path: Path) -> None:
    """Strangers that dial in are asked who they are and hung up on; the board gets its line."""
    with lab.listening() as subscriber:
        wait_until(lambda: listening_port(lab.pid) is not None, "a port for boards")
        port = listening_port(lab.pid)
        assert port
        for words in (b"", b"GET / HTTP/1.1\r\n\r\n", os.urandom(5_000_000)):
            with (
                socket.create_connection(("127.0.0.1", port), timeout=20) as stranger,
                contextlib.suppress(OSError),
            ):
                stranger.sendall(words)
            wait_until(lambda: listening_port(lab.pid) == port, "the daemon to listen again")
        with lab.board(tmp_path, ramp=True) as board:
            read_blocks(subscriber, 20)
            finish(lab, board, subscriber)


@pytest.fixture
def recording(tmp_path: Path) -> Iterator[Waiting]:
    (tmp_path / "records").mkdir()
    with Waiting(tmp_path, "--record-dir", str(tmp_path / "records")) as daemon:
        yield daemon


def test_the_recording_is_the_stream(recording: Waiting, tmp_path: Path) -> None:
    faults = ["drop=13:2", "repeat=7", "garbage=9", "cut=1.2:0.3"]
    with recording.listening() as subscriber:
        with recording.board(tmp_path, ramp=True, fault=faults) as board:
            read_blocks(subscriber, 10)
            assert recording.ask("record.start", name="film")["ok"]
            read_blocks(subscriber, 120)
            receipt = recording.ask("record.stop")
            assert receipt["ok"], receipt
            finish(recording, board, subscriber)
        check_recording([receipt["path"]], subscriber)


def test_the_disk_refuses_and_takes_again(recording: Waiting, tmp_path: Path) -> None:
    """What could not be written is a gap of the recording alone; the stream has it."""
    with recording.listening() as subscriber:
        with recording.board(tmp_path, ramp=True) as board:
            read_blocks(subscriber, 10)
            assert recording.ask("record.start", name="film")["ok"]
            read_blocks(subscriber, 50)
            with lowered(recording.pid, resource.RLIMIT_FSIZE, 1):  # the next write fails
                subscriber.until(
                    lambda got: (
                        got.topic == "health"
                        and bool(got["recording"])
                        and bool(got["recording"]["problem"])
                    ),
                    "health to say so",
                )
            subscriber.until(
                lambda got: (
                    got.topic == "health" and got["recording"] and not got["recording"]["problem"]
                ),
                "the recording to go on",
            )
            read_blocks(subscriber, 50)
            receipt = recording.ask("record.stop")
            assert receipt["ok"], receipt
            finish(recording, board, subscriber)
        check_recording([receipt["path"], *receipt["parts"]], subscriber)


class Crowded(Waiting):
    """A daemon at TCP endpoints: libzmq 4.3.5 ends its process where an ipc:// one has no room."""

    endpoint = "tcp://127.0.0.1:0"


@pytest.fixture
def crowded(tmp_path: Path) -> Iterator[Crowded]:
    (tmp_path / "records").mkdir()
    with Crowded(tmp_path, "--record-dir", str(tmp_path / "records")) as daemon:
        yield daemon


def test_as_many_descriptors_as_the_system_grants(lab: Waiting) -> None:
    soft, hard = resource.prlimit(lab.pid, resource.RLIMIT_NOFILE)
    assert soft == min(hard, 65536)


def test_out_of_file_descriptors(crowded: Crowded, tmp_path: Path) -> None:
    """Nobody new gets in, and no recording can be started; those who are there lose nothing."""
    with (
        crowded.listening() as subscriber,
        crowded.board(tmp_path, ramp=True) as board,
        Asker(crowded.control) as asker,
    ):
        assert asker.ask("status")["ok"]
        read_blocks(subscriber, 10)
        taken = {int(one.name) for one in Path(f"/proc/{crowded.pid}/fd").iterdir()}
        free = next(number for number in count() if number not in taken)
        with lowered(crowded.pid, resource.RLIMIT_NOFILE, free):
            with crowded.subscribe() as another, pytest.raises(AssertionError, match="silence"):
                another.take(0.5)
            answer = asker.ask("record.start", name="film")
            assert answer["code"] == "disk"
            assert "Too many open files" in answer["error"]
            read_blocks(subscriber, 20)
        answer = crowded.ask("record.start", name="later")
        assert answer["ok"], answer
        read_blocks(subscriber, 20)
        finish(crowded, board, subscriber)


STATES = ("before a board", "while it is configured", "streaming", "recording", "after a cut")


@pytest.mark.parametrize("state", STATES)
def test_asked_to_end_in_each_state(recording: Waiting, tmp_path: Path, state: str) -> None:
    fault = "deaf" if state == "while it is configured" else "cut=0.5:60"
    board = (
        None
        if state == "before a board"
        else recording.board(
            tmp_path,
            ramp=True,
            **({"fault": fault} if fault != "cut=0.5:60" or "cut" in state else {}),
        )
    )
    with ExitStack() as stack:
        if board is not None:
            stack.enter_context(board)
        if state in ("streaming", "recording", "after a cut"):
            recording.wait_for_state("streaming")
        path = ""
        if state == "recording":
            path = recording.ask("record.start", name="film")["path"].removesuffix(".part")
        if state == "after a cut":
            recording.wait_for_line("connecting again")
        asked_s = time.monotonic()
        assert recording.end() == 0
        assert time.monotonic() - asked_s < 5 + 10, "5 s, and patience with a busy test machine"
        check_log(recording)
        if path:
            assert Path(path).read_bytes()[-8:] == b"\x89MCAP0\r\n", "closed well, by MCAP's magic"
            assert any(line.startswith("lost") or "lost" in line for line in recording.lines)
