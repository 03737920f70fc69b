"""Reads seven-segment figures from cells, with the segments of a data sheet and no code of emgd."""

FIGURES = {
    "ABCDEF": "0", "BC": "1", "ABDEG": "2", "ABCDG": "3", "BCFG": "4", "ACDFG": "5",
    "ACDEFG": "6", "ABC": "7", "ABCDEFG": "8", "ABCDFG": "9", "G": "-",
}  # fmt: skip


def read_figures(rows: list[str], all_lit: list[str]) -> str:
    """What `rows` of cells say, # being lit; `all_lit` shows 8 at each place, at the same size."""
    return "".join(_figure(rows, *box) for box in boxes(all_lit))


def boxes(all_lit: list[str]) -> list[tuple[range, range]]:
    """Rows and columns of each figure, where all of them are an 8."""
    inner = [row.strip("\n") for row in all_lit]
    lit = [any(row[x] == "#" for row in inner) for x in range(len(inner[0]))]
    columns = [run for run in _runs(lit) if not _whole_height(inner, run)]
    height = _runs([any(row[x] == "#" for run in columns for x in run) for row in inner])
    assert len(height) == 1
    return [(height[0], run) for run in columns]


def _whole_height(rows: list[str], columns: range) -> bool:
    """A bar is lit everywhere; an 8 has two holes."""
    return all(row[x] == "#" for row in rows for x in columns)


def _runs(lit: list[bool]) -> list[range]:
    edges = [x for x in range(len(lit) + 1) if (x < len(lit) and lit[x]) != (x > 0 and lit[x - 1])]
    return [range(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _figure(rows: list[str], ys: range, xs: range) -> str:
    """Look at the middle of each segment."""
    top, bottom, left, right = ys[0], ys[-1], xs[0], xs[-1]
    half_x, half_y = (left + right) // 2, (top + bottom) // 2
    upper, lower = (top + half_y) // 2, (half_y + bottom + 1) // 2
    places = {
        "A": (top, half_x),
        "B": (upper, right),
        "C": (lower, right),
        "D": (bottom, half_x),
        "E": (lower, left),
        "F": (upper, left),
        "G": (half_y, half_x),
    }
    lit = "".join(name for name, (y, x) in places.items() if rows[y][x] == "#")
    return FIGURES.get(lit, "?")
