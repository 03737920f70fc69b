"""The straight line that fits between bounds: all that can be known of two clocks. Arrays only.

What one clock showed happened after one moment of the other and before a later one. Both ways
take a least time, about the same, and by chance more: exponentially distributed, to have a
likelihood. The line is the mean of all that are possible, each weighed by that likelihood.
Where nothing is known of the way there, the line lies along the edge of the way back.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_PRIOR = 0.005  # an internal oscillator is off by up to half a percent
LIMIT = 0.025  # and by this over temperature
_SLOPES = 33
_ZOOMS = 12
_ENOUGH = 12  # slopes of a grid that count: it needs no closer look
_NEGLIGIBLE = 12.0  # of a log likelihood
_FINEST_S = 20e-6  # by which no way is ever more regular
_OUTLIER = 3.0  # times the median
_NONE: Floats = np.empty((0, 2))
_OPEN: tuple[Floats, Floats, Floats] = (np.array(-np.inf), np.zeros(1), np.zeros(1))


@dataclass(frozen=True, slots=True)
class Between:
    """The mean line y = `y0` + (x - `x0`) * `slope`, and how far the possible ones spread."""

    x0: float
    y0: float
    slope: float
    half: float  # of the room between the bounds, to either side; 0 where there is one bound only
    var_y: float
    var_slope: float
    cov: float

    def at(self, x: float) -> float:
        """The line's value."""
        return self.y0 + (x - self.x0) * self.slope

    def error(self, x: float) -> float:
        """How far off that may be: two standard deviations, and the room between the bounds."""
        far = x - self.x0
        var = self.var_y + far * (2 * self.cov + far * self.var_slope)
        return self.half + 2 * math.sqrt(max(0.0, var))


def fit_between(x0: float, high: Floats, low: Floats = _NONE) -> Between | None:
    """Fit to points (x, y) that the line is not above, and not below; None if there is none."""
    low, high = low - (x0, 0.0), high - (x0, 0.0)
    first, last = -LIMIT, LIMIT
    for _ in range(_ZOOMS):
        slopes = np.linspace(first, last, _SLOPES)
        top, spare_top, likely_top = _edge(high, slopes, 1.0)
        bottom, spare_bottom, likely_bottom = _edge(low, slopes, -1.0) if len(low) else _OPEN
        half = (top - bottom) / 2
        likely = likely_top + likely_bottom - (slopes / _PRIOR) ** 2 / 2
        likely[half <= 0] = -np.inf
        best = int(likely.argmax() if (half > 0).any() else half.argmax())
        counts = np.flatnonzero(likely > likely[best] - _NEGLIGIBLE)
        if len(counts) >= _ENOUGH:
            break
        near = counts if len(counts) else np.array([best])
        first, last = slopes[max(near[0] - 1, 0)], slopes[min(near[-1] + 1, _SLOPES - 1)]
    if half[best] <= 0:
        return None
    if len(low):
        half = np.maximum(half, 1e-9)
        aside, var = _aside(half, spare_top, spare_bottom)
        y = (top + bottom) / 2 + aside
    else:
        y, var, half = top - spare_top, spare_top**2, np.zeros(_SLOPES)
    weight = np.exp(likely - likely[best])
    weight /= weight.sum()
    y0, slope = float(weight @ y), float(weight @ slopes)
    off, tilt = y - y0, slopes - slope
    return Between(
        x0,
        y0,
        slope,
        float(weight @ half),
        float(weight @ (off**2 + var)),
        float(weight @ tilt**2),
        float(weight @ (off * tilt)),
    )


def _edge(points: Floats, slopes: Floats, side: float) -> tuple[Floats, Floats, Floats]:
    """For each slope: the points' edge, how much nearer the truth may be, and the likelihood."""
    over = side * (points[:, 1:] - points[:, :1] * slopes)
    edge = over.min(0)
    over = over - edge + _FINEST_S
    usual = float(np.median(over[:, _SLOPES // 2]))
    spread = np.minimum(over, _OUTLIER * usual).mean(0)
    return side * edge, spread / len(points), -len(points) * np.log(spread)


def _aside(half: Floats, spare_top: Floats, spare_bottom: Floats) -> tuple[Floats, Floats]:
    """Mean and variance of the truth about the middle, `half` of the room to either side.

    The rarer a quick way down is, the more the lower bound errs; so the truth lies above.
    """
    up, up_mean, up_square = _cut_off(spare_bottom / 2, half)
    down, down_mean, down_square = _cut_off(spare_top / 2, half)
    mean = (up * up_mean - down * down_mean) / (up + down)
    return mean, (up * up_square + down * down_square) / (up + down) - mean**2


def _cut_off(scale: Floats, at: Floats) -> tuple[Floats, Floats, Floats]:
    """Mass, mean and mean square of exp(-x / scale) from 0 to `at`."""
    u = np.minimum(at / scale, 50.0)
    left = np.exp(-u)
    mass = 1 - left
    mean = scale * (1 - u * left / mass)
    return scale * mass, mean, scale**2 * (2 - (u * u + 2 * u) * left / mass)
