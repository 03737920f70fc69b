"""What a recording costs: of a core beside the same daemon without one, and on its way out."""

import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from boardsim.simboard import Settings as SimSettings
from boardsim.simboard import SimBoard

from tests.bench.daemon import Running, cpu_s
from tests.bench.table import Row

_SECONDS = 20.0
_SAMPLES = 600_000


def measure() -> list[Row]:
    with TemporaryDirectory() as folder:
        return [_cost(folder), _export(folder)]


def _cost(folder: str) -> Row:
    recorded = ("--record-dir", folder, "--record", "bench")
    with (
        SimBoard(SimSettings()) as board,
        SimBoard(SimSettings()) as other,
        Running(board.url, *recorded) as recording,
        Running(other.url) as idle,
    ):
        recording.first_sample()
        idle.first_sample()
        before, began = (cpu_s(recording.pid), cpu_s(idle.pid)), time.monotonic()
        recording.drain(_SECONDS)
        spent = time.monotonic() - began
        with_it = (cpu_s(recording.pid) - before[0]) / spent
        without = (cpu_s(idle.pid) - before[1]) / spent
    return Row(
        "CPU of recording at 1000 Hz",
        f"{with_it:.2%} with",
        f"{without:.2%} without",
        with_it - without,
        0.02,
    )


def _export(folder: str) -> Row:
    """Ten minutes, recorded as fast as a board can send, and exported."""
    options = f"sim:?ramp&speed=max&samples={_SAMPLES}"
    with Running(options, "--record-dir", folder, "--record", "long") as daemon:
        end = 0
        while end < _SAMPLES:
            header, _ = daemon.next(b"raw")
            end = int(str(header["first"])) + int(str(header["n"]))
    recording = next(Path(folder).glob("*long.mcap"))
    out = Path(folder) / "long.bdf"
    began = time.monotonic()
    subprocess.run(
        [
            *(sys.executable, "-m", "emgd", "export", str(recording)),
            *("--to", "bdf", "--out", str(out)),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    took = time.monotonic() - began
    speed = _SAMPLES / 1000 / took
    return Row("export to BDF+, x real time", f"{speed:.0f}x", "1000 Hz", speed, 100, True)
