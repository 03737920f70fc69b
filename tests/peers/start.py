"""From the start of a process to its first samples, beside what others import."""

import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import median
from tempfile import TemporaryDirectory

from boardsim.simboard import Settings, SimBoard
from support.stream import Subscriber

from tests.peers.stamped import CHILDREN, Stamped

TITLE = "Start-up (ours), seconds from process start, median of 5 (range), warm disk cache."
HEAD = "| | median | range |"
_ROUNDS = 5
_IMPORTS = (
    "pass",
    "import numpy",
    "import numpy, zmq, msgpack",
    "import scipy.signal",
    "import numpy, scipy.signal, numba, zmq",
)


def measure() -> Iterator[list[str]]:
    for statement in _IMPORTS:
        yield _row(f"python -c `{statement}`", [_import(statement) for _ in range(_ROUNDS)])
    yield _row("floor reader, first PUB received", [_floor() for _ in range(_ROUNDS)])
    _emgd()  # compiles what was never compiled
    yield _row(
        "emgd, first samples received, a board just switched on (its reference settles for 0.15 s)",
        [_emgd() for _ in range(_ROUNDS)],
    )


def _row(name: str, seconds: list[float]) -> list[str]:
    return [name, f"{median(seconds):.3f}", f"{min(seconds):.3f}-{max(seconds):.3f}"]


def _import(statement: str) -> float:
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.monotonic() - began


def _floor() -> float:
    with TemporaryDirectory() as folder, Stamped("--packet=1", "--plain") as board:
        endpoint = f"ipc://{folder}/floor"
        program = [sys.executable, str(CHILDREN / "floor.py"), endpoint, *board.address, "1"]
        return _first_samples(program, endpoint)


def _emgd() -> float:
    with TemporaryDirectory() as folder, SimBoard(Settings()) as board:
        endpoint = f"ipc://{folder}/stream"
        program = [sys.executable, "-m", "emgd", "run", "--source", board.url]
        ends = ["--stream", endpoint, "--control", f"ipc://{folder}/control"]
        return _first_samples([*program, *ends, "--log-level", "error"], endpoint)


def _first_samples(program: list[str], endpoint: str) -> float:
    with Subscriber(endpoint, "raw") as subscriber:
        began_ns = time.monotonic_ns()
        process = subprocess.Popen(program)
        received_ns = subscriber.next("raw").received_ns
        process.terminate()
        process.wait()
    return (received_ns - began_ns) / 1e9
