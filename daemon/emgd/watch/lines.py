"""Lines of text with styles, as wide as the terminal will really show them."""

import unicodedata
from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple


class Style(Enum):
    """What a piece of text means; the terminal decides how that looks."""

    PLAIN = "plain"
    DIM = "dim"
    BOLD = "bold"
    GOOD = "good"
    WARN = "warn"
    LOUD = "loud"
    BAR = "bar"
    CLIP = "clip"
    CHOSEN = "chosen"


class Span(NamedTuple):
    """A piece of text in one style."""

    text: str
    style: Style = Style.PLAIN


Line = tuple[Span, ...]


FULL = "█"
PARTS = " ▏▎▍▌▋▊▉"  # a bar's last cell, from nothing to nearly full
LEVELS = " ▁▂▃▄▅▆▇█"  # a column of a strip, from nothing to full
HATCH = "▒"  # a bar that clips
PEAK = "│"
LOST = "x"  # a column of a strip without samples
RULE = "─"
MORE = "…"

# What a terminal without these characters shows in their place.
SIMPLER = str.maketrans("µ±…─│▒▏▎▍▌▋▊▉▁▂▃▄▅▆▇█", "u~~-|%   ====.:-=+*%#")


def written(shown: str, codec: str) -> str:
    """Write a text so that an output with this encoding takes it."""
    return shown if is_unicode(codec) else simplify(shown, codec)


def is_unicode(codec: str) -> bool:
    """Whether an encoding has all characters."""
    return codec.upper().replace("-", "") == "UTF8"


def simplify(shown: str, codec: str) -> str:
    """Write a text with simple characters in the place of blocks and lines."""
    return shown.translate(SIMPLER).encode(codec, "replace").decode(codec)


def cells(shown: str) -> int:
    """How many columns of a terminal a text takes."""
    if shown.isascii():
        return len(shown)
    return sum(_cells_of(c) for c in shown)


def crop(shown: str, width: int) -> str:
    """Cut a text so that it takes `width` columns at the most."""
    if cells(shown) <= width:
        return shown
    taken = 0
    for place, c in enumerate(shown):
        taken += _cells_of(c)
        if taken > width:
            return shown[:place]
    return shown


def fit(shown: str, width: int) -> str:
    """Cut or fill a text so that it takes `width` columns."""
    cut = crop(shown, width)
    return cut + " " * (width - cells(cut))


def length(line: Line) -> int:
    """How many columns a line takes."""
    return sum(cells(span.text) for span in line)


def clip(line: Line, width: int) -> Line:
    """Cut a line so that it takes `width` columns at the most, and show that it was cut."""
    if length(line) <= width:
        return line
    kept: list[Span] = []
    left = width - 1
    for span in line:
        cut = crop(span.text, left)
        kept.append(Span(cut, span.style))
        left -= cells(cut)
        if cut != span.text:
            break
    return (*kept, Span(MORE, Style.DIM)) if width > 0 else ()


def flow(pieces: Iterable[Span], width: int) -> list[Line]:
    """Lay pieces out one after the other, as many on a line as fit whole."""
    lines: list[Line] = []
    line: Line = ()
    for piece in pieces:
        if line and length(line) + 2 + cells(piece.text) > width:
            lines.append(line)
            line = ()
        line = (*line, Span("  "), piece) if line else (piece,)
    return [*lines, line] if line else lines


def _cells_of(c: str) -> int:
    if unicodedata.combining(c):
        return 0
    return 2 if unicodedata.east_asian_width(c) in "WF" else 1
