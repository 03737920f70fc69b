"""Which line of a TOML file gives which key: the standard library's parser does not tell.

The file is read line by line: the key that a longer beginning of it has, and a shorter one had
not, is given where the shorter one ended. Slow, and needed only where there is a fault to place.
"""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any


def lines_of(text: str) -> dict[str, int]:
    """The first line of each key, dotted, tables of a list by number: `board.channels[0].name`."""
    rows = text.splitlines(keepends=True)
    found: dict[str, int] = {}
    begun = 0  # how many lines are complete
    for end in range(1, len(rows) + 1):
        try:
            tree = tomllib.loads("".join(rows[:end]))
        except (ValueError, RecursionError):
            continue  # in the middle of a value that goes on
        given = next((i for i in range(begun, end) if _says_something(rows[i])), begun)
        for key in _keys(tree, ""):
            found.setdefault(key, given + 1)
        begun = end
    return found


def line_of(key: str, lines: Mapping[str, int]) -> int | None:
    """The line of a key, or of the table or list that it stands in; None where none does."""
    while key not in lines:
        shorter = key.rpartition("[" if key.endswith("]") else ".")[0]
        if not shorter:
            return None
        key = shorter
    return lines[key]


def _says_something(row: str) -> bool:
    return bool(row.strip()) and not row.lstrip().startswith("#")


def _keys(value: Any, prefix: str) -> Iterator[str]:
    inner = (
        ((f"{prefix}.{name}" if prefix else name, one) for name, one in value.items())
        if isinstance(value, dict)
        else ((f"{prefix}[{place}]", one) for place, one in enumerate(value))
        if isinstance(value, list)
        else ()
    )
    for key, one in inner:
        yield key
        yield from _keys(one, key)
