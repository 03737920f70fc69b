"""How long to wait before trying again."""

from collections.abc import Iterator

_PAUSES_S = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


def growing_pauses() -> Iterator[float]:
    """Seconds, longer each time; never the end of them."""
    yield from _PAUSES_S
    while True:
        yield _PAUSES_S[-1]
