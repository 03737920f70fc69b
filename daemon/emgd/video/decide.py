"""From the brightness of bars to numbers, and how sure each is; arrays only.

The number comes from the bars alone. The sequence can only take trust away.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from emgd.video.segments import (
    BLANK,
    NOTHING,
    OTHER_STYLES,
    Array,
    Whole,
    key,
    pattern,
    table,
)

_WINDOW_S, _HOP_S = 2.0, 0.5
_FEW = 8  # frames: too few to learn from
SURE = 0.5  # readings with less are left out
_NEIGHBOURS = 7  # readings on either side
_TICKS = 1.0  # from their middle: half a tick is rounding, the rest the shutter
_DOUBT = 0.4  # what is left of the trust in a number that fits neither side

Mask = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Readings:
    """What stands in each frame."""

    numbers: Whole  # NOTHING where the bars make no number
    confidence: Array  # 0 to 1
    bars: Array  # [n, digits, 7]: 0 dark, 1 lit
    alone: int  # numbers that looked well and fit neither those before nor those after


def decide(levels: Array, hidden: Mask, stamps_s: Array, fps: float) -> Readings:
    """Read all frames, from [n, digits, 9] levels."""
    bars = scaled(levels, fps)
    bars = untangled(bars)
    lit = bars > 0.5
    signs = table(styles(lit))[pattern(lit)]
    numbers = _numbers(signs)
    margin = np.clip(2 * np.abs(bars - 0.5), 0, 1).min((1, 2))
    confidence = np.where((numbers == NOTHING) | hidden, 0.0, margin)
    alone = _alone(numbers, confidence, stamps_s, 10 ** levels.shape[1])
    confidence[alone] *= _DOUBT
    return Readings(numbers, confidence, bars, int(alone.sum()))


def scaled(levels: Array, fps: float) -> Array:
    """Each bar's level between its own dark (0) and its own lit (1), as they are at that time."""
    count, digits = levels.shape[:2]
    centers, dark, lit = _last_digit(levels[:, -1, :7], fps)
    frames = np.arange(count)

    def at_frames(blocks: Array) -> Array:
        return np.stack([np.interp(frames, centers, column) for column in blocks.T], -1)

    holes = at_frames(_blocks(levels[:, :, 7:].mean(-1), centers, fps))
    dark, lit = at_frames(dark), at_frames(lit)
    gain = np.maximum(np.median(lit - dark, -1), 1.0)
    out = np.empty((count, digits, 7))
    out[:, -1] = (levels[:, -1, :7] - dark) / np.maximum(lit - dark, 0.3 * gain[:, None])
    for digit in range(digits - 1):
        relative = (levels[:, digit, :7] - holes[:, digit, None]) / gain[:, None]
        out[:, digit] = _learned(relative)
    return out


def _last_digit(bars: Array, fps: float) -> tuple[Array, Array, Array]:
    """Dark and lit of the last digit's bars, which all change in every window."""
    centers = _centers(len(bars), fps)
    dark, lit = np.empty((len(centers), 7)), np.empty((len(centers), 7))
    for n, center in enumerate(centers):
        part = bars[_around(center, len(bars), fps)]
        middle = (np.percentile(part, 2, axis=0) + np.percentile(part, 98, axis=0)) / 2
        for bar in range(7):
            above = part[:, bar] > middle[bar]
            dark[n, bar] = np.median(part[~above, bar])
            lit[n, bar] = np.median(part[above, bar]) if above.any() else dark[n, bar]
    return centers, dark, lit


def _centers(count: int, fps: float) -> Array:
    hop = max(1.0, _HOP_S * fps)
    return np.arange(min(hop / 2, count / 2), count, hop)


def _around(center: float, count: int, fps: float) -> slice:
    half = _WINDOW_S * fps / 2
    low = min(max(0, int(center - half)), max(0, int(count - 2 * half)))
    return slice(low, low + max(2, int(2 * half)))


def _blocks(values: Array, centers: Array, fps: float) -> Array:
    return np.array([np.median(values[_around(at, len(values), fps)], axis=0) for at in centers])


def _learned(relative: Array) -> Array:
    """The same between the dark and the lit that these slower bars show over the whole video."""
    dark, lit = np.zeros(7), np.ones(7)
    for _ in range(3):
        above = relative > (dark + lit) / 2
        for levels, chosen, usual in ((dark, ~above, 0.0), (lit, above, 1.0)):
            seen = chosen.sum(0) >= _FEW
            for bar in np.flatnonzero(seen):
                levels[bar] = np.median(relative[chosen[:, bar], bar])
            levels[~seen] = np.median(levels[seen]) if seen.any() else usual
        lit[:] = np.maximum(lit, dark + 0.3)
    return np.asarray((relative - dark) / (lit - dark))


