"""A progress bar on a terminal, with the time that is left; nothing at all anywhere else."""

import sys
import time
from typing import Self, TextIO

_WIDTH = 40
_EVERY_S = 0.1
_LEFT_WIDTH = 12
_TELL_S = 2.0  # what is left is not guessed before


class Bar:
    """Is told how much of a pass is done, from 0 to 1; a pass that begins again is another one."""

    def __init__(self, title: str, out: TextIO | None = None) -> None:
        self._title = title
        self._out = sys.stderr if out is None else out
        self._shown = self._out.isatty()
        self._next_s = 0.0
        self._begun_s = time.monotonic()
        self._done = 0.0

    def __call__(self, done: float) -> None:
        """Draw it, ten times a second at most."""
        now_s = time.monotonic()
        if not self._shown or (now_s < self._next_s and done < 1.0):
            return
        self._next_s = now_s + _EVERY_S
        if done < self._done:
            self._begun_s = now_s
        self._done = done
        full = round(_WIDTH * done)
        bar = "#" * full + "." * (_WIDTH - full)
        self._out.write(f"\r{self._title} [{bar}] {100 * done:3.0f} %{self._left(now_s)}")
        self._out.flush()

    def _left(self, now_s: float) -> str:
        spent_s = now_s - self._begun_s
        if spent_s < _TELL_S or not 0 < self._done <= 1:
            return " " * _LEFT_WIDTH
        minutes, seconds = divmod(round(spent_s * (1 - self._done) / self._done), 60)
        return f" {minutes}:{seconds:02d} left"[:_LEFT_WIDTH].ljust(_LEFT_WIDTH)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *fault: object) -> None:
        """Leave the line to others."""
        if self._shown:
            self._out.write("\r" + " " * (len(self._title) + _WIDTH + 10 + _LEFT_WIDTH) + "\r")
            self._out.flush()
