"""DRDY edges and the frames read after them -> samples at their place in the count. Pure.

In RDATAC a read must end before the next conversion, or its frame can be a mix of two (p.41).
"""

from collections.abc import Sequence

from ads1299.edges import Conversion, Edge, EdgeCount
from ads1299.source import LineCounters

_STATUS_MASK, _STATUS = 0xF0, 0xC0  # the top nibble of every frame, p.36
_GUARD = 0.05  # periods that a time stamp is late even at best: interrupts take their time


class DrdyCount:
    """Gives samples whose place is sure and whose frame cannot be a mix."""

    def __init__(self, rate_hz: int, begun_ns: int, counters: LineCounters) -> None:
        self.samples: list[Conversion] = []  # for the caller to take away
        self.edges_since_good = 0
        self.bad_since_good = 0
        self._counters = counters
        self._edges = EdgeCount(rate_hz)
        self._busy_ns = begun_ns  # the last use of the port
        self._read: Conversion | None = None  # its frame is not passed on yet

    @property
    def period_ns(self) -> float:
        """The time between two conversions, as measured."""
        return self._edges.period_ns

    def edges(self, events: Sequence[Edge]) -> bool:
        """Take the edges since the last call; tells whether a frame may be read after them."""
        for event in events:
            newest = self._edges.place(event)
        if self._read is not None:
            self._pass_on(self._read, events[0].timestamp_ns)
        self.edges_since_good += len(events)
        return self._busy_ns <= newest.line_ns - self._guard_ns()

    def frame(self, data: bytes, done_ns: int) -> None:
        """The frame that was read after the newest edge."""
        newest = self._edges.newest
        assert newest is not None  # edges() said that there is one
        newest.frame, newest.done_ns, newest.busy_ns = data, done_ns, self._busy_ns
        self._busy_ns = done_ns
        self._read = newest

    def settle(self) -> None:
        """No edge is waiting: the frame that was read last need not wait for the next one."""
        if self._read is not None and self._read.sure:
            self._pass_on(self._read, None)

    def _guard_ns(self) -> float:
        """The rest of a period in which no transfer may be under way."""
        return (_GUARD + 3 * self._edges.doubt) * self._edges.period_ns

    def _pass_on(self, read: Conversion, next_ns: int | None) -> None:
        self._read = None
        guard_ns = self._guard_ns()
        in_time = (
            read.sure
            and (next_ns is None or read.done_ns < next_ns)
            and read.done_ns <= read.line_ns + self._edges.period_ns - guard_ns
            and read.busy_ns <= read.line_ns - guard_ns
        )
        if not in_time:
            return
        if read.frame[0] & _STATUS_MASK != _STATUS:
            self._counters.bad_frames += 1
            self.bad_since_good += 1
            return
        read.bad_before = self.bad_since_good
        self.bad_since_good = self.edges_since_good = 0
        self.samples.append(read)
