"""From just before the board's send to the samples in another process, beside the bare floor.

The floor (children/floor.py) does the same work as the one that the incumbents were measured
beside: receive, decode with numpy, publish; it checks nothing. Runs take turns, so that whatever
else the machine does meets both.
"""

import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
from support.daemon import Daemon
from support.stream import Subscriber

from tests.bench.daemon import cpu_s
from tests.peers.stamped import CHILDREN, Stamped

TITLE = (
    "Latency (ms) and CPU (ours): 3 runs of 10 s taking turns, the first second left out, "
    "percentiles of all three together, CPU median of three."
)
HEAD = "| | samples/send | p50 | p99 | p99.9 | max | CPU, s/s | times the floor: p50, p99, CPU |"
_ROUNDS, _SECONDS, _WARM_S = 3, 10.0, 1.0
_SAMPLES = (1, 10, 20)
_FLOOR, _RAW, _ALL = "floor -> SUB", "emgd -> SUB, `raw` alone", "emgd -> SUB, all topics"


@dataclass
class Run:
    late_ms: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def numbers(self) -> list[float]:
        return [*np.percentile(self.late_ms, [50, 99, 99.9, 100]), median(self.cpu)]


def measure() -> Iterator[list[str]]:
    runs: defaultdict[tuple[str, int], Run] = defaultdict(Run)
    for _ in range(_ROUNDS):
        for samples in _SAMPLES:
            _floor(samples, runs[_FLOOR, samples])
            _ours(samples, runs[_RAW, samples], "raw")
            _ours(samples, runs[_ALL, samples], "")
    for name in (_FLOOR, _RAW, _ALL):
        for samples in _SAMPLES:
            numbers = runs[name, samples].numbers()
            yield _row(name, samples, numbers, runs[_FLOOR, samples].numbers())


def _row(name: str, samples: int, numbers: list[float], floor: list[float]) -> list[str]:
    p50, p99, p999, worst, cpu = numbers
    times = [number / its for number, its in zip(numbers, floor, strict=True)]
    return [
        name,
        str(samples),
        f"{p50:.3f}",
        f"{p99:.2f}",
        f"{p999:.1f}",
        f"{worst:.1f}",
        f"{cpu:.3f}",
        "-" if name == _FLOOR else f"{times[0]:.1f}, {times[1]:.1f}, {times[4]:.1f}",
    ]


def _ours(samples: int, run: Run, topic: str) -> None:
    with (
        TemporaryDirectory() as folder,
        Stamped(f"--packet={samples}") as board,
        Daemon(Path(folder), board.url, board__packet_samples=samples) as daemon,
        daemon.subscribe(topic) as subscriber,
    ):
        subscriber.next("raw")
        time.sleep(1.0)  # what had piled up while the daemon started is gone by then
        _listen(subscriber, daemon.pid, samples, run, board)


def _floor(samples: int, run: Run) -> None:
    with TemporaryDirectory() as folder, Stamped(f"--packet={samples}", "--plain") as board:
        endpoint = f"ipc://{folder}/floor"
        program = [sys.executable, str(CHILDREN / "floor.py"), endpoint, *board.address]
        reader = subprocess.Popen([*program, str(samples)])
        with Subscriber(endpoint, "raw") as subscriber:
            subscriber.next("raw")
            _listen(subscriber, reader.pid, samples, run, board)
        reader.wait()


def _listen(subscriber: Subscriber, pid: int, samples: int, run: Run, board: Stamped) -> None:
    """Read for the time of a run; the reader's CPU is that of the time that counts."""
    subscriber.seen.clear()
    begins_ns = time.monotonic_ns() + round(_WARM_S * 1e9)
    ends_ns = begins_ns + round((_SECONDS - _WARM_S) * 1e9)
    spent_s = 0.0
    while (got := subscriber.take()).received_ns < ends_ns:
        if not spent_s and got.received_ns >= begins_ns:
            spent_s = cpu_s(pid)
    run.cpu.append((cpu_s(pid) - spent_s) / (_SECONDS - _WARM_S))
    sent_ns = board.end()["sent_ns"]
    run.late_ms += [
        (block.received_ns - sent_ns[block["first"] // samples]) / 1e6
        for block in subscriber.of("raw")
        if begins_ns <= block.received_ns < ends_ns
        for _ in range(samples)
    ]