def untangled(bars: Array) -> Array:
    """Take away what shines over from a digit's other bars, where enough was seen to know it."""
    out = bars.copy()
    for digit in range(bars.shape[1]):
        mixing = _mixing(bars[:, digit])
        if mixing is None:
            continue
        own = np.diag(mixing[:7])
        others = mixing[:7] - np.diag(own)
        for _ in range(3):
            lit = (out[:, digit] > 0.5).astype(float)
            out[:, digit] = (bars[:, digit] - mixing[7] - lit @ others) / own
    return out


def _mixing(bars: Array) -> Array | None:
    """[7 + 1, 7]: how much each lit bar gives to each place looked at, and a constant."""
    lit = (bars > 0.5).astype(float)
    clear = (np.abs(bars - 0.5) > 0.25).all(-1)
    signs = table()[pattern(bars > 0.5)]
    clear &= (signs >= 0) & (signs < BLANK)
    if clear.sum() < 40 or len(set(signs[clear].tolist())) < 8:
        return None
    design = np.column_stack([lit, np.ones(len(lit))])[clear]
    mixing, *_ = np.linalg.lstsq(design, bars[clear], rcond=None)
    sound = (np.diag(mixing) > 0.5).all() and np.abs(mixing[:7]).max() < 1.5
    return np.asarray(mixing) if sound else None


def styles(lit: Mask) -> frozenset[str]:
    """Which other ways to write a digit this display uses: those it shows more often."""
    seen = np.bincount(pattern(lit[:, -1]), minlength=128)
    usual = {6: key("acdefg"), 7: key("abc"), 9: key("abcdfg")}
    return frozenset(
        bars for bars, digit in OTHER_STYLES.items() if seen[key(bars)] > seen[usual[digit]]
    )


def _numbers(signs: Whole) -> Whole:
    """The number that a row of signs makes, [n, digits] -> [n]."""
    count, digits = signs.shape
    numbers = np.zeros(count, np.int64)
    good = (signs != NOTHING).all(-1) & (signs[:, -1] != BLANK)
    begun = np.zeros(count, np.bool_)
    for place in range(digits):
        sign = signs[:, place]
        good &= ~(begun & (sign == BLANK))
        begun |= sign != BLANK
        numbers = 10 * numbers + np.where(sign == BLANK, 0, sign)
    return np.where(good, numbers, NOTHING)


def _alone(numbers: Whole, confidence: Array, stamps_s: Array, modulus: int) -> Mask:
    """Which numbers fit neither those before nor those after, or stand still."""
    alone = np.zeros(len(numbers), np.bool_)
    frames = np.flatnonzero(confidence >= SURE)
    if len(frames) < _FEW:
        alone[frames] = True
        return alone
    read, at_s = numbers[frames], stamps_s[frames]
    pace = _pace(read, at_s, modulus)
    off = np.full((2, _NEIGHBOURS, len(read)), np.nan)  # in ticks, from each neighbour's line
    for step in range(1, _NEIGHBOURS + 1):
        grown = (read[step:] - read[:-step]) % modulus
        apart = grown - pace * (at_s[step:] - at_s[:-step])
        apart = (apart + modulus / 2) % modulus - modulus / 2
        off[0, step - 1, step:] = apart
        off[1, step - 1, :-step] = apart
    middle = np.abs(_median(off))
    alone[frames] = ~(np.fmin(middle[0], middle[1]) <= _TICKS)
    return alone


def _median(off: Array) -> Array:
    """Of what is there on either side, [2, neighbours, n] -> [2, n]."""
    filled = np.sort(off, axis=1)  # what is not there comes last
    count = (~np.isnan(off)).sum(1)
    middle = np.maximum(0, (count - 1) // 2)
    return np.asarray(np.take_along_axis(filled, middle[:, None], 1)[:, 0])


def _pace(read: Whole, at_s: Array, modulus: int) -> float:
    """How many ticks a second there are, in the middle of what was read."""
    ahead = max(1, min(20, len(read) // 2))
    grown = (read[ahead:] - read[:-ahead]) % modulus
    return float(np.median(grown / (at_s[ahead:] - at_s[:-ahead])))
