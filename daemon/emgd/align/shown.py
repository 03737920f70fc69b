"""When each number of the display was shown, and when a reading can have been taken."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_TICKS_APART = 4  # a number shown for longer than so many ticks is a stretch without ticks


@dataclass(frozen=True, slots=True)
class Shown:
    """Numbers in the order they were lit, each from `lo` until `hi`, in seconds."""

    lo: Floats
    hi: Floats
    number: Ints  # as the display shows it, cut to its digits

    @property
    def tick_s(self) -> float:
        """How long a number usually stays."""
        return float(np.median(self.hi - self.lo)) if len(self.lo) else 0.0

    def at(self, times: Floats) -> Ints:
        """Which number was shown, by its place; -1 before the first and after the last."""
        places = np.searchsorted(self.lo, times, side="right") - 1
        return np.where((places >= 0) & (times >= self.hi[-1]), -1, places)


def shown_of(lit_s: Floats, numbers: Ints, digits: int) -> Shown:
    """What a display of so many digits showed (0: all of them); each until the next was lit."""
    lo = np.maximum.accumulate(lit_s)
    usual = float(np.median(np.diff(lo))) if len(lo) > 1 else 0.0
    hi = np.append(lo[1:], lo[-1:] + usual)
    return Shown(lo, hi, numbers % 10**digits if digits else numbers)


@dataclass(frozen=True, slots=True)
class Candidates:
    """For each reading the times at which its number was shown."""

    reading: Ints  # sorted
    place: Ints  # in `Shown`


def candidates_of(numbers: Ints, shown: Shown) -> Candidates:
    """Every time at which the number of each reading was shown."""
    order = np.argsort(shown.number, kind="stable")
    known = shown.number[order]
    begin = np.searchsorted(known, numbers)
    many = np.searchsorted(known, numbers, side="right") - begin
    reading = np.repeat(np.arange(len(numbers)), many)
    within = np.arange(len(reading)) - np.repeat(np.cumsum(many) - many, many)
    return Candidates(reading, order[np.repeat(begin, many) + within])


def long_shown(shown: Shown) -> NDArray[np.bool_]:
    """Numbers that stayed so long that they say little: no ticks came, or none was recorded."""
    longest: NDArray[np.bool_] = shown.hi - shown.lo > _TICKS_APART * shown.tick_s
    return longest
