"""The camera's clock: the line that goes through the windows in which numbers were shown.

Each reading says no more than "between these two moments", but thousands of them together leave
a line next to no room. The likeliest line is sought: a reading at the edge of a change counts
little by little, one far outside its window not at all. A slow bend is allowed in a long video.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgd.align.shown import Floats, Ints

_MISREAD = 0.02  # how likely a reading is anywhere: where it stops to pull
_BLURS_S = 0.010 / 2.0 ** np.arange(10)  # of the edges, from coarse to 20 us; the likeliest is kept
_ROUNDS = 8
_BEND_EVERY_S = 150.0
_BEND_S = 0.003  # how far a clock bends between two knots, about


@dataclass(frozen=True, slots=True)
class Line:
    """Time as a function of the frames that the camera took."""

    zero: float  # middle of the frames that were read
    scale: float  # half of what they span
    knots: Floats  # of the bend, in the same measure; empty for a straight line
    groups: int
    base_s: Floats  # of each group
    period_s: float
    values: Floats  # of the columns
    error: Floats  # covariance of the values
    blur_s: float  # how soft the changes of the display look

    def columns(self, taken: Ints, group: Ints) -> Floats:
        """The columns that the values stand for."""
        x = (taken - self.zero) / self.scale
        parts = [(group[:, None] == np.arange(self.groups)).astype(float), x[:, None]]
        if len(self.knots):
            knots = np.concatenate([[-1.0], self.knots, [1.0]])
            hats = np.eye(len(knots))[1:-1]
            parts += [np.interp(np.clip(x, -1, 1), knots, hat)[:, None] for hat in hats]
        return np.hstack(parts)

    def times(self, taken: Ints, group: Ints) -> Floats:
        """When each frame was taken."""
        straight = self.base_s[group] + taken * self.period_s
        result: Floats = straight + self.columns(taken, group) @ self.values
        return result

    @property
    def frame_s(self) -> float:
        """The mean time from frame to frame."""
        return self.period_s + float(self.values[self.groups]) / self.scale

    @property
    def middle(self) -> Ints:
        """The frame in the middle of those that were read."""
        return np.array([round(self.zero)])

    def error_s(self, taken: Ints, group: Ints) -> Floats:
        """The formal error of each frame's time."""
        columns = self.columns(taken, group)
        result: Floats = np.sqrt(np.einsum("ij,jk,ik->i", columns, self.error, columns))
        return result


def fit_line(
    taken: Ints, group: Ints, lo: Floats, hi: Floats, base_s: Floats, period_s: float
) -> Line:
    """The likeliest line through the windows [lo, hi); `base_s` and `period_s` are near it."""
    zero = (float(taken.max()) + float(taken.min())) / 2
    scale = max((float(taken.max()) - float(taken.min())) / 2, 1.0)
    bends = int(2 * scale * period_s / _BEND_EVERY_S)
    knots = np.linspace(-1, 1, bends + 1)[1:-1] if bends > 1 else np.zeros(0)
    size = len(base_s) + 1 + len(knots)
    empty, none = np.zeros(size), np.zeros((size, size))
    line = Line(zero, scale, knots, len(base_s), base_s, period_s, empty, none, 0.0)
    columns = line.columns(taken, group)
    straight = base_s[group] + taken * period_s
    loose = np.zeros(size)
    loose[len(base_s) + 1 :] = 1 / _BEND_S**2
    values, best, found = empty, -np.inf, line
    for blur in _BLURS_S:
        values = _climbed(columns, lo - straight, hi - straight, values, float(blur), loose)
        likely, _, pull = _likely(columns @ values, lo - straight, hi - straight, float(blur))
        if likely > best:
            best = likely
            information = (columns * (pull**2)[:, None]).T @ columns
            error = np.asarray(np.linalg.pinv(information + np.diag(loose + 1.0)), np.float64)
            found = Line(
                zero, scale, knots, len(base_s), base_s, period_s, values, error, float(blur)
            )
    return found


def _climbed(
    columns: Floats, lo: Floats, hi: Floats, values: Floats, blur: float, loose: Floats
) -> Floats:
    """Some rounds of damped Newton steps uphill."""
    damping = 1e-3
    likely, slope, pull = _likely(columns @ values, lo, hi, blur)
    likely -= float(loose @ values**2) / 2
    for _ in range(_ROUNDS):
        gradient = columns.T @ slope - loose * values
        curve = (columns * (pull**2)[:, None]).T @ columns + np.diag(loose)
        curve += np.diag(damping * np.diag(curve) + 1e-3)
        step = np.linalg.solve(curve, gradient)
        tried = values + step
        new, new_slope, new_pull = _likely(columns @ tried, lo, hi, blur)
        new -= float(loose @ tried**2) / 2
        if new < likely:
            damping *= 10
            continue
        done = new - likely < 1e-6
        values, likely, slope, pull = tried, new, new_slope, new_pull
        damping /= 3
        if done:
            break
    return values


def _likely(at: Floats, lo: Floats, hi: Floats, blur: float) -> tuple[float, Floats, Floats]:
    """The log-likelihood of the readings, its slope for each, and the pull that curves it."""
    rise, fall = _logistic((at - lo) / blur), _logistic((at - hi) / blur)
    inside = rise - fall
    chance = (1 - _MISREAD) * np.maximum(inside, 0.0) + _MISREAD
    slope = (1 - _MISREAD) * (rise * (1 - rise) - fall * (1 - fall)) / blur / chance
    return float(np.log(chance).sum()), slope, slope


def _logistic(x: NDArray[np.float64]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = 0.5 * (1 + np.tanh(x / 2))
    return result
