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
    lo, hi = fits.lo - rate * frames, fits.hi - rate * frames
    flat = path.ahead_s - rate * frames
    skipped = np.zeros(len(frames), np.int64)
    group = np.zeros(len(frames), np.int64)
    offsets: list[float] = []
    here = slice(0, 0)
    for begin, end in _stretches(len(frames), path):
        piece = slice(begin, end)
        alone, offset = _covered(lo[piece], hi[piece])
        if offsets:
            so_far, _ = _covered(lo[here], hi[here])
            jump = float(np.median(flat[piece]) - np.median(flat[here])) / period_s
            tried = []
            for many in range(int(np.floor(jump)) - 1, int(np.ceil(jump)) + 2):
                shifted_lo = np.append(lo[here], lo[piece] - many * period_s)
                shifted_hi = np.append(hi[here], hi[piece] - many * period_s)
                covered, middle = _covered(shifted_lo, shifted_hi)
                tried.append((covered, -abs(many - jump), many, middle))
            covered, _, many, middle = max(tried)
            if so_far + alone - covered <= max(_PRICE, alone / 4) or abs(jump) < _NO_STEP:
                skipped[begin:] += many
                lo[begin:] -= many * period_s
                hi[begin:] -= many * period_s
                flat[begin:] -= many * period_s
                offsets[-1] = middle
                here = slice(here.start, end)
                continue
            group[begin:] += 1
        offsets.append(offset)
        here = piece
    return Pieces(skipped, group, np.array(offsets), rate)


def _stretches(count: int, path: Path) -> list[tuple[int, int]]:
    edges = [0, *path.steps.tolist(), count]
    return list(pairwise(edges))


def _covered(lo: Floats, hi: Floats) -> tuple[int, float]:
    """How many windows share a place, at most, and the middle of that place."""
    known = np.isfinite(lo)
    if not known.any():
        return 0, 0.0
    edges = np.concatenate([lo[known], hi[known]])
    signs = np.repeat([1, -1], known.sum())
    order = np.lexsort((-signs, edges))
    count = np.cumsum(signs[order])
    best = np.flatnonzero(count == count.max())
    last = min(int(best[0]) + 1, len(edges) - 1)
    return int(count.max()), float(edges[order[best[0]]] + edges[order[last]]) / 2
