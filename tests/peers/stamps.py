"""The time stamp of each sample less the true one, by the board's own knowledge."""

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from support.daemon import Daemon

from tests.peers.stamped import Stamped

TITLE = (
    "Time stamps (ours), ms: published time of each sample less its true time; 30 s, the first "
    "second left out."
)
HEAD = (
    "| case | p50 | p99 | max | max after 5 s | step between neighbours p1 / p99 | `t_error_ms` |"
)
_SECONDS = 30
_WARM_S = 1.0
_SETTLED_S = 5.0
CASES = {
    "quiet, 1 per send": ("--packet=1",),
    "quiet, 10 per send": ("--packet=10",),
    "quiet, 20 per send": ("--packet=20",),
    "0-50 ms hold-ups every 0.15-0.45 s, 1 per send": ("--packet=1", "--hold"),
    "the same hold-ups, 20 per send": ("--packet=20", "--hold"),
    "board clock +5000 ppm, 1 per send": ("--packet=1", "--ppm=5000"),
    "board clock +5000 ppm, 20 per send": ("--packet=20", "--ppm=5000"),
}


def measure() -> Iterator[list[str]]:
    for name, options in CASES.items():
        yield _row(name, *run(options))


def run(options: tuple[str, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Error and step of each sample in ms, and what the daemon says of its times."""
    packet = options[0].partition("=")[2]
    with (
        TemporaryDirectory() as folder,
        Stamped(*options) as board,
        Daemon(Path(folder), board.url, board__packet_samples=packet) as daemon,
        daemon.subscribe("raw", "health") as subscriber,
    ):
        utc_ns = time.time_ns() - time.monotonic_ns()
        while subscriber.next("raw").end < _SECONDS * 1000:
            pass
        error_ms = subscriber.next("health")["t_error_ms"]
        blocks = subscriber.of("raw")
        true = board.end()
    times = np.concatenate([b["t_ns"] - utc_ns + np.arange(b["n"]) * b["step_ns"] for b in blocks])
    index = np.concatenate([np.arange(b["first"], b.end) for b in blocks])
    late_ms = (times - (true["first_ns"] + index * true["step_ns"])) / 1e6
    warm = index > _WARM_S * 1e9 / true["step_ns"]
    return late_ms[warm], np.diff(times[warm]) / 1e6, error_ms


def _row(
    name: str, late_ms: NDArray[np.float64], step_ms: NDArray[np.float64], error_ms: float
) -> list[str]:
    p50, p99 = np.percentile(late_ms, [50, 99])
    settled_ms = late_ms[round(1000 * (_SETTLED_S - _WARM_S)) :]
    low, high = np.percentile(step_ms, [1, 99])
    return [
        name,
        *(f"{value:.3f}" for value in (p50, p99, _worst(late_ms), _worst(settled_ms))),
        f"{low:.4f} / {high:.4f}",
        f"{error_ms:.3f}",
    ]


def _worst(late_ms: NDArray[np.float64]) -> float:
    return float(late_ms[np.abs(late_ms).argmax()])
