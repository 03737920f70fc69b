"""The rough way of a video through a recording: the longest chain of readings that agree.

Two readings agree where the time between them is that of the frames between them, within the time
for which each number was shown. A chain may jump forward, at a price: the camera paused. It never
goes back in time, so that digits misread for a while cannot divert it.
"""

from dataclasses import dataclass

import numpy as np

from emgd.align.shown import Candidates, Ints, Shown, long_shown

RATE_OFF = 1.5e-3  # how far a camera's rate may be off: 30 taken for 29.97 is 1.0e-3
_WINDOW = 400  # nodes looked back at
_SHIFT_S = 0.5
_MANY = 0.8  # of the readings of the chain: another place that is worth a note
_JUMP = 4.0  # readings that must agree beyond a jump to be worth it


@dataclass(frozen=True, slots=True)
class Track:
    """The readings of the chain, in order, and the place in `Shown` of each."""

    reading: Ints
    place: Ints


def track(frames: Ints, shown: Shown, candidates: Candidates, period_s: float) -> Track:
    """Find the longest chain; frames are sorted."""
    from emgd.align.kernels import chains

    reading, place = candidates.reading, candidates.place
    if not len(reading):
        return Track(reading, place)
    middle = (shown.lo[place] + shown.hi[place]) / 2
    half = (shown.hi[place] - shown.lo[place]) / 2 + 0.1 * shown.tick_s
    score, before = np.zeros(len(reading)), np.zeros(len(reading), np.int64)
    frame = frames[reading].astype(float)
    chains(frame, middle, half, period_s, RATE_OFF, _JUMP, _WINDOW, score, before)
    node = int(np.argmax(score))
    nodes = []
    while node >= 0:
        nodes.append(node)
        node = int(before[node])
    chain = np.array(nodes[::-1])
    chain = chain[~long_shown(shown)[place[chain]]]  # they only said that time went on
    return Track(reading[chain], place[chain])


def rate_hz(frames: Ints, shown: Shown, rough: Track, fps: float) -> float | None:
    """The frame rate that the numbers tell, where it cannot be the one that was given."""
    apart = max(1, len(rough.reading) // 3)
    middle = (shown.lo[rough.place] + shown.hi[rough.place]) / 2
    ahead_s = middle[apart:] - middle[:-apart]
    frame = frames[rough.reading]
    ahead_f = frame[apart:] - frame[:-apart]
    told = float(np.median(ahead_f / np.maximum(ahead_s, 1e-9)))
    unsure = 2 * RATE_OFF + 2 * shown.tick_s / float(np.median(ahead_s) or 1e-9)
    return told if abs(told / fps - 1) > unsure else None


def elsewhere(
    frames: Ints, shown: Shown, candidates: Candidates, rough: Track, fps: float
) -> list[tuple[float, float]]:
    """Shifts by which nearly as many readings would fit as well, with their share."""
    at = np.searchsorted(rough.reading, candidates.reading).clip(0, len(rough.reading) - 1)
    since_s = (frames[candidates.reading] - frames[rough.reading[at]]) / fps
    shift = shown.lo[candidates.place] - shown.lo[rough.place[at]] - since_s
    shift = shift[np.abs(shift) > _SHIFT_S]
    if not len(shift):
        return []
    bins, many = np.unique(np.rint(shift / _SHIFT_S), return_counts=True)
    found = []
    for one in bins[many >= len(rough.reading) / 4]:  # a shift may lie on the edge of two bins
        near = shift[np.abs(shift / _SHIFT_S - one) <= 1]
        found.append((float(np.median(near)), len(near) / len(rough.reading)))
    found.sort(key=lambda each: -each[1])
    apart: list[tuple[float, float]] = []
    for value, share in found:
        if share >= _MANY and all(abs(value - other) > 2 * _SHIFT_S for other, _ in apart):
            apart.append((value, share))
    return apart
