"""The digits that somebody, or a program, read in video frames: a CSV of frame and number."""

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_FRAME = ("frame", "frame_index", "frame_number")
_NUMBER = ("number", "digits", "reading", "value")
_CONFIDENCE = ("confidence", "sure", "score")
_LARGEST = 1 << 40  # frames and numbers beyond that are none


class ReadingsFault(Exception):
    """A file of readings that cannot be used; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A number that was read in a frame."""

    row: int  # line in the file, from 1
    frame: int
    number: int
    confidence: float | None


@dataclass(frozen=True, slots=True)
class Readings:
    """What a file held."""

    readings: tuple[Reading, ...]  # by frame, and by row within a frame
    last_frame: int  # of all rows, also of those without a number
    empty: int  # rows with a frame and no number
    unreadable: tuple[tuple[int, str], ...]  # line and what is wrong with it


def read(path: Path, digits: int) -> Readings:
    """Read such a file; a display of `digits` digits (0: any) cannot show larger numbers."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as fault:
        raise ReadingsFault(f"{path} cannot be read: {fault.strerror}.") from fault
    except UnicodeDecodeError as fault:
        raise ReadingsFault(f"{path} is no text in UTF-8 (byte {fault.start}).") from fault
    found = parse(text, digits)
    if not found.readings:
        raise ReadingsFault(
            f"{path} holds no readings: rows of frame and number are needed, such as `120,4711`."
        )
    return found


def parse(text: str, digits: int) -> Readings:
    """The readings of a text; rows that cannot be understood are told, not dropped silently."""
    readings: list[Reading] = []
    bad: list[tuple[int, str]] = []
    last = empty = 0
    places = (0, 1, 2)
    begun = False
    for line, cells in _rows(text):
        if not begun:
            begun = True
            if (named := _header(cells)) is not None:
                places = named
                continue
        frame = _whole(_cell(cells, places[0]))
        if frame is None:
            bad.append((line, f"{_cell(cells, places[0])!r} is no frame"))
            continue
        last = max(last, frame)
        told = _cell(cells, places[1])
        number = _whole(told)
        if not told:
            empty += 1
        elif number is None:
            bad.append((line, f"{told!r} is no number"))
        elif digits and number >= 10**digits:
            bad.append((line, f"{told} has more than {digits} digits"))
        else:
            readings.append(Reading(line, frame, number, _share(_cell(cells, places[2]))))
    readings.sort(key=lambda one: (one.frame, one.row))
    return Readings(tuple(readings), last, empty, tuple(bad))


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of each row that is not empty."""
    lines = text.splitlines()
    head = "\n".join(line for line in lines[:20] if not line.startswith("#"))
    delimiter = max("\t;,", key=head.count)
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        # a stray quote is a cell that is no number, and no cell that reaches over lines
        cells = next(csv.reader([line], delimiter=delimiter), [])
        yield number, [cell.strip() for cell in cells]


def _header(cells: Sequence[str]) -> tuple[int, int, int] | None:
    """The places of frame, number and confidence by name; None where the row is no header."""
    names = [cell.lower().replace(" ", "_") for cell in cells]
    found = [
        next((names.index(name) for name in known if name in names), None)
        for known in (_FRAME, _NUMBER, _CONFIDENCE)
    ]
    frame, number, confidence = found
    if frame is None and number is None:
        return (0, 1, 2) if _whole(_cell(cells, 0)) is None else None
    if frame is None or number is None:
        missing = "frame" if frame is None else "number"
        raise ReadingsFault(
            f"The header ({', '.join(cells)}) names no column `{missing}`: name the columns"
            " `frame` and `number`."
        )
    return frame, number, len(cells) if confidence is None else confidence


def _cell(cells: Sequence[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""


def _whole(text: str) -> int | None:
    """A whole number from 0 on; `12.0`, as spreadsheets write it, is one too."""
    plain = text.partition(".")
    digits = plain[0] if not plain[2].strip("0") else ""
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > 13:
        return None
    number = int(digits)
    return number if number < _LARGEST else None


def _share(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
