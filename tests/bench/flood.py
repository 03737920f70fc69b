"""A board that sends as fast as it can: how many times real time, and is anything lost?"""

import subprocess
import sys
import time

from tests.bench.daemon import Running
from tests.bench.table import Row

_SAMPLES = 2_000_000
_READY = "listening on "


def measure() -> list[Row]:
    board = subprocess.Popen(
        [
            *(sys.executable, "-m", "boardsim", "--listen", "127.0.0.1:0", "--ramp"),
            *("--speed", "max", "--samples", str(_SAMPLES), "--exit-with-stdin"),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert board.stdout is not None
    url = board.stdout.readline().strip().removeprefix(_READY)
    with Running(url) as daemon:
        header, _ = daemon.next(b"raw")
        first, began = int(str(header["first"])), time.monotonic()
        end, missed = first, 0
        while end < _SAMPLES:
            header, _ = daemon.next(b"raw")
            missed += int(str(header["first"])) - end if end != first else 0
            end = int(str(header["first"])) + int(str(header["n"]))
        speed = (end - first) / 1000 / (time.monotonic() - began)
        lost = int(str(daemon.next(b"health")[0]["lost"]))
    board.communicate()
    return [
        Row("a board as fast as it can, x real time", f"{speed:.0f}x", "1000 Hz", speed, 200, True),
        Row("samples the daemon lost over it", str(lost), f"{_SAMPLES} sent", lost, 0),
    ]
