"""Falling edges of DRDY -> their place in the count of conversions. Pure.

The chip has no counter, so its edges are counted. Their numbers tell of those that nobody fetched;
their times, of those that the GPIO controller missed or made up, and of a chip at another rate.
"""

from dataclasses import dataclass
from typing import Protocol

_LATE = 0.25  # periods that an edge may come late without a doubt about its place
_EARLY = 0.1  # and early: that is to say, the edges before it were late
_DRIFT = 0.01  # of a period: so fast does the line forget an edge that came too early
_CLOCK_OFF = 0.026  # the chip's clock over temperature, p.9
_FIRST_SPAN = 32  # conversions until the period is measured, twice as many each time after
_WRAP = (1 << 32) - 1  # of the kernel's numbers


class Edge(Protocol):
    """A falling edge: part of libgpiod's EdgeEvent."""

    @property
    def timestamp_ns(self) -> int:
        """CLOCK_MONOTONIC, by the kernel."""

    @property
    def line_seqno(self) -> int:
        """Counts the edges that the controller saw, fetched or not."""


@dataclass(slots=True)
class Conversion:
    """One edge, and the frame that was read after it, if any was."""

    number: int
    taken_ns: int
    line_ns: float  # the same without the lateness of its interrupt
    sure: bool = False  # whether the index is known
    index: int = 0  # since START
    frame: bytes = b""
    done_ns: int = 0  # when the frame had been read
    busy_ns: int = 0  # when the transfer before had ended
    bad_before: int = 0  # frames with a wrong status since the last good one


class EdgeCount:
    """Finds the index of each edge; one that may be late, or after a hole, waits for the next."""

    def __init__(self, rate_hz: int) -> None:
        self.period_ns = 1e9 / rate_hz  # as measured
        self.doubt = _CLOCK_OFF  # how far off that may be
        self.newest: Conversion | None = None
        self._slow_ns = self.period_ns * (1 + _CLOCK_OFF)
        self._span = self._measure_at = _FIRST_SPAN
        self._longest_span = rate_hz
        self._measured: Conversion | None = None
        self._base: Conversion | None = None  # the last whose index is known

    def place(self, event: Edge) -> Conversion:
        """Take the next edge; it, and the one before, are made sure where it can tell."""
        base, before = self._base, self.newest
        number, ns = event.line_seqno, event.timestamp_ns
        if base is None:
            self.newest = self._base = self._measured = Conversion(number, ns, ns, sure=True)
            return self.newest
        numbers = (number - base.number) & _WRAP
        self.newest = edge = Conversion(base.number + numbers, ns, ns)
        off = (ns - base.line_ns) / self.period_ns - numbers
        doubt = numbers * self.doubt
        if -_EARLY - doubt <= off <= _LATE + doubt:
            steps = numbers
        elif not (steps := self._steps(base, before, edge, off)):
            return edge
        if before is not None and not before.sure:
            self._believe(before, base, steps - (edge.number - before.number))
        self._make_sure(edge, base, steps)
        self._base = edge
        if edge.index >= self._measure_at:
            self._measure(edge)
        return edge

    def _steps(
        self, base: Conversion, before: Conversion | None, edge: Conversion, off: float
    ) -> int:
        """How many conversions after the last sure one; 0 where this edge alone cannot tell."""
        if before is None or before.sure or not self._follows(before, edge):
            return 0
        if -0.5 < off < 1 - _LATE / 2:  # so were both: they are late, or the line was too high
            steps = edge.number - base.number
            base.line_ns = min(base.line_ns, edge.taken_ns - steps * self.period_ns)
            return steps
        return max(0, self._steps_by_time(base, edge))

    def _steps_by_time(self, base: Conversion, edge: Conversion) -> int:
        """Edges were missed or made up: then only one that is on time tells."""
        periods = self._periods(base, edge)
        steps = round(periods)
        doubt = steps * self.doubt
        return steps if -_EARLY - doubt <= periods - steps <= _LATE / 2 + doubt else 0

    def _periods(self, base: Conversion, edge: Conversion) -> float:
        return (edge.taken_ns - base.line_ns) / self.period_ns

    def _follows(self, before: Conversion, edge: Conversion) -> bool:
        numbers = edge.number - before.number
        off = (edge.taken_ns - before.taken_ns) / self.period_ns - numbers
        return abs(off) <= _LATE + numbers * self.doubt

    def _believe(self, before: Conversion, base: Conversion, steps: int) -> None:
        """The edge before was a conversion's, unless it came before its time."""
        if steps > 0 and self._periods(base, before) - steps >= -_EARLY - steps * self.doubt:
            self._make_sure(before, base, steps)

    def _make_sure(self, edge: Conversion, base: Conversion, steps: int) -> None:
        edge.index, edge.sure = base.index + steps, True
        due_ns = base.line_ns + steps * self._slow_ns
        if due_ns < edge.taken_ns:
            edge.line_ns = due_ns

    def _measure(self, edge: Conversion) -> None:
        """The true period, from a span that grows to a second; not by an edge that came late."""
        since = self._measured
        if since is None or edge.line_ns < edge.taken_ns:
            return
        self.period_ns = (edge.taken_ns - since.line_ns) / (edge.index - since.index)
        self.doubt = _LATE / self._span
        self._slow_ns = self.period_ns * (1 + max(self.doubt, _DRIFT))
        self._span = min(2 * self._span, self._longest_span)
        self._measured = edge
        self._measure_at = edge.index + self._span
