"""The two searches over all readings, compiled: an hour of video is searched in a second or two."""

import numpy as np
from mcubridge.jit import kernel
from numba import types
from numpy.typing import NDArray

_floats = types.float64[::1]
_ints = types.int64[::1]


@kernel(
    types.void(
        _floats, _floats, _floats, types.float64, types.float64, types.float64, types.int64,
        _floats, _ints,
    )
)  # fmt: skip
def chains(
    frame: NDArray[np.float64],
    middle: NDArray[np.float64],
    half: NDArray[np.float64],
    period_s: float,
    rate_off: float,
    jump: float,
    window: int,
    score: NDArray[np.float64],
    before: NDArray[np.int64],
) -> None:
    """For each node the best score of a chain that ends there, and the node before it (or -1)."""
    best = -1  # the node with the best score of those that the window has left behind
    for node in range(len(frame)):
        begin = max(0, node - window)
        if begin and (best < 0 or score[begin - 1] > score[best]):
            best = begin - 1
        gained, origin = 0.0, -1
        for k in range(begin - 1 if best >= 0 else begin, node):
            other = best if k < begin else k
            ahead_s = middle[node] - middle[other]
            if frame[other] >= frame[node] or ahead_s < 0.0:
                continue
            frames_s = (frame[node] - frame[other]) * period_s
            slack = half[other] + half[node] + rate_off * frames_s
            reach = score[other] if abs(ahead_s - frames_s) <= slack else score[other] - jump
            if reach > gained:
                gained, origin = reach, other
        score[node] = gained + 1.0
        before[node] = origin


@kernel(
    types.void(
        _ints, _ints, _ints, _ints, _ints, types.float64, types.float64, types.int64,
        types.int16[:, ::1], _ints,
    )
)  # fmt: skip
def walk(
    base: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    drifts: NDArray[np.int64],
    forward: NDArray[np.int64],
    step: float,
    drift: float,
    bins: int,
    back: NDArray[np.int16],
    states: NDArray[np.int64],
) -> None:
    """The likeliest states: bins of a band that begins at `base`, good from `first` to `last`.

    Between two readings a state may drift by a bin so many times, at the price `drift` each, and
    step to any state that is not more than `forward` bins before it, at the price `step`.
    """
    score, other = np.zeros(bins), np.zeros(bins)
    came, origin = np.zeros(bins, np.int16), np.zeros(bins, np.int16)
    for i in range(len(base)):
        by = base[i] - base[i - 1] if i else 0
        for s in range(bins):
            inside = 0 <= s + by < bins
            other[s] = score[s + by] if inside else -1e18
            origin[s] = s + by if inside else 0
        for _ in range(drifts[i]):
            for s in range(bins):
                score[s], came[s] = other[s], origin[s]
                if s and other[s - 1] - drift > score[s]:
                    score[s], came[s] = other[s - 1] - drift, origin[s - 1]
                if s + 1 < bins and other[s + 1] - drift > score[s]:
                    score[s], came[s] = other[s + 1] - drift, origin[s + 1]
            for s in range(bins):
                other[s], origin[s] = score[s], came[s]
        # steps: the best of all states up to `forward` bins above
        best, at = -1e18, 0
        if abs(by) >= bins:  # the band itself jumped: no state is left
            for s in range(bins):
                if score[s] > best:
                    best, at = score[s], s
            for s in range(bins):
                other[s], origin[s] = best - step, at
        reach = -1
        best, at = -1e18, 0
        for s in range(bins):
            score[s], came[s] = other[s], origin[s]
            while reach < min(bins - 1, s + forward[i]):
                reach += 1
                if other[reach] > best:
                    best, at = other[reach], origin[reach]
            if best - step > score[s]:
                score[s], came[s] = best - step, at
            back[i, s] = came[s]
            if first[i] <= s < last[i]:
                score[s] += 1.0
    state = 0
    for s in range(bins):
        if score[s] > score[state]:
            state = s
    for i in range(len(base) - 1, -1, -1):
        states[i] = state
        state = back[i, state]
