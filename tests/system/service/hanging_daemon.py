"""The daemon's acquisition on a source that hangs after some blocks; its main thread lives on."""

import os
import sys
import threading
import time
from collections.abc import Callable

import numpy as np
import zmq
from ads1299.block import Block
from ads1299.source import BoardInfo, Idle, LineCounters
from emgd.acquire import Acquire
from emgd.notify import notifier_of
from emgd.outlet import Outlet
from emgd.publish import Publisher
from emgd.route import Setup
from emgd.shared import Shared

CHANNELS, SAMPLES, RATE_HZ = 8, 20, 1000


class Hanging:
    """Gives blocks at the board's pace for so long, then never comes back."""

    def __init__(self, blocks: int) -> None:
        self.counters = LineCounters()
        self.board: BoardInfo | None = None
        self.streaming = True
        self.time_error_ns = 0
        self._left = blocks
        self._first = 0

    def start(self, idle: Idle) -> BoardInfo:
        self.board = BoardInfo(
            board="hanging",
            firmware="",
            rate_hz=RATE_HZ,
            gains=(24,) * CHANNELS,
            active=(True,) * CHANNELS,
            uv_per_count=(0.02,) * CHANNELS,
            packet_samples=SAMPLES,
            has_tube=False,
        )
        return self.board

    def read(self, timeout_s: float) -> Block | None:
        if not self._left:
            print("hangs", flush=True)
            threading.Event().wait()
        self._left -= 1
        time.sleep(SAMPLES / RATE_HZ)
        now = time.monotonic_ns()
        counts = np.zeros((SAMPLES, CHANNELS), np.int32)
        block = Block(self._first, counts, b"\xc0\0\0" * SAMPLES, None, now, now)
        self._first += SAMPLES
        return block

    def show(self, number: int, done: Callable[[int | None], None]) -> None:
        done(None)

    def stop(self) -> None: ...

    def close(self) -> None: ...


def main() -> None:
    source = Hanging(int(sys.argv[1]))
    publisher = Publisher(zmq.Context.instance(), [sys.argv[2]], 5000)
    shared = Shared(time.time_ns() - time.monotonic_ns())
    acquire = Acquire(
        source, source, Outlet(publisher, "hang"), shared, Setup(), None, notifier_of(os.environ)
    )
    threading.Thread(target=acquire.run, daemon=True).start()
    sys.stdin.read()


main()
