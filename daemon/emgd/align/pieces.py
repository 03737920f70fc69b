"""Stretches of a video without a step, and how many frames are missing between them."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from emgd.align.shown import Floats, Ints
from emgd.align.steps import Path, Windows

_PRICE = 8  # readings that taking a step for whole frames may cost, or a quarter of them
_NO_STEP = 0.4  # frames: what is less is no step


@dataclass(frozen=True, slots=True)
class Pieces:
    """What happened to the frame count before each reading."""

    skipped: Ints  # frames taken and not in the video
    group: Ints  # counts up where a step is no whole number of frames: the camera began again
    offset_s: Floats  # of each group
    rate: float  # seconds a frame beyond the period that was assumed


def rate_of(frames: Ints, path: Path) -> float:
    """The slope that all stretches have in common."""
    up = down = 0.0
    for begin, end in _stretches(len(frames), path):
        f = frames[begin:end] - frames[begin:end].mean()
        up += float(f @ (path.ahead_s[begin:end]))
        down += float(f @ f)
    return up / down if down else 0.0


def pieces_of(frames: Ints, fits: Windows, path: Path, period_s: float) -> Pieces:
    """Count the frames that each step skipped, where it is a whole number of them."""
    rate = rate_of(frames, path)
    period_s += rate
    level = Windows(fits.lo - rate * frames, fits.hi - rate * frames)
    flat = path.ahead_s - rate * frames
    skipped = np.zeros(len(frames), np.int64)
    group = np.zeros(len(frames), np.int64)
    offsets: list[float] = []
    here = slice(0, 0)  # the stretches that belong together so far
    for begin, end in _stretches(len(frames), path):
        piece = slice(begin, end)
        offset = covered(level.part(piece))[1]
        if offsets:
            jump = float(np.median(flat[piece]) - np.median(flat[here])) / period_s
            joined = _joined(level.part(here), level.part(piece), jump, period_s)
            if joined is not None:
                many, offsets[-1] = joined
                skipped[begin:] += many
                for column in (level.lo, level.hi, flat):
                    column[begin:] -= many * period_s
                here = slice(here.start, end)
                continue
            group[begin:] += 1
        offsets.append(offset)
        here = piece
    return Pieces(skipped, group, np.array(offsets), rate)


def _joined(
    before: Windows, after: Windows, jump: float, period_s: float
) -> tuple[int, float] | None:
    """How many frames are missing between two stretches, and the offset that both then have.

    None where no whole number lets the readings of both agree: the camera began again.
    """
    alone = covered(after)[0]
    tried = []
    for many in range(int(np.floor(jump)) - 1, int(np.ceil(jump)) + 2):
        many_fit, middle = covered(before.followed(after, -many * period_s))
        tried.append((many_fit, -abs(many - jump), many, middle))
    if abs(jump) < _NO_STEP:
        tried = [one for one in tried if one[2] == 0]
    many_fit, _, many, middle = max(tried)
    lost = covered(before)[0] + alone - many_fit
    agree = lost <= max(_PRICE, alone / 4) or abs(jump) < 1.0  # no camera begins again so soon
    return (many, middle) if agree else None


def _stretches(count: int, path: Path) -> list[tuple[int, int]]:
    edges = [0, *path.steps.tolist(), count]
    return list(pairwise(edges))


def covered(fits: Windows) -> tuple[int, float]:
    """How many windows share a place, at most, and the middle of that place."""
    known = np.isfinite(fits.lo)
    if not known.any():
        return 0, 0.0
    edges = np.concatenate([fits.lo[known], fits.hi[known]])
    signs = np.repeat([1, -1], known.sum())
    order = np.lexsort((-signs, edges))
    count = np.cumsum(signs[order])
    best = int(np.argmax(count))
    last = min(best + 1, len(edges) - 1)
    return int(count[best]), float(edges[order[best]] + edges[order[last]]) / 2
