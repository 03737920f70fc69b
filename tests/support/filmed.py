"""A camera that films the sync display: every frame's true time, and what a reader made of it.

Imports nothing of the fit: display, camera and reader are made here from plain numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass
class Display:
    """When each number was lit, in seconds; `numbers` is what the daemon counted."""

    lit_s: NDArray[np.float64]
    numbers: NDArray[np.int64]

    def at(self, times_s: NDArray[np.float64]) -> NDArray[np.int64]:
        """Which of the numbers, by their place, was lit at these times; -1 before the first."""
        return np.searchsorted(self.lit_s, times_s, side="right") - 1


@dataclass
class Row:
    """One reading."""

    frame: int
    number: int
    planted: bool  # the reading is none of the numbers that the frame was exposed to


@dataclass
class Film:
    """A video with its truth."""

    times_s: NDArray[np.float64]  # middle of the exposure of each frame that is in the file
    rows: list[Row] = field(default_factory=list)

    @property
    def planted(self) -> list[Row]:
        """The misreadings."""
        return [row for row in self.rows if row.planted]


def display(
    seconds: float,
    rng: np.random.Generator,
    tick_s: float = 0.040,
    late_s: float = 0.0005,
    ppm: float = -20.0,
    restart_at: int | None = None,
) -> Display:
    """A display that counts up by one each tick, each number lit a random moment late."""
    count = int(seconds / tick_s)
    lit = np.arange(count) * tick_s * (1 - ppm * 1e-6) + rng.exponential(late_s, count)
    numbers = np.arange(1, count + 1)
    if restart_at is not None:
        numbers[restart_at:] = np.arange(1, count - restart_at + 1)
        lit[restart_at:] += 3.21
    return Display(np.maximum.accumulate(lit), numbers)


def film(
    shown: Display,
    rng: np.random.Generator,
    fps: float = 30000 / 1001,
    seconds: float = 600.0,
    start_s: float = 7.7312,
    ppm: float = 0.0,
    drift_ppm: float = 0.0,
    exposure_s: float = 0.001,
    misread: float = 0.05,
    missing: float = 0.20,
    dropped: Sequence[tuple[int, int]] = (),
    digits: int = 4,
) -> Film:
    """Film a display. `dropped`: (frame, how many) that the camera took and the file lacks.

    `drift_ppm` is how much the camera's rate changes from the first frame to the last.
    """
    count = int(seconds * fps)
    u = np.arange(count)
    rate = 1 - (ppm + drift_ppm * (u / count - 0.5)) * 1e-6
    times = start_s + np.cumsum(rate) / fps
    keep = np.ones(count, bool)
    for frame, many in dropped:
        keep[frame : frame + many] = False
    result = Film(times[keep])
    for frame, t in enumerate(result.times_s):
        if rng.random() < missing:
            continue
        row = _read(shown, float(t), exposure_s, misread, digits, rng)
        if row is not None:
            result.rows.append(Row(frame, *row))
    return result


def _read(
    shown: Display,
    t: float,
    exposure_s: float,
    misread: float,
    digits: int,
    rng: np.random.Generator,
) -> tuple[int, bool] | None:
    first, last = shown.at(np.array([t - exposure_s / 2, t + exposure_s / 2]))
    if last < 0:
        return None
    seen = [int(n) % 10**digits for n in shown.numbers[max(0, first) : last + 1]]
    moment = shown.at(np.array([t + rng.uniform(-0.5, 0.5) * exposure_s]))[0]
    number = int(shown.numbers[max(0, moment)]) % 10**digits
    if rng.random() >= misread:
        return number, False
    place = 10 ** int(rng.integers(digits))
    old = number // place % 10
    wrong = number + (int(rng.choice([d for d in range(10) if d != old])) - old) * place
    return wrong, wrong not in seen
