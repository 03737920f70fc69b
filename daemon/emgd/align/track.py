"""The rough way of a video through a recording: the longest chain of readings that agree.

Two readings agree where the time between them is that of the frames between them, within the time
for which each number was shown. A chain may jump forward, at a price: the camera paused, or the
counter began again. It never goes back in time, so that digits misread for a while cannot divert it.
"""

from dataclasses import dataclass

import numpy as np

from emgd.align.shown import Candidates, Floats, Ints, Shown, long_shown

RATE_OFF = 1.5e-3  # how far a camera's rate may be off: 30 taken for 29.97 is 1.0e-3
_WINDOW = 48  # nodes looked back at
_JUMP = 4.0  # readings that must agree beyond a jump to be worth it


@dataclass(frozen=True, slots=True)
class Track:
    """The readings of the chain, in order, and the place in `Shown` of each."""

    reading: Ints
    place: Ints


def track(frames: Ints, shown: Shown, candidates: Candidates, period_s: float) -> Track:
    """Find the longest chain; frames are sorted."""
    from emgd.align.kernels import chains

    use = ~long_shown(shown)[candidates.place]
    reading, place = candidates.reading[use], candidates.place[use]
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
    return Track(reading[chain], place[chain])
