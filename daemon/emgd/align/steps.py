"""Where the frame count and time part: frames that were dropped, found to a single one.

A hidden Markov model whose state is how far time is ahead of the frame count, in bins of 1 ms
within a band about the rough track. A state drifts slowly with the camera's clock, or steps at a
price.
"""

from dataclasses import dataclass

import numpy as np

from emgd.align.shown import Candidates, Floats, Ints, Shown
from emgd.align.track import Track

_BIN_S = 0.001
_HALF_BAND = 150  # bins
_MEDIAN = 15  # readings of the track that say where the band lies
_STEP = 5.0  # readings that must agree beyond a step to be worth it
_DRIFT = 0.02  # the price of a bin of drift
_STEP_BINS = 2.5  # less is drift
_FAR_S = 0.5  # what lies further away than that says nothing about this frame
_SAME_S = 0.0025  # backwards by so much is no step back in time


@dataclass(frozen=True, slots=True)
class Path:
    """For each reading how far time is ahead of its frame, in seconds; and where it steps."""

    ahead_s: Floats
    steps: Ints  # readings before which it steps


@dataclass(frozen=True, slots=True)
class Windows:
    """For each reading the shift of its frame within which its number was shown, if any."""

    lo: Floats
    hi: Floats

    def wider(self, by_s: float) -> "Windows":
        """Wider at both ends: a frame exposed across a change may show either number."""
        return Windows(self.lo - by_s, self.hi + by_s)

    def part(self, which: slice) -> "Windows":
        """Those of some readings."""
        return Windows(self.lo[which], self.hi[which])

    def followed(self, others: "Windows", by_s: float) -> "Windows":
        """These and others, which are moved by so much."""
        return Windows(np.append(self.lo, others.lo + by_s), np.append(self.hi, others.hi + by_s))


def ahead(frames: Ints, shown: Shown, rough: Track, period_s: float) -> Floats:
    """The rough track at each reading: how far time is ahead of its frame."""
    middle = (shown.lo[rough.place] + shown.hi[rough.place]) / 2
    along = middle - frames[rough.reading] * period_s
    padded = np.pad(along, _MEDIAN // 2, mode="edge")
    smooth = np.median(np.lib.stride_tricks.sliding_window_view(padded, _MEDIAN), axis=1)
    near = np.searchsorted(rough.reading, np.arange(len(frames)), side="right") - 1
    result: Floats = smooth[np.clip(near, 0, len(smooth) - 1)]
    return result


def windows(
    frames: Ints, shown: Shown, candidates: Candidates, ahead_s: Floats, period_s: float
) -> Windows:
    """The candidate nearest to where each frame must have been; not a number without any near."""
    lo = np.full(len(frames), np.nan)
    hi = np.full(len(frames), np.nan)
    zero = frames[candidates.reading] * period_s
    first, last = shown.lo[candidates.place] - zero, shown.hi[candidates.place] - zero
    here = ahead_s[candidates.reading]
    away = np.maximum(np.maximum(first - here, here - last), 0.0)
    order = np.lexsort((-away, candidates.reading))  # the nearest comes last, and stays
    order = order[away[order] <= _FAR_S]
    lo[candidates.reading[order]] = first[order]
    hi[candidates.reading[order]] = last[order]
    return Windows(lo, hi)


def path(frames: Ints, fits: Windows, ahead_s: Floats, period_s: float, rate_off: float) -> Path:
    """The likeliest way of the state through all readings."""
    from emgd.align.kernels import walk

    bins = 2 * _HALF_BAND + 1
    base = np.rint(ahead_s / _BIN_S).astype(np.int64) - _HALF_BAND
    first = np.ceil(np.nan_to_num(fits.lo, nan=1e6) / _BIN_S).astype(np.int64) - base
    last = np.floor(np.nan_to_num(fits.hi, nan=-1e6) / _BIN_S).astype(np.int64) - base + 1
    since_s = (frames - frames[0]) * period_s
    drifted = np.floor(since_s * rate_off / _BIN_S).astype(np.int64)
    drifts = np.minimum(np.diff(drifted, prepend=0), bins)
    forward = np.rint((np.diff(since_s, prepend=0.0) + _SAME_S) / _BIN_S).astype(np.int64)
    states = np.empty(len(frames), np.int64)
    back = np.empty((len(frames), bins), np.int16)
    room = np.zeros((2, back.shape[1])), np.zeros((2, back.shape[1]), np.int16)
    walk(base, first, last, drifts, forward, _STEP, _DRIFT, *room, back, states)
    where = np.asarray((states + base) * _BIN_S, np.float64)
    jumped = np.abs(np.diff(where)) > _STEP_BINS * _BIN_S + 2 * rate_off * np.diff(since_s)
    return Path(where, np.flatnonzero(jumped) + 1)
