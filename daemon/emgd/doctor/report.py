"""Findings as people and programs read them."""

import json
import shutil
import textwrap
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import TextIO

from emgd.doctor.finding import Finding, State
from emgd.doctor.samples import Tick
from emgd.watch.lines import written

_WORDS = {State.OK: "ok", State.WARN: "warn", State.FAIL: "FAIL", State.SKIPPED: "skip"}
_COLOURS = {State.OK: "32", State.WARN: "33", State.FAIL: "1;31", State.SKIPPED: "2"}
_STATE_WIDTH, _CHECK_WIDTH = 5, 14
_WIDEST = 100
_UNBROKEN = "\u00a0"
_HEADINGS = {
    "ports": "This PC",
    "board": "The board",
    "lead-off": "The electrodes",
    "rate": "The line to the board",
}


class Report:
    """Says each finding as it comes, and in the end what they amount to."""

    def __init__(self, out: TextIO, as_json: bool, colour: bool) -> None:
        self.findings: list[Finding] = []
        self._out = out
        self._as_json = as_json
        self._colour = colour
        self._began_s = time.monotonic()

    @property
    def fit(self) -> bool:
        """Whether nothing failed."""
        return not self._named(State.FAIL)

    def say(self, finding: Finding) -> None:
        """One finding."""
        self.findings.append(finding)
        if self._as_json:
            self._write(json.dumps(asdict(finding)))
        else:
            if heading := _HEADINGS.get(finding.check):
                self._write(f"\n{heading}" if len(self.findings) > 1 else heading)
            for line in self._lines(finding):
                self._write(line)

    def sum_up(self, note: str = "") -> None:
        """The verdict, with a note beside it."""
        failed, warned = self._named(State.FAIL), self._named(State.WARN)
        if self._as_json:
            self._write(
                json.dumps(
                    {
                        "summary": "fit" if self.fit else "not fit",
                        "failed": failed,
                        "warned": warned,
                        "skipped": self._named(State.SKIPPED),
                        "note": note,
                        "seconds": round(time.monotonic() - self._began_s, 1),
                    }
                )
            )
            return
        self._write(f"\n{note}" if note else "")
        counts = f"{len(self._named(State.OK))} checks ok"
        counts += f", {len(warned)} to know of ({', '.join(warned)})" if warned else ""
        verdict, state = f"Fit to record: {counts}.", State.OK
        if failed:
            verdict, state = f"NOT fit to record: {', '.join(failed)}. {counts}.", State.FAIL
        for line in textwrap.wrap(verdict, _width()):
            self._write(self._coloured(line, state))

    def _named(self, state: State) -> list[str]:
        return [finding.check for finding in self.findings if finding.state is state]

    def _lines(self, finding: Finding) -> Iterator[str]:
        indent = " " * (_STATE_WIDTH + _CHECK_WIDTH)
        room = _width() - len(indent)
        word = self._coloured(_WORDS[finding.state].ljust(_STATE_WIDTH), finding.state)
        first, *more = textwrap.wrap(finding.text, room) or [""]
        yield f"{word}{finding.check.ljust(_CHECK_WIDTH)}{first}"
        more += _laid_out(finding.detail, room)
        more += textwrap.wrap(finding.do, room, initial_indent="-> ", subsequent_indent="   ")
        for line in more:
            yield f"{indent}{line}"

    def _coloured(self, text: str, state: State) -> str:
        return f"\x1b[{_COLOURS[state]}m{text}\x1b[0m" if self._colour else text

    def _write(self, line: str) -> None:
        self._out.write(written(line, self._out.encoding or "ascii") + "\n")
        self._out.flush()


def _width() -> int:
    return max(40, min(shutil.get_terminal_size().columns, _WIDEST) - 1)


def _laid_out(pieces: tuple[str, ...], width: int) -> list[str]:
    """Pieces in rows, none of them broken."""
    whole = "  ".join(piece.replace(" ", _UNBROKEN) for piece in pieces)
    return [row.replace(_UNBROKEN, " ") for row in textwrap.wrap(whole, width)]


class Ticker:
    """What is being measured, on a line of the terminal that the next finding takes over."""

    def __init__(self, out: TextIO | None) -> None:
        self._out = out  # None: nobody looks

    def __call__(self, what: str) -> Tick:
        """Begin a measurement."""

        def tick(left_s: float) -> None:
            if self._out is not None:
                self._out.write(f"\r\x1b[Kmeasuring {what}: {left_s:.0f} s")
                self._out.flush()

        return tick

    def clear(self) -> None:
        """Make room for a finding."""
        if self._out is not None:
            self._out.write("\r\x1b[K")
            self._out.flush()
