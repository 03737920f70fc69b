"""Numbers in columns: .csv, .tsv, .txt, with or without a head."""

import re
from collections.abc import Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from emgd.signals.model import Column, Found, SignalFault, Values, Wanted, Watch
from emgd.signals.text_form import Form, find_form, is_comment, is_missing
from emgd.signals.text_head import read_head
from emgd.signals.text_time import clock_of

_SNIFFED = 1 << 16  # bytes in which a head must end
_LETTERS = re.compile(r"[A-DF-Za-df-z]")  # a line of plain numbers has none
_AT = re.compile(r" at row (\d+), column \d+\.?")  # as numpy tells of it
_TELL_EVERY = 1 << 13


def read(path: Path, wanted: Wanted, watch: Watch) -> Found:
    """All columns that hold numbers; the one that holds the time gives the rate."""
    with path.open("rb") as stream:
        lines = _first_lines(path, stream)
        form = find_form(lines)
        if form is None:
            raise SignalFault(f"{path} holds no columns of numbers.")
        head = read_head(lines[: form.first_line], form)
        stream.seek(0)
        rows = _Rows(path, stream, form, watch)
        table = rows.table()
    kept = [c for c, numeric in enumerate(form.numeric) if numeric]
    names, units = [head.names[c] for c in kept], [head.units[c] for c in kept]
    if names[:2] == ["sample", "t_ns"]:  # our own export: 4 decimals, or counts
        whole = "." not in lines[form.first_line]
        units[2:] = ["count" if whole else "uV"] * (len(units) - 2)
    clock = clock_of(table, names, units)
    left = [head.names[c] or str(c) for c in range(len(form.numeric)) if c not in kept]
    return Found(
        columns=[
            Column(partial(_column, table, c), names[c], unit=units[c], rate_hz=rate_hz)
            for rate_hz in [head.rate_hz or clock.rate_hz]
            for c in range(len(kept))
            if c not in clock.columns and names[c] not in head.no_signals
        ],
        runs=clock.runs,
        t_ns=clock.t_ns,
        remarks=[
            *rows.remarks,
            *clock.remarks,
            *([f"left out, as these are no numbers: {', '.join(left)}."] if left else []),
        ],
    )


def _column(table: Values, c: int) -> Values:
    return table[:, c]


def _first_lines(path: Path, stream: BinaryIO) -> list[str]:
    block = stream.read(_SNIFFED)
    if b"\0" in block:
        raise SignalFault(f"{path} is no text in UTF-8: save it as such.")
    whole = len(block) < _SNIFFED or block.endswith(b"\n")
    return _decoded(block if whole else block[: block.rfind(b"\n") + 1]).splitlines()


def _decoded(block: bytes) -> str:
    """UTF-8; or as older programs write a micro sign."""
    try:
        return block.decode("utf-8-sig")
    except UnicodeDecodeError:
        return block.decode("latin1")


class _Rows:
    """The lines of a file as rows of numbers."""

    def __init__(self, path: Path, stream: BinaryIO, form: Form, watch: Watch) -> None:
        self.remarks: list[str] = []
        self._path, self._stream, self._form, self._watch = path, stream, form, watch
        self._line = 0

    def table(self) -> NDArray[np.float64]:
        """`[rows, columns]`, of the columns that hold numbers."""
        lines, delimiter = self._whole_lines(), self._form.delimiter
        first = next(lines, None)
        if first is None:
            raise SignalFault(f"{self._path} holds no whole line of numbers.")
        columns = [c for c, numeric in enumerate(self._form.numeric) if numeric]
        try:
            return np.loadtxt(
                chain([first], lines),
                delimiter=delimiter,
                comments=None,
                ndmin=2,
                usecols=columns,
            )
        except ValueError as fault:
            told = _AT.search(str(fault))
            where = f"row {int(told[1]) + 1} of its numbers" if told else "its numbers"
            raise SignalFault(f"{self._path}, {where}: {_AT.sub('', str(fault))}.") from None

    def _whole_lines(self) -> Iterator[str]:
        """The lines of numbers; only the last one may be torn."""
        held: str | None = None
        for line in self._lines():
            if held is not None:
                yield self._checked(held, self._line - 1)
            held = line
        if held is None:
            return
        try:
            last = self._checked(held, self._line)
            for c, field in enumerate(self._form.fields(last)):
                float(field) if self._form.numeric[c] else None
        except (SignalFault, ValueError):
            self.remarks.append("its last line is not whole and was left out.")
        else:
            yield last

    def _lines(self) -> Iterator[str]:
        size, done, form = max(1, self._path.stat().st_size), 0, self._form
        for block in self._stream:
            self._line += 1
            done += len(block)
            if not self._line % _TELL_EVERY:
                self._watch(done / size)
            if self._line > form.first_line:
                line = block.decode("utf-8", "replace").strip("\r\n ")
                if line and not is_comment(line):
                    yield line

    def _checked(self, line: str, number: int) -> str:
        """A line as numpy reads it: decimal points, and `nan` where nothing stands."""
        form = self._form
        mark = form.delimiter
        if form.decimal_comma:
            line = line.replace(",", ".")
        if mark is not None and line.count(mark) + 1 - form.trailing != len(form.numeric):
            told = line.count(mark) + 1 - form.trailing
            raise SignalFault(
                f"{self._path}, line {number}: it has {told} columns, but {len(form.numeric)}"
                " stand in the lines before."
            )
        empty = mark is not None and (mark * 2 in line or line[0] == mark or line[-1] == mark)
        if not empty and '"' not in line and not _LETTERS.search(line):
            return line
        fields = form.fields(line)
        return (mark or " ").join("nan" if is_missing(field) else field for field in fields)
