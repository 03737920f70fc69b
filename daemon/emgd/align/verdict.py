"""Which readings are good, and why the others are thrown out."""

from enum import StrEnum

import numpy as np

from emgd.align.shown import Candidates, Floats, Ints, Shown, long_shown

_LEAST = 4  # readings, or powers of e, that make a difference
_SHORT_S = 5e-4  # half of the shortest exposure
_ENOUGH = 0.2
_NEARLY = 2.0  # powers of e
_WIDER = 1.25
_FINEST_S = 1e-5
_NEAR = 3  # ticks: a number so near is an old or early one


class Verdict(StrEnum):
    """What became of a reading; the words are those of the table."""

    GOOD = "good"
    MISREAD = "misread"  # at that moment another number was shown
    SMEAR = "smear"  # taken while the number changed, and neither the old nor the new one
    ORDER = "out of order"  # a number that was shown just before or after
    OUTSIDE = "outside"  # taken when the recording holds no number
    NEVER = "not shown"  # a number of which no tick of the recording tells


def residuals(times: Floats, shown: Shown, candidates: Candidates) -> Floats:
    """How far each reading's frame lies outside the time its number was shown, signed.

    0 within; below 0 the frame was taken before; not a number where the number was never shown.
    """
    at = times[candidates.reading]
    early = shown.lo[candidates.place] - at
    late = at - shown.hi[candidates.place]
    off = np.where(early > 0, -early, np.where(late > 0, late, 0.0))
    result = np.full(len(times), np.nan)
    order = np.lexsort((-np.abs(off), candidates.reading))  # the nearest comes last, and stays
    result[candidates.reading[order]] = off[order]
    return result


def softness_s(off: Floats, tick_s: float) -> float:
    """How far outside their windows good readings lie, at most: half of what an exposure lasts.

    A frame exposed across a change may show either number, the less likely the further the change
    lies from its middle. Misreadings by one lie anywhere. The mixture of both that is likeliest
    tells how far the good ones go; 0 where there seem to be none.
    """
    limit = tick_s / 2
    away = np.abs(off[np.isfinite(off)])
    away = away[(away > 0) & (away < limit)]
    if len(away) < _LEAST:
        return float(away.max(initial=0.0, where=away < _SHORT_S))
    widths = np.geomspace(_FINEST_S, limit, 80)[:, None]
    near = np.maximum(1 - away / widths, 0.0) * 2 / widths
    share = np.full((len(widths), 1), 0.5)
    for _ in range(20):
        both = share * near + (1 - share) / limit
        share = np.mean(share * near / both, axis=1, keepdims=True)
    gain = np.log((share * near + (1 - share) / limit) * limit).sum(axis=1)
    # of an exposure so long, so many frames would lie across a change and show the other number
    expected = len(off) * widths[:, 0] / (2 * tick_s)
    gain[share[:, 0] * len(away) < _ENOUGH * expected] = -np.inf
    if gain.max() <= _LEAST:
        return float(away.max(initial=0.0, where=away < _SHORT_S / 10))
    # the widest of those nearly as likely: rather a misreading too many than a good one too few
    best = float(widths[int(np.argmax(gain)), 0])
    widest = float(widths[np.flatnonzero(gain >= gain.max() - _NEARLY)[-1], 0])
    return min(widest, _WIDER * best)


def verdicts(
    numbers: Ints, times: Floats, off: Floats, shown: Shown, slack_s: float
) -> list[Verdict]:
    """Judge each reading; nearer to a change than `slack_s` a frame is exposed to both numbers."""
    places = shown.at(times)
    away = np.abs(np.nan_to_num(off, nan=np.inf))
    rules = [
        (Verdict.GOOD, away <= slack_s),
        (Verdict.OUTSIDE, (places < 0) | long_shown(shown)[places]),
        (Verdict.ORDER, away <= _NEAR * shown.tick_s),
        (Verdict.SMEAR, _to_change(times, shown) <= slack_s),
        (Verdict.MISREAD, np.isfinite(off) | (_digits_off(numbers, shown.number[places]) == 1)),
    ]
    result = [Verdict.NEVER] * len(times)
    for verdict, holds in reversed(rules):
        for i in np.flatnonzero(holds).tolist():
            result[i] = verdict
    return result


def _to_change(times: Floats, shown: Shown) -> Floats:
    """How far the nearest change of the display is."""
    after = np.searchsorted(shown.lo, times).clip(0, len(shown.lo) - 1)
    before = (after - 1).clip(0)
    result: Floats = np.minimum(np.abs(shown.lo[after] - times), np.abs(times - shown.lo[before]))
    return result


def _digits_off(numbers: Ints, truly: Ints) -> Ints:
    """In how many digits two numbers differ."""
    count = np.zeros(len(numbers), np.int64)
    while numbers.any() or truly.any():
        count += numbers % 10 != truly % 10
        numbers, truly = numbers // 10, truly // 10
    return count
