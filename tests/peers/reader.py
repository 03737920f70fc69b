"""A subscriber that reads nothing for a minute, beside one that reads all along."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import zmq
from boardsim.simboard import Settings, SimBoard
from support.daemon import Daemon
from support.process import resident_kb
from support.stream import Subscriber, decode

from tests.peers.heard import Heard

TITLE = (
    "A subscriber that does not read for 60 s of 66 (ours): default high-water marks (5000 in the "
    "daemon, 1000 in the subscriber's socket), 20 samples a packet, every value checked."
)
HEAD = "| subscriber | rows got | wrong values | missing | it sees | `publish_dropped` |"
_SECONDS, _STUCK_S, _WARM_S = 66, 60, 3


class Stuck:
    """A SUB socket as pyzmq makes it, that is left alone."""

    def __init__(self, endpoint: str, topic: str) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.SUB)
        self._socket.subscribe(topic)
        self._socket.connect(endpoint)
        self.heard = Heard()
        self.jumps = 0  # of seq, in raw
        self._seq = -1

    def read(self) -> None:
        """Take all there is."""
        while self._socket.poll(0):
            message = decode(self._socket.recv_multipart())
            self.heard.take(message)
            if message.topic == "raw":
                self.jumps += message["seq"] != self._seq + 1
                self._seq = message["seq"]

    def close(self) -> None:
        self._context.destroy(linger=0)


def measure() -> Iterator[list[str]]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        board = SimBoard(Settings(ramp=True))
        daemon = stack.enter_context(Daemon(folder, board.url))
        steady = stack.enter_context(daemon.subscribe("raw", "gap", "health"))
        stuck = {topic: Stuck(daemon.stream, topic) for topic in ("", "raw")}
        for one in stuck.values():
            stack.callback(one.close)
        steady.take()
        stack.enter_context(board)
        heard, memory_kb = Heard(), [0, 0]
        for second in _read_beside(steady, stuck, heard):
            memory_kb[second > _WARM_S] = resident_kb(daemon.pid)
        dropped = heard.health["publish_dropped"] if heard.health else "?"
        yield _row("reads all along", heard, 0, dropped)
        yield _row("stuck, all topics", stuck[""].heard, stuck[""].jumps, "")
        yield _row("stuck, `raw` alone", stuck["raw"].heard, stuck["raw"].jumps, "")
        grown = (
            f"{memory_kb[0] / 1024:.0f} MB after {_WARM_S} s, {memory_kb[1] / 1024:.0f} at the end"
        )
        yield [f"memory of the daemon: {grown}", *[""] * 5]


def _read_beside(steady: Subscriber, stuck: dict[str, Stuck], heard: Heard) -> Iterator[int]:
    """Read on, and the stuck ones after their time; gives the seconds as they go by."""
    stuck_until = time.monotonic() + _STUCK_S
    heard.take(message := steady.take())
    while heard.end < _SECONDS * 1000 or message.topic != "health":
        heard.take(message := steady.take())
        steady.seen.clear()
        if time.monotonic() > stuck_until:
            for one in stuck.values():
                one.read()
        if message.topic == "health":
            yield heard.end // 1000


def _row(who: str, heard: Heard, jumps: int, dropped: object) -> list[str]:
    sees = f"{jumps} jump in `seq`, {heard.holes} in the index" if heard.holes else "-"
    rows = f"{heard.rows} of {heard.end}"
    return [who, rows, str(heard.wrong_rows), str(heard.holes), sees, str(dropped)]
