"""Muscles as electrodes see them: trains of motor unit action potentials, recruited by size.

Recruitment and firing rates after Fuglevand, Winter and Patla (1993); shapes are the first two
Hermite-Rodriguez functions, as Lo Conte, Merletti and Sandri (1994) describe surface potentials.
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from boardsim.sinc import Floats

Reals = NDArray[np.float64]

UNITS = 200
THRESHOLDS = np.exp(np.log(30.0) * np.arange(1, UNITS + 1) / UNITS)  # few large units, many small
FIRST_HZ, HIGHEST_HZ = 8.0, 40.0  # a unit's rate when it is recruited, and at most
MVC_DRIVE = THRESHOLDS[-1] + HIGHEST_HZ - FIRST_HZ  # with it the last unit fires at its highest
SIZE_RANGE = 10.0  # of the potentials; depth under the skin scatters them further
REGULARITY = 0.2  # SD of the intervals between two potentials of a unit, over their mean
SHAPES = 16
WIDTHS_S = (0.0020, 0.0035)
HALF_S = 0.0105  # of a potential: three widths
GRID_S = 0.001  # how finely a drive is known


@dataclass(frozen=True, slots=True)
class Muscle:
    """The units of a muscle; a level is the mean rectified signal, 1 at full contraction."""

    sizes: Reals  # with sign, in levels
    shape_of: NDArray[np.int64]
    widths_s: Reals
    triphasic: NDArray[np.bool_]
    levels: Reals  # what the electrodes show at `drives`
    drives: Reals


@cache
def usual_muscle() -> Muscle:
    """The one that all channels share: what differs between channels and people is elsewhere."""
    rng = np.random.default_rng(1993)
    growth = np.exp(np.log(SIZE_RANGE) * np.arange(UNITS) / UNITS)
    sizes = growth * rng.lognormal(0.0, 0.4, UNITS) * rng.choice((-1.0, 1.0), UNITS)
    shape_of = rng.integers(0, SHAPES, UNITS)
    widths_s, triphasic = rng.uniform(*WIDTHS_S, SHAPES), rng.random(SHAPES) < 0.5
    drives = np.geomspace(THRESHOLDS[0], MVC_DRIVE, 80)
    shapes = draw_shapes(widths_s, triphasic, 1 / 4000)
    levels = _mean_rectified(np.abs(sizes), shapes[shape_of], 1 / 4000, firing_hz(drives))
    full = levels[-1]
    return Muscle(sizes / full, shape_of, widths_s, triphasic, levels / full, drives)


def draw_shapes(widths_s: Reals, triphasic: NDArray[np.bool_], step_s: float) -> Reals:
    """The potentials of height 1, one a row; their mean is zero."""
    half = max(round(HALF_S / step_s), 1)
    x = np.arange(-half, half + 1) * step_s / widths_s[:, None]
    two, three = math.sqrt(2 * math.e) * x, 1 - 2 * x**2
    shapes: Reals = np.where(triphasic[:, None], three, two) * np.exp(-(x**2))
    shapes -= shapes.mean(axis=1, keepdims=True)
    return shapes


def firing_hz(drives: Reals, units: slice = slice(None)) -> Reals:
    """How often each of these units fires at each drive, `[units, drives]`."""
    over = drives - THRESHOLDS[units, None]
    return np.where(over >= 0, np.minimum(FIRST_HZ + over, HIGHEST_HZ), 0.0)


def _mean_rectified(sizes: Reals, shapes: Reals, step_s: float, hz: Reals) -> Reals:
    """The mean of |x| of shot noise, from its characteristic function (Campbell's theorem)."""
    u = np.geomspace(1e-3, 1e2, 100)
    shots = [step_s * (1 - np.cos(each * sizes[:, None] * shapes)).sum(axis=1) for each in u]
    missing = -np.expm1(-(np.array(shots) @ hz)) / u[:, None]
    steps = np.diff(np.log(u))[:, None]
    below = ((missing[1:] + missing[:-1]) / 2 * steps).sum(axis=0)
    mean: Reals = 2 / math.pi * (below + missing[-1])
    return mean


class Electrode:
    """Gives the signal of a contraction, at moments `step_s` apart."""

    def __init__(self, step_s: float) -> None:
        self._muscle = usual_muscle()
        self._step_s = step_s
        self._shapes = draw_shapes(self._muscle.widths_s, self._muscle.triphasic, step_s)

    def contract(self, rng: np.random.Generator, levels: Reals) -> Floats:
        """Follow levels GRID_S apart; the signal comes HALF_S late, and ends as much later."""
        units, at_s = fire(rng, np.interp(levels, self._muscle.levels, self._muscle.drives, left=0))
        width = self._shapes.shape[1]
        length = round(len(levels) * GRID_S / self._step_s) + width
        places = np.rint(at_s / self._step_s).astype(np.int64)[:, None] + np.arange(width)
        waves = self._shapes[self._muscle.shape_of[units]] * self._muscle.sizes[units, None]
        signal = np.bincount(places.ravel(), waves.ravel(), length)
        return signal[:length].astype(np.float32)


def fire(rng: np.random.Generator, drives: Reals) -> tuple[NDArray[np.int64], Reals]:
    """Which units fire at which seconds; a drive is known each GRID_S.

    A unit fires whenever the integral of its rate has gone on by about one.
    """
    active = int(np.searchsorted(THRESHOLDS, drives.max(initial=0.0), side="right"))
    if not active:
        return np.empty(0, np.int64), np.empty(0)
    turns = np.zeros((active, len(drives) + 1))
    np.cumsum(firing_hz(drives, slice(active)) * GRID_S, axis=1, out=turns[:, 1:])
    total = turns[:, -1]
    shape = active, int(total.max() * 1.5) + 3
    intervals = np.maximum(1 + REGULARITY * rng.standard_normal(shape), 0.2)
    fired = rng.random((active, 1)) - 1 + np.cumsum(intervals, axis=1)
    real = (fired > 0) & (fired < total[:, None])
    apart = np.concatenate(((0.0,), np.cumsum(total[:-1] + 1)))[:, None]  # all units in one table
    seconds = np.tile(np.arange(len(drives) + 1) * GRID_S, active)
    at_s = np.interp((fired + apart)[real], (turns + apart).ravel(), seconds)
    return np.nonzero(real)[0], at_s
