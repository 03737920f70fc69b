"""The camera's clock: the line that goes through the windows in which numbers were shown.

Each reading says no more than "between these two moments", but thousands of them together leave
a line next to no room. The likeliest line is sought: a reading at the edge of a change counts
little by little, one far outside its window not at all. A slow bend is allowed in a long video.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from emgd.align.shown import Floats, Ints

_MISREAD = 0.02  # how likely a reading is anywhere: where it stops to pull
_BLURS_S = (0.010 / 2.0 ** np.arange(10)).tolist()  # of the edges, from coarse to 20 us
_ROUNDS = 8
_DONE = 1e-3  # powers of e: less is no way uphill
_REACH = 25.0  # blurs: further from a change a reading says no more
_FEW = 6000  # readings are enough on the way
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
    likely: float  # the logarithm of how likely all readings are

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
    line = Line(zero, scale, knots, len(base_s), base_s, period_s, empty, none, 0.0, 0.0)
    problem = _Problem(line.columns(taken, group), lo, hi, base_s[group] + taken * period_s)
    loose = np.zeros(size)
    loose[len(base_s) + 1 :] = 1 / _BEND_S**2
    values, best, kept, blur = empty, -np.inf, empty, _BLURS_S[0]
    for softer in _BLURS_S:
        values = _climbed(problem.near(values, softer, _FEW), values, softer, loose)
        likely = _likely(problem, values, softer)[0]
        if likely > best:
            best, kept, blur = likely, values, softer
    near = problem.near(kept, blur, len(taken))
    values = _climbed(near, kept, blur, loose)
    pull = _likely(near, values, blur)[1]
    information = (near.columns * (pull**2)[:, None]).T @ near.columns
    error = np.asarray(np.linalg.pinv(information + np.diag(loose + 1.0)), np.float64)
    return replace(line, values=values, error=error, blur_s=float(blur), likely=best)


@dataclass(frozen=True, slots=True)
class _Problem:
    """The columns of a line, and the windows of the readings less the line's first guess."""

    columns: Floats
    lo: Floats
    hi: Floats
    guess: Floats

    def near(self, values: Floats, blur: float, most: int) -> "_Problem":
        """The readings near a change, which alone say where the line is; `most` of them."""
        at = self.columns @ values + self.guess
        reach = _REACH * blur
        telling = np.flatnonzero((np.abs(at - self.lo) < reach) | (np.abs(at - self.hi) < reach))
        telling = telling[:: max(1, len(telling) // most)]
        return _Problem(
            self.columns[telling], self.lo[telling], self.hi[telling], self.guess[telling]
        )


def _climbed(problem: _Problem, values: Floats, blur: float, loose: Floats) -> Floats:
    """Some rounds of damped Newton steps uphill."""
    damping = 1e-3
    likely, slope = _likely(problem, values, blur)
    likely -= float(loose @ values**2) / 2
    for _ in range(_ROUNDS):
        gradient = problem.columns.T @ slope - loose * values
        curve = (problem.columns * (slope**2)[:, None]).T @ problem.columns + np.diag(loose)
        curve += np.diag(damping * np.diag(curve) + 1e-3)
        tried = values + np.linalg.solve(curve, gradient)
        new, new_slope = _likely(problem, tried, blur)
        new -= float(loose @ tried**2) / 2
        if new < likely:
            damping *= 10
            continue
        done = new - likely < _DONE
        values, likely, slope = tried, new, new_slope
        damping /= 3
        if done:
            break
    return values


def _likely(problem: _Problem, values: Floats, blur: float) -> tuple[float, Floats]:
    """The log-likelihood of the readings, and its slope for each."""
    at = problem.columns @ values + problem.guess
    rise, fall = _logistic((at - problem.lo) / blur), _logistic((at - problem.hi) / blur)
    chance = (1 - _MISREAD) * np.maximum(rise - fall, 0.0) + _MISREAD
    slope = (1 - _MISREAD) * (rise * (1 - rise) - fall * (1 - fall)) / blur / chance
    return float(np.log(chance).sum()), slope


def _logistic(x: NDArray[np.float64]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = 0.5 * (1 + np.tanh(x / 2))
    return result
