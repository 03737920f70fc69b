"""From the brightness of bars to numbers, and how sure each is; arrays only.

The number comes from the bars alone. The sequence can only take trust away.
"""

from dataclasses import dataclass

import numpy as np

from emgd.video.brightness import Mask, brightness
from emgd.video.segments import (
    BLANK,
    MIDDLE,
    NOTHING,
    OTHER_STYLES,
    Array,
    Whole,
    key,
    pattern,
    table,
)

_FEW = 8  # frames: too few to learn from
SURE = 0.5  # readings with less are left out
_STILL_S, _STILL_SHARE = 0.8, 0.4  # of the usual change
_LIT = 0.3  # so much above the middle a bar is lit for sure
_BURNT = 0.75  # of a lit bar: a 0 cannot be told from an 8
_NEIGHBOURS = 7  # readings on either side
_WITNESSES = 3  # at least, on one side
_TICKS = 1.0  # from their middle: half a tick is rounding, the rest the shutter
_DOUBT = 0.4  # what is left of the trust in a number that fits neither side

SURE_LEVELS = (MIDDLE - SURE * MIDDLE, MIDDLE + SURE * _LIT)  # dark below, lit above


@dataclass(frozen=True)
class Readings:
    """What stands in each frame."""

    numbers: Whole  # NOTHING where the bars make no number
    confidence: Array  # 0 to 1
    bars: Array  # [n, digits, 7]: 0 dark, 1 lit
    alone: Mask  # numbers that looked well and fit neither those before nor those after
    burnt: Mask  # so bright that the holes of the digits shine like bars
    still: Mask  # nothing counts there: the display stopped, or something else is looked at


def decide(levels: Array, hidden: Mask, stamps_s: Array, fps: float) -> Readings:
    """Read all frames, from [n, digits, 9] levels."""
    still = _still(levels[:, -1, :7], hidden, fps)
    hidden = hidden | still
    bars, holes = brightness(levels, hidden, fps)
    lit = bars > MIDDLE
    signs = table(styles(lit))[pattern(lit)]
    numbers = _numbers(signs)
    margin = np.where(lit, (bars - MIDDLE) / _LIT, (MIDDLE - bars) / MIDDLE).min((1, 2))
    burnt = (holes > _BURNT).any(-1)
    confidence = np.where((numbers == NOTHING) | hidden | burnt, 0.0, np.clip(margin, 0, 1))
    alone = _alone(numbers, confidence, stamps_s, 10 ** levels.shape[1])
    confidence[alone] *= _DOUBT
    return Readings(numbers, confidence, bars, alone, burnt & ~hidden, still)


def styles(lit: Mask) -> frozenset[str]:
    """Which other ways to write a digit this display uses: those it shows more often."""
    seen = np.bincount(pattern(lit[:, -1]), minlength=128)
    usual = {6: key("acdefg"), 7: key("abc"), 9: key("abcdfg")}
    return frozenset(
        bars for bars, digit in OTHER_STYLES.items() if seen[key(bars)] > seen[usual[digit]]
    )


def _still(last: Array, hidden: Mask, fps: float) -> Mask:
    """Where the last digit does not change for about a second, while elsewhere it does."""
    change = np.abs(np.diff(last, axis=0, prepend=last[:1])).mean(-1)
    length = min(len(change), max(1, round(_STILL_S * fps)))
    mean = np.convolve(change, np.ones(length) / length, mode="same")
    edges = np.convolve(np.ones(len(change)), np.ones(length) / length, mode="same")
    mean /= edges
    if hidden.all():
        return hidden.copy()
    usual = float(np.percentile(mean[~hidden], 80))
    return np.asarray((mean < _STILL_SHARE * usual) & ~hidden)


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
    middle = _median(np.abs(off))
    alone[frames] = ~(np.fmin(middle[0], middle[1]) <= _TICKS)
    return alone


def _median(off: Array) -> Array:
    """Of what is there on either side, [2, neighbours, n] -> [2, n]; of less than three, none."""
    filled = np.sort(off, axis=1)  # what is not there comes last
    count = (~np.isnan(off)).sum(1)
    middle = np.maximum(0, (count - 1) // 2)
    found = np.take_along_axis(filled, middle[:, None], 1)[:, 0]
    return np.where(count < _WITNESSES, np.nan, found)


def _pace(read: Whole, at_s: Array, modulus: int) -> float:
    """How many ticks a second there are, in the middle of what was read."""
    ahead = max(1, min(20, len(read) // 2))
    grown = (read[ahead:] - read[:-ahead]) % modulus
    return float(np.median(grown / (at_s[ahead:] - at_s[:-ahead])))
