"""The two searches over all readings, compiled: an hour of video is searched in a second or two."""

import numpy as np
from mcubridge.jit import kernel
from numba import types
from numpy.typing import NDArray

_floats = types.float64[::1]
_ints = types.int64[::1]
_states = types.int16[::1]

NOWHERE = -1e18  # the score of a state that cannot be


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


@kernel(types.void(_floats, _states, types.int64, _floats, _states))
def moved(
    score: NDArray[np.float64],
    came: NDArray[np.int16],
    by: int,
    out_score: NDArray[np.float64],
    out_came: NDArray[np.int16],
) -> None:
    """The band lies `by` bins higher: its states, and from which each came."""
    bins = len(score)
    best = np.argmax(score)
    for s in range(bins):
        inside = 0 <= s + by < bins
        out_score[s] = score[s + by] if inside else NOWHERE
        out_came[s] = s + by if inside else 0
        if abs(by) >= bins:  # the track jumped: no state is left, the best goes along
            out_score[s], out_came[s] = score[best], best


@kernel(types.void(_floats, _states, types.float64, _floats, _states))
def drifted(
    score: NDArray[np.float64],
    came: NDArray[np.int16],
    price: float,
    out_score: NDArray[np.float64],
    out_came: NDArray[np.int16],
) -> None:
    """A state goes a bin up or down, or none."""
    bins = len(score)
    for s in range(bins):
        out_score[s], out_came[s] = score[s], came[s]
        for other in (s - 1, s + 1):
            if 0 <= other < bins and score[other] - price > out_score[s]:
                out_score[s], out_came[s] = score[other] - price, came[other]


@kernel(types.void(_floats, _states, types.int64, types.float64, _floats, _states))
def stepped(
    score: NDArray[np.float64],
    came: NDArray[np.int16],
    forward: int,
    price: float,
    out_score: NDArray[np.float64],
    out_came: NDArray[np.int16],
) -> None:
    """A state goes to any other that lies not more than `forward` bins below it, or stays."""
    bins = len(score)
    reach, best, at = -1, NOWHERE, 0
    for s in range(bins):
        while reach < min(bins - 1, s + forward):
            reach += 1
            if score[reach] > best:
                best, at = score[reach], came[reach]
        stays = score[s] >= best - price
        out_score[s] = score[s] if stays else best - price
        out_came[s] = came[s] if stays else at


@kernel(
    types.void(
        _ints, _ints, _ints, _ints, _ints, types.float64, types.float64,
        types.float64[:, ::1], types.int16[:, ::1], types.int16[:, ::1], _ints,
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
    scores: NDArray[np.float64],
    places: NDArray[np.int16],
    back: NDArray[np.int16],
    states: NDArray[np.int64],
) -> None:
    """The likeliest states: bins of a band that begins at `base`, good from `first` to `last`.

    Between two readings a state may drift so many times, and step once, each at its price.
    `scores` and `places` are two rows of zeros to work in, a number for each bin. `back` takes the
    state from which each came, a row for each reading.
    """
    bins = back.shape[1]
    score, other = scores[0], scores[1]
    came, origin = places[0], places[1]
    for i in range(len(base)):
        moved(score, came, base[i] - base[max(i - 1, 0)], other, origin)
        score, other, came, origin = other, score, origin, came
        for _ in range(drifts[i]):
            drifted(score, came, drift, other, origin)
            score, other, came, origin = other, score, origin, came
        stepped(score, came, forward[i], step, other, origin)
        score, other, came, origin = other, score, origin, came
        for s in range(bins):
            back[i, s] = came[s]
        for s in range(max(0, first[i]), min(bins, last[i])):
            score[s] += 1.0
    state = np.argmax(score)
    for i in range(len(base) - 1, -1, -1):
        states[i] = state
        state = back[i, state]
