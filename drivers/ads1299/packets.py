"""Samples of a chip without a counter -> blocks, with an index that goes on over breaks. Pure."""

from collections import deque

from ads1299.block import Block, Gap, GapReason
from ads1299.edges import Conversion
from ads1299.frame import decode


class Packets:
    """Fills blocks; one that a hole cuts off goes out short."""

    def __init__(self) -> None:
        self.blocks: deque[Block] = deque()
        self.room = 1  # for so many samples in the block under way
        self._channels = 0
        self._size = 1
        self._rows: list[Conversion] = []
        self._gap: Gap | None = None
        self._end = 0  # index of the sample after the last
        self._due_ns = 0.0  # when that sample is to be taken
        self._period_ns = 0.0
        self._offset: int | None = 0  # of the index since START; None: the clock has to tell

    @property
    def begun(self) -> bool:
        """Whether there was any sample."""
        return self._end > 0

    def resume(self, channels: int, size: int) -> None:
        """The chip was started: it counts from 0, and time has passed."""
        self.cut()
        self._channels, self._size = channels, size
        self.room = size
        if self.begun:
            self._offset = None

    def add(self, sample: Conversion, period_ns: float) -> None:
        """Take the next good sample."""
        if self._offset is None:
            missing = max(0, round((sample.taken_ns - self._due_ns) / self._period_ns))
            self._offset = self._end + missing - sample.index
            self._gap = Gap(self._end, missing, "reconnect")
        elif missing := sample.index + self._offset - self._end:
            self.cut()
            reason: GapReason = "lost" if sample.bad_before == missing else "overrun"
            self._gap = Gap(self._end, missing, reason)
        self._rows.append(sample)
        self._end = sample.index + self._offset + 1
        self._due_ns = sample.taken_ns + period_ns
        self._period_ns = period_ns
        self.room -= 1
        if not self.room:
            self.cut()

    def cut(self) -> None:
        """Close the block under way."""
        rows, self._rows = self._rows, []
        self.room = self._size
        if not rows:
            return
        status, counts = decode(b"".join([row.frame for row in rows]), len(rows), self._channels)
        first = self._end - len(rows)
        self.blocks.append(
            Block(first, counts, status, None, rows[0].taken_ns, rows[-1].done_ns, self._gap)
        )
        self._gap = None
