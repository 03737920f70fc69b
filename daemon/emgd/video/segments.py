"""Seven bars and the digits that they make; arrays only.

A digit's box runs from 0 to 1 both ways, to the outer edges of its bars. The bars have their usual
order: a top, b upper right, c lower right, d bottom, e lower left, f upper left, g middle.
"""

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]
Whole = np.ndarray[Any, np.dtype[np.int64]]

BLANK = 10
NOTHING = -1  # bars that make no digit
MIDDLE = 0.6  # between dark and lit: cameras show half of the light as three quarters of the way

_STYLES = {  # the bars of each digit, and how some displays write them otherwise
    "abcdef": 0, "bc": 1, "abdeg": 2, "abcdg": 3, "bcfg": 4, "acdfg": 5, "acdefg": 6,
    "abc": 7, "abcdefg": 8, "abcdfg": 9, "": BLANK,
}  # fmt: skip
OTHER_STYLES = {"cdefg": 6, "abcf": 7, "abcfg": 9}

_LEFT, _RIGHT, _TOP, _BOTTOM = 0.09, 0.91, 0.05, 0.95
_ALONG, _ACROSS = (0.3, 0.5, 0.7), (0.14, 0.28, 0.36)
_HOLES = ((0.5, 0.27), (0.5, 0.73))


def _bars() -> Array:
    """Places to look at on each bar, [7, 3, 2]."""
    lying = [[(x, y) for x in _ALONG] for y in (_TOP, _BOTTOM, 0.5)]
    upper = [[(x, y) for y in _ACROSS] for x in (_RIGHT, _LEFT)]
    lower = [[(x, 1 - y) for y in _ACROSS] for x in (_RIGHT, _LEFT)]
    a, d, g = lying
    (b, f), (c, e) = upper, lower
    return np.array([a, b, c, d, e, f, g])


BARS = _bars()
HOLES: Array = np.array([[hole] * 3 for hole in _HOLES])  # [2, 3, 2]: never lit
SPOTS: Array = np.concatenate([BARS, HOLES])  # [9, 3, 2]


def key(bars: str) -> int:
    """A pattern of bars as a number below 128."""
    return sum(1 << "abcdefg".index(bar) for bar in bars)


def table(others: frozenset[str] = frozenset()) -> Whole:
    """Pattern -> digit, BLANK or NOTHING; with those of the other styles that are in use."""
    digits: Whole = np.full(128, NOTHING, np.int64)
    for bars, digit in _STYLES.items():
        digits[key(bars)] = digit
    for bars in others:
        digits[key(bars)] = OTHER_STYLES[bars]
    return digits


TEMPLATES: Array = np.array(
    [[1.0 if bar in bars else 0.0 for bar in "abcdefg"] for bars in (*_STYLES, *OTHER_STYLES)]
)
DIGIT_OF: Whole = np.array([*_STYLES.values(), *OTHER_STYLES.values()])


def pattern(lit: np.ndarray[Any, np.dtype[np.bool_]]) -> Whole:
    """Which pattern these bars make, [..., 7] -> [...]."""
    return np.asarray(lit @ (1 << np.arange(7)), np.int64)


def likeness(levels: Array) -> Array:
    """How much a row's spots, [n, digits, 9] (0 dark, 1 lit), look like digits, [n], 1 at most.

    A place left empty is a little less than a digit is, and the last one is never empty.
    """
    bars = np.clip(levels[..., :7], 0, 1)
    off = bars @ (1 - 2 * TEMPLATES.T) + TEMPLATES.sum(-1)  # sum of |bar - template|
    empty = np.full(levels.shape[-2], 0.45)
    empty[-1] = 3.0
    off[..., DIGIT_OF == BLANK] += empty[:, None]
    holes = np.clip(levels[..., 7:], 0, 1).sum(-1)
    return np.asarray((1 - (off.min(-1) + holes) / 4.5).mean(-1))
