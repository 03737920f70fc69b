"""At which frame the count steps, as far as the readings tell."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from emgd.align.pieces import Pieces
from emgd.align.shown import Floats, Ints

Times = Callable[[Ints, Ints], Floats]  # frames taken and their group -> when

_LOOK = 240  # readings on each side


@dataclass(frozen=True, slots=True)
class Cut:
    """Frames are missing before `frame`, or before any from `earliest` to `latest`."""

    frame: int
    earliest: int
    latest: int
    skipped: int  # more than before it
    group: int  # of the frames from here on
    new_group: bool


def cuts_of(frames: Ints, pieces: Pieces) -> list[Cut]:
    """The steps as they were found, before anything is known exactly."""
    changed = (np.diff(pieces.skipped) != 0) | (np.diff(pieces.group) != 0)
    cuts = []
    for i in np.flatnonzero(changed) + 1:
        more = int(pieces.skipped[i] - pieces.skipped[i - 1])
        anew = bool(pieces.group[i] != pieces.group[i - 1])
        frame = int(frames[i])
        cuts.append(Cut(frame, frame, frame, more, int(pieces.group[i]), anew))
    return cuts


def refined(cuts: list[Cut], frames: Ints, times: Times, lo: Floats, hi: Floats) -> list[Cut]:
    """The cuts where they agree with most readings, each between its neighbours."""
    edges = [int(frames[0]), *(cut.frame for cut in cuts), int(frames[-1]) + 1]
    result = []
    for i, cut in enumerate(cuts):
        mine = (frames >= edges[i]) & (frames < edges[i + 2])
        around = np.array([cut.frame - 1, cut.frame])
        taken, group = counted(around, cuts)
        fits = []
        for side in (0, 1):
            shifted = frames[mine] + (taken[side] - around[side])
            moments = times(shifted, np.full(len(shifted), group[side]))
            fits.append((lo[mine] <= moments) & (moments <= hi[mine]))
        result.append(_placed(cut, frames[mine], *fits))
    return result


def _placed(cut: Cut, frames: Ints, before: NDArray[np.bool_], after: NDArray[np.bool_]) -> Cut:
    """The place after which readings fit better than before it; `before` and `after` it fit."""
    i = int(np.searchsorted(frames, cut.frame))
    begin, end = max(0, i - _LOOK), min(len(frames), i + _LOOK)
    gain = np.append(0, np.cumsum(before[begin:end].astype(int) - after[begin:end].astype(int)))
    best = np.flatnonzero(gain == gain.max()) + begin
    earliest = int(frames[best[0] - 1]) + 1 if best[0] else int(frames[0])
    latest = int(frames[min(best[-1], len(frames) - 1)])
    latest = max(latest, earliest)
    return replace(cut, frame=(earliest + latest) // 2, earliest=earliest, latest=latest)


def counted(frames: Ints, cuts: list[Cut]) -> tuple[Ints, Ints]:
    """For frames of the video how many the camera took so far, and their group."""
    edges = np.array([cut.frame for cut in cuts], np.int64)
    skipped = np.cumsum([0, *(cut.skipped for cut in cuts)])
    group = np.array([0, *(cut.group for cut in cuts)], np.int64)
    part = np.searchsorted(edges, frames, side="right")
    return frames + skipped[part], group[part]
