"""Files that are either whole or not there, and never in the place of another unasked."""

import os
from collections.abc import Iterable, Iterator, Sequence
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


def not_written(fault: OSError, instead: str) -> str:
    """Why a file could not be written, or read; `instead` says what to do about one in the way."""
    if isinstance(fault, FileExistsError):
        return f"{fault.filename} exists already and is left alone: {instead}."
    return f"{fault.filename}: {fault.strerror}."


class InTheWay(Exception):
    """A file that cannot be written; the sentence says why, and what to do."""


def check_outputs(outputs: Sequence[Path], inputs: Iterable[Path | None], force: bool) -> None:
    """Find out before the work, not after it, which of the files cannot be written."""
    read = {path.resolve() for path in inputs if path is not None}
    seen: set[Path] = set()
    for path in outputs:
        place = path.resolve()
        if place in read:
            raise InTheWay(f"{path} is read here, and left alone: name another file to write.")
        if place in seen:
            raise InTheWay(f"{path} would be written twice: name two files.")
        seen.add(place)
        if path.is_dir():
            raise InTheWay(f"{path} is a folder: name a file.")
        if path.exists() and not force:
            raise InTheWay(
                f"{path} exists already and is left alone: name another file, or overwrite it"
                " with --force."
            )
        if not place.parent.is_dir():
            raise InTheWay(f"{path} cannot be written: there is no folder {place.parent}; make it.")
        if not os.access(place.parent, os.W_OK | os.X_OK):
            raise InTheWay(
                f"{path} cannot be written: this user may not write into {place.parent};"
                " name another folder."
            )
