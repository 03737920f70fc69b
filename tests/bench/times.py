"""How far a sample's time is off: the daemon beside who takes a packet's arrival for it.

That is what BrainFlow does: a packet gets the time at which it was read. Both see the same packets
in the same run; the board says when each sample was taken. The first 10 s are left out.
"""

import time
from itertools import chain

import numpy as np
from boardsim.fault_grammar import parse_faults
from boardsim.simboard import Settings, SimBoard
from numpy.typing import NDArray

from tests.bench.daemon import Running
from tests.bench.table import Row

_SECONDS = 45
_SETTLED_S = 10
_LINES = {
    "quiet line": (),
    "50 ms jitter, stalls of 500 ms": ("jitter=50", "stall=20:500"),
}


def measure() -> list[Row]:
    return list(chain(*(_rows(name, *_errors_ms(faults)) for name, faults in _LINES.items())))


def _rows(name: str, ours: NDArray[np.float64], arrival: NDArray[np.float64]) -> list[Row]:
    off, late = (float(np.percentile(np.abs(errors), 99)) for errors in (ours, arrival))
    rows = [Row(f"time of a sample, p99, {name}", f"{off:.3f} ms", "", off, 3 if late > 20 else 1)]
    if late > 20:
        beside = f"by its arrival {late:.1f} ms"
        rows.append(
            Row("  times closer than its arrival", "", beside, late / off, 20, at_least=True)
        )
    return rows


def _errors_ms(faults: tuple[str, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    settings = Settings(ramp=True, ppm=200.0, faults=parse_faults(faults))
    told, arrived, index = [], [], []
    with SimBoard(settings) as board, Running(board.url, "--tube", "none:") as daemon:
        last = 0
        while last < _SECONDS * 1000:
            header, _ = daemon.next(b"raw")
            came_ns = time.monotonic_ns()
            first, n = int(str(header["first"])), int(str(header["n"]))
            last = first + n - 1
            if first >= _SETTLED_S * 1000:
                told.append(float(str(header["t_ns"])) - _UTC_AHEAD_NS)
                arrived.append(came_ns - (n - 1) * 1e6)
                index.append(first)
        [stream] = [line for line in board.truth if line["type"] == "stream"]
    true_ns = stream["first_ns"] + np.array(index) * stream["step_ns"]
    return (np.array(told) - true_ns) / 1e6, (np.array(arrived) - true_ns) / 1e6


def _utc_ahead_ns() -> int:
    looks = []
    for _ in range(100):
        before_ns, utc_ns, after_ns = time.monotonic_ns(), time.time_ns(), time.monotonic_ns()
        looks.append((after_ns - before_ns, utc_ns - (before_ns + after_ns) // 2))
    return min(looks)[1]


_UTC_AHEAD_NS = _utc_ahead_ns()
