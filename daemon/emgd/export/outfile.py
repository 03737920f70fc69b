"""Files that are either whole or not there, and never in the place of another unasked."""

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
def fresh_text(path: Path, force: bool = False) -> Iterator[TextIO]:
    """Such a file for text; with `force` it takes the place of another once it is whole."""
    written = path.with_name(f".{path.name}.part") if force else path
    if force:
        written.unlink(missing_ok=True)
    with fresh(written):
        with written.open("w", encoding="utf-8", newline="") as out:
            yield out
        if force:
            written.replace(path)
