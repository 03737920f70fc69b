"""From the start of the process to the first sample, against importing what is used anyway."""

import subprocess
import sys
import time
from statistics import median

from boardsim.simboard import Settings as SimSettings
from boardsim.simboard import SimBoard

from tests.bench.daemon import Running
from tests.bench.table import Row

_ROUNDS = 7
_IMPORTS = "import numpy, scipy.signal, numba, zmq"


def measure() -> list[Row]:
    with SimBoard(SimSettings()) as board:
        _ours(board.url)  # compiles the kernels where that was not done yet
        pairs = [(_ours(board.url), _imports()) for _ in range(_ROUNDS)]
    ours, theirs = (median(times) for times in zip(*pairs, strict=True))
    return [
        Row(
            "start to first sample, cache warm",
            f"{ours:.2f} s",
            f"imports alone {theirs:.2f} s",
            ours / theirs,
            1.5,
        )
    ]


def _ours(url: str) -> float:
    with Running(url) as daemon:
        return daemon.first_sample()


def _imports() -> float:
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", _IMPORTS], check=True)
    return time.monotonic() - began
