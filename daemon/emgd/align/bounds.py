"""How far a frame's time can be off: all lines that the good readings leave room for."""

from dataclasses import dataclass

import numpy as np

from emgd.align.shown import Floats, Ints

_CHUNK = 128  # places along the video of which only the tightest reading counts
_RATE_OFF = 2e-3  # beyond the likeliest: no camera is further off


@dataclass(frozen=True, slots=True)
class Room:
    """The largest error at some places along the video, of one group of frames."""

    taken: Floats
    error_s: Floats

    def at(self, taken: Ints) -> Floats:
        """The largest error of these frames; beyond the last place it grows as it did there."""
        inside = np.interp(taken, self.taken, self.error_s)
        for end, inner in ((0, 1), (-1, -2)):
            run = abs(self.taken[end] - self.taken[inner]) or 1.0
            slope = max(0.0, (self.error_s[end] - self.error_s[inner]) / run)
            beyond = (self.taken[end] - taken) if end == 0 else (taken - self.taken[end])
            inside = inside + slope * np.maximum(beyond, 0.0)
        result: Floats = inside
        return result


def room_of(taken: Ints, down: Floats, up: Floats, period_s: float, reach: Floats) -> Room:
    """How far lines through all readings lie from the likeliest, at the places of `reach`.

    A reading leaves room for its frame to be `down` earlier and `up` later than that (both >= 0).
    """
    zero, scale = float(np.mean(reach)), max(float(np.ptp(reach)) / 2, 1.0)
    x = np.asarray((taken - zero) / scale, np.float64)
    part = np.minimum(((x + 1) / 2 * _CHUNK).astype(int).clip(0), _CHUNK)
    x_up, up = _tightest(x, up, part)
    x_down, down = _tightest(x, down, part)
    rows = np.concatenate([np.column_stack([np.ones(len(x_up)), x_up]),
                           -np.column_stack([np.ones(len(x_down)), x_down])])  # fmt: skip
    limits = np.concatenate([up, down])
    steepest = _RATE_OFF * period_s * scale
    errors = [_largest(rows, limits, steepest, (place - zero) / scale) for place in reach]
    return Room(reach, np.array(errors))


def _tightest(x: Floats, room: Floats, part: Ints) -> tuple[Floats, Floats]:
    """The reading with the least room in each part."""
    order = np.lexsort((room, part))
    first = order[np.unique(part[order], return_index=True)[1]]
    return x[first], room[first]


def _largest(rows: Floats, limits: Floats, steepest: float, x: float) -> float:
    """The furthest that a + b x can be from 0."""
    from scipy.optimize import linprog

    furthest = 0.0
    for sign in (1.0, -1.0):
        found = linprog(
            [-sign, -sign * x],
            A_ub=rows,
            b_ub=limits,
            bounds=[(-1e3, 1e3), (-steepest, steepest)],
        )
        if found.status == 0:
            furthest = max(furthest, -float(found.fun or 0.0))
    return furthest
