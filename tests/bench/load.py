"""What the daemon takes of a core at 1000 Hz with every topic subscribed."""

import time

from boardsim.simboard import Settings as SimSettings
from boardsim.simboard import SimBoard

from tests.bench.daemon import Running, cpu_s
from tests.bench.table import Row

_SECONDS = 20.0


def measure() -> list[Row]:
    with SimBoard(SimSettings()) as board, Running(board.url) as daemon:
        daemon.first_sample()
        before, began = cpu_s(daemon.pid), time.monotonic()
        seen = daemon.drain(_SECONDS)
        used = (cpu_s(daemon.pid) - before) / (time.monotonic() - began)
    assert {b"raw", b"emg", b"env", b"tick", b"health"} <= seen.keys(), seen
    return [
        Row("CPU at 1000 Hz, all topics subscribed", f"{used:.2%}", "one core 100 %", used, 0.02)
    ]
