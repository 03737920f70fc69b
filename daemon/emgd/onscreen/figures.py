"""Seven-segment figures of any size, as rows of cells that are lit or not."""

from functools import lru_cache

LEAST_WIDTH, LEAST_HEIGHT = 3, 5

# Segments as every data sheet names them: A on top, round clockwise to F, G in the middle.
SEGMENTS = {
    "0": "ABCDEF", "1": "BC", "2": "ABDEG", "3": "ABCDG", "4": "BCFG",
    "5": "ACDFG", "6": "ACDEFG", "7": "ABC", "8": "ABCDEFG", "9": "ABCDFG",
    "-": "G", " ": "",
}  # fmt: skip


@lru_cache(maxsize=128)
def figure(character: str, width: int, height: int) -> tuple[tuple[bool, ...], ...]:
    """A figure as rows of cells; a cell of a terminal is twice as high as wide."""
    across, down = max(1, width // 5), max(1, width // 10)
    middle = (height - down) // 2
    left, right = range(across), range(width - across, width)
    upper, lower = range(middle + down), range(middle, height)
    whole = range(width)
    places = {
        "A": (range(down), whole),
        "B": (upper, right),
        "C": (lower, right),
        "D": (range(height - down, height), whole),
        "E": (lower, left),
        "F": (upper, left),
        "G": (range(middle, middle + down), whole),
    }
    lit = [places[segment] for segment in SEGMENTS[character]]
    return tuple(
        tuple(any(y in rows and x in columns for rows, columns in lit) for x in range(width))
        for y in range(height)
    )
