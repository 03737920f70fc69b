"""What reading the display in a video costs: of one core, beside the length of the video."""

import resource
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.table import Row
from tests.support.led_film import Film, lively_room, upright

_SECONDS = 20.0


def measure() -> list[Row]:
    film = Film(
        size=(640, 480), corners=upright(400, 300, 120), scene=lively_room, seconds=_SECONDS
    )
    with TemporaryDirectory() as folder:
        video = Path(folder) / "film.mp4"
        film.write(video)
        before = _cpu_s()
        subprocess.run([sys.executable, "-m", "emgd", "read-tube", str(video)], check=True,
                       capture_output=True)  # fmt: skip
        spent = _cpu_s() - before
    return [
        Row(
            "read-tube, 640 x 480 at 30, with the start",
            f"{spent:.1f} s of CPU",
            f"{_SECONDS:.0f} s of video",
            _SECONDS / spent,
            3,
            at_least=True,
        )
    ]


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
