"""Reading headers that may hold anything: whatever arrives, the viewer lives."""

import math
from typing import Any

LARGEST = 2**62  # sample indices and nanoseconds stay well inside 64 bits
TEXT_KEPT = 200


def number(value: object) -> float | None:
    """Give a finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        result = float(value)
    except OverflowError:
        return None
    return result if math.isfinite(result) else None


def whole(value: object, least: int = 0) -> int | None:
    """Give a whole number from `least` on, or None."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if least <= value <= LARGEST else None


def text(value: object) -> str:
    """Give what can be printed on one line; empty where that is nothing sensible."""
    if not isinstance(value, str | int | float | bytes):
        return ""
    shown = value if isinstance(value, str) else str(value)
    return "".join(c if c.isprintable() else "?" for c in shown[:TEXT_KEPT])


def items(value: object) -> list[Any]:
    """Give a list, empty where there is none."""
    return list(value) if isinstance(value, list | tuple) else []


def table(value: object) -> dict[Any, Any]:
    """Give a map, empty where there is none."""
    return value if isinstance(value, dict) else {}


def item(value: object, place: int) -> object:
    """Give one item of a list, None where there is none."""
    found = items(value)
    return found[place] if 0 <= place < len(found) else None
