"""Movements from sheets saved as CSV: ours, CASMEMG's, and those of CAS(ME)3 and SAMM."""

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

from emgd.face.match import Span, kind_of
from emgd.movements.columns import Columns, columns_of
from emgd.movements.model import Movements, MovementsFault, Told, number

_EMPTY = ("", "-", "n/a", "na", "nan", "none", "null", "/")
_SECONDS_HZ = 1000.0  # places in seconds become steps of 1 ms


def read_sheet(path: Path, text: str, told: Told) -> Movements:
    """One movement a row; rows without both ends are left out and told."""
    rows = _rows(path, text)
    columns = columns_of(path, rows[0][1], told.clock)
    cells = [(line, row) for line, row in rows[1:] if any(cell.strip() for cell in row)]
    unit = columns.unit or told.unit or _guess(path, columns, cells)
    steps_hz, factor = _steps(path, unit, told)
    listed = Movements(rate_hz=steps_hz)
    left_out = 0
    for line, row in cells:
        span = _span(path, line, row, columns, factor, steps_hz)
        if span is None:
            left_out += 1
        else:
            listed.spans.append(span)
    if left_out:
        listed.said.append(
            f"{path}: {left_out} of {len(cells)} rows have no onset or no offset, and are left out."
        )
    return listed


def _rows(path: Path, text: str) -> list[tuple[int, list[str]]]:
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as fault:
        raise MovementsFault(f"{path}, line {reader.line_num} is no CSV: {fault}.") from fault
    if not rows or not any(cell.strip() for cell in rows[0][1]):
        raise MovementsFault(
            f"{path} is empty: a first line with the names of its columns and a row for each"
            " movement are expected."
        )
    return rows


def _guess(path: Path, columns: Columns, cells: Sequence[tuple[int, list[str]]]) -> str:
    """Numbers with a fraction are seconds; a coders' sheet has frames; else samples."""
    places = [_number(path, line, row, at) for line, row in cells for at in columns.places.values()]
    if any(place is not None and place % 1 for place in places):
        return "seconds"
    of_coders = columns.person is not None and columns.clip is not None
    return "frames" if of_coders else "samples"


def _steps(path: Path, unit: str, told: Told) -> tuple[float | None, float]:
    """Steps a second, and steps for each unit of the sheet."""
    if unit == "seconds":
        return _SECONDS_HZ, _SECONDS_HZ
    if unit == "ms":
        return _SECONDS_HZ, 1.0
    if unit == "frames" and told.fps is None:
        raise MovementsFault(
            f"{path} counts in frames: say how many there are a second with --fps"
            " (or name the unit, if they are none)."
        )
    return (told.fps if unit == "frames" else told.rate_hz), 1.0


def _span(
    path: Path,
    line: int,
    row: list[str],
    columns: Columns,
    factor: float,
    steps_hz: float | None,
) -> Span | None:
    at = {
        name: None if (value := _number(path, line, row, column)) is None else round(value * factor)
        for name, column in columns.places.items()
    }
    onset, offset = at["onset"], at["offset"]
    if onset is None or offset is None or (offset == 0 and onset > 0):  # SAMM: 0 is "not seen"
        return None
    if offset < onset:
        raise MovementsFault(f"{path}, line {line}: the offset lies before the onset.")
    return Span(
        onset,
        offset,
        kind_of(_kind(_cell(row, columns.kind)), onset, offset, steps_hz or _SECONDS_HZ),
        at.get("apex"),
        _channels(row, columns),
        "/".join(c for c in (_cell(row, columns.person), _cell(row, columns.clip)) if c),
        told=at.get("told"),
        closed=at.get("closed"),
        flagged=_cell(row, columns.flags).lower() not in (*_EMPTY, "0", "false"),
    )


def _number(path: Path, line: int, row: list[str], column: int) -> float | None:
    cell = _cell(row, column)
    if cell.lower() in _EMPTY:
        return None
    if (value := number(cell.replace(",", "."))) is None:
        raise MovementsFault(f"{path}, line {line}: {cell[:40]!r} is no number.")
    return value


def _cell(row: list[str], column: int | None) -> str:
    return row[column].strip() if column is not None and column < len(row) else ""


def _kind(cell: str) -> str:
    """As the databases write it: `Micro - 1/2`, `macro-expression`, `Macro`, `ME`."""
    low = cell.lower()
    if low in _EMPTY:
        return ""
    if low.startswith("micro"):
        return "ME"
    if low.startswith("macro"):
        return "MaE"
    return {"me": "ME", "mae": "MaE"}.get(low, low)


def _channels(row: list[str], columns: Columns) -> tuple[int, ...]:
    """The strongest channel and those beside it; `c5` is channel 4 wherever it stands."""
    words = [_cell(row, columns.channel), *re.split(r"[\s,;]+", _cell(row, columns.also))]
    found = (re.fullmatch(r"(c?)(\d{1,4})(?:\.0*)?", word.lower()) for word in words)
    places = [int(m[2]) - (1 if m[1] else columns.channels_from) for m in found if m]
    return tuple(place for place in places if place >= 0)
