"""DRDY edges and the frames read after them -> samples at their place in the count. Pure.

In RDATAC a read must end before the next conversion, or its frame can be a mix of two (p.41).
"""

from collections.abc import Sequence

from ads1299.edges import Conversion, Edge, EdgeCount
from ads1299.source import LineCounters

_STATUS_MASK, _STATUS = 0xF0, 0xC0  # the top nibble of every frame, p.36

# Periods that a time stamp is late even at best, as interrupts take their time: for so long before
# the next conversion no transfer may be under way. As long as the period is not measured, a late
# edge hides more.
_GUARD = 0.05


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
        count = self._edges
        return self._busy_ns <= newest.line_ns - (_GUARD + 3 * count.doubt) * count.period_ns

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

    def _pass_on(self, read: Conversion, next_ns: int | None) -> None:
        self._read = None
        count, line_ns, done_ns = self._edges, read.line_ns, read.done_ns
        guard_ns = (_GUARD + 3 * count.doubt) * count.period_ns
        if (
            not read.sure
            or (next_ns is not None and next_ns <= done_ns)
            or done_ns > line_ns + count.period_ns - guard_ns
            or read.busy_ns > line_ns - guard_ns
        ):
            return
        if read.frame[0] & _STATUS_MASK != _STATUS:
            self._counters.bad_frames += 1
            self.bad_since_good += 1
            return
        read.bad_before = self.bad_since_good
        self.bad_since_good = self.edges_since_good = 0
        self.samples.append(read)
