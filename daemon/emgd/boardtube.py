"""The tube of a board, which is told over the link and says when it was lit."""

import time
from dataclasses import replace

from ads1299.source import Source
from mcubridge.tube import Done, Shown, TubeStatus

_UNTOLD = "the board does not say when it lights its numbers (no answer, or a clock that is off)"


class BoardTube:
    """Counts what the board answers."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._status = TubeStatus("board:")

    def show(self, number: int, done: Done) -> None:
        """Tell the board, if it is there and has a tube."""
        board = self._source.board
        if board is None or not board.has_tube:
            done(Shown())
            return
        told_ns = time.monotonic_ns()

        def lit(lit_ns: int | None) -> None:
            self._count(number, told_ns, lit_ns)
            done(Shown(lit_ns))

        self._source.show(number, lit)

    def serve(self) -> None:
        """The source calls back by itself."""

    def status(self) -> TubeStatus:
        """How it is; the slowest number is told once."""
        board, status = self._source.board, self._status
        self._status = replace(status, slowest_ms=None)
        if board is not None and not board.has_tube:
            return replace(status, state="absent", error=None)
        if not self._source.streaming:
            return replace(status, state="waiting", error=None)
        return status

    def close(self) -> None:
        """The line belongs to the source."""

    def _count(self, number: int, told_ns: int, lit_ns: int | None) -> None:
        before = self._status
        if lit_ns is None:
            failed = before.failed + 1
            self._status = replace(before, state="untold", failed=failed, error=_UNTOLD)
            return
        self._status = replace(
            before,
            state="ok",
            number=number,
            shown=before.shown + 1,
            slowest_ms=max((lit_ns - told_ns) / 1e6, before.slowest_ms or 0.0),
            error=None,
        )
