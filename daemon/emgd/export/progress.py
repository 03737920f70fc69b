"""A progress bar on a terminal; nothing at all anywhere else."""

import sys
import time
from typing import Self, TextIO

_WIDTH = 40
_EVERY_S = 0.1


class Bar:
    """Is told how much of a pass is done, from 0 to 1; a pass that begins again is another one."""

    def __init__(self, title: str, out: TextIO | None = None) -> None:
        self._title = title
        self._out = sys.stderr if out is None else out
        self._shown = self._out.isatty()
        self._next_s = 0.0

    def __call__(self, done: float) -> None:
        """Draw it, ten times a second at most."""
        now_s = time.monotonic()
        if not self._shown or (now_s < self._next_s and done < 1.0):
            return
        self._next_s = now_s + _EVERY_S
        full = round(_WIDTH * done)
        bar = "#" * full + "." * (_WIDTH - full)
        self._out.write(f"\r{self._title} [{bar}] {100 * done:3.0f} %")
        self._out.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *fault: object) -> None:
        """Leave the line to others."""
        if self._shown:
            self._out.write("\r" + " " * (len(self._title) + _WIDTH + 10) + "\r")
            self._out.flush()
