"""The whole screen: figures, the bar that tells a number from its neighbours, a line of text."""

from itertools import groupby

from emgd.onscreen.figures import LEAST_HEIGHT, LEAST_WIDTH, figure
from emgd.watch.lines import Line, Span, Style, clip

Row = list[bool]

BAR_SHARE = 24  # of the width
GAP_SHARE = 5  # of a figure, between two


def picture(shown: str, odd: bool | None, note: Span, width: int, height: int) -> list[Line]:
    """Draw digits as large as they can be, with a bar at the left of even numbers, else right.

    A camera's frame in which the number changes has both bars, or half of each.
    """
    if width < 1 or height < 1:
        return []
    rows = _rows(shown, odd, width, height - 1)
    body = [_line(row) for row in rows] if rows else _small(shown, odd, width, height - 1)
    return [*body, clip((note,), width)]


def _rows(shown: str, odd: bool | None, width: int, height: int) -> list[Row]:
    """Cells of all rows; none where the screen is too small for figures."""
    bar = max(1, width // BAR_SHARE)
    room = width - 4 * bar
    digits = len(shown)
    wide = GAP_SHARE * room // (GAP_SHARE * digits + digits - 1)
    gap = max(1, wide // GAP_SHARE)
    wide = min(wide, (room - (digits - 1) * gap) // digits, 2 * height)
    high = min(height, max(LEAST_HEIGHT, 9 * wide // 10))
    if wide < LEAST_WIDTH or height < LEAST_HEIGHT:
        return []
    figures = [figure(character, wide, high) for character in shown]
    above = (height - high) // 2
    taken = digits * wide + (digits - 1) * gap
    rows = []
    for y in range(height):
        middle = [False] * taken
        if above <= y < above + high:
            middle = _between([list(cells[y - above]) for cells in figures], gap)
        before = (room - taken) // 2
        row = [odd is False] * bar + [False] * (bar + before) + middle
        row += [False] * (width - bar - len(row)) + [odd is True] * bar
        rows.append(row)
    return rows


def _between(pieces: list[Row], gap: int) -> Row:
    row = pieces[0]
    for piece in pieces[1:]:
        row = row + [False] * gap + piece
    return row


def _line(row: Row) -> Line:
    """Lit cells are spaces the other way round: solid in every terminal and every font."""
    spans = [
        Span(" " * len(list(cells)), Style.CHOSEN if lit else Style.PLAIN)
        for lit, cells in groupby(row)
    ]
    return tuple(spans)


def _small(shown: str, odd: bool | None, width: int, height: int) -> list[Line]:
    """Plain text where there is no room for figures."""
    if height < 1:
        return []
    marks = ("< " if odd is False else "  ") + shown + (" >" if odd else "  ")
    text = marks if len(marks) <= width else shown
    return [clip((Span(text, Style.BOLD),), width), *[()] * (height - 1)]
