"""Files that are either whole or not there, and never in the place of another."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def fresh(path: Path) -> Iterator[Path]:
    """A path that was free; what was written there is taken away again when writing fails."""
    path.open("x").close()
    try:
        yield path
    except BaseException:
        path.unlink(missing_ok=True)
        raise


@contextmanager
def fresh_text(path: Path) -> Iterator[TextIO]:
    """Such a file for text."""
    with fresh(path), path.open("w", encoding="utf-8", newline="") as out:
        yield out
