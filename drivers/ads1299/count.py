"""From a board's packet counter to a sample index that never goes back. Pure."""

from enum import Enum, auto

from ads1299.block import Gap

_WRAP = 1 << 32
_PERIOD_KNOWN_NS = 30_000_000_000  # arrivals are late by some 50 ms: over that time 0.2 %
_PERIOD_OFF = 0.03  # an oscillator is off by 2.5 % at most; more is another rate, or no clock


class Odd(Enum):
    """What a counter can say that gives no place."""

    REPEATED = auto()  # a packet that was here before
    RESTARTED = auto()  # the board began to count again without being told


class PacketCount:
    """Gives each packet its first sample's index and tells what is missing before it."""

    def __init__(self) -> None:
        self.begun = False  # any packet has had its place
        self._end = 0  # index of the sample after the last
        self._due_ns = 0  # when that sample was to be taken
        self._expected = 0
        self._last_n = 0
        self._last_us = 0
        self._resuming = False
        self._since = self._last = (0, 0)  # index and time of the first and last packet since START
        self._period_ns = 0.0  # as measured; 0 until it is known

    def resume(self) -> None:
        """The board was started again: its counter is at 0, and time has passed."""
        samples, span_ns = (b - a for a, b in zip(self._since, self._last, strict=True))
        if samples and span_ns > _PERIOD_KNOWN_NS:
            self._period_ns = span_ns / samples
        self._resuming = self.begun
        self._expected = 0
        self._last_us = 0

    def place(
        self, counter: int, n: int, t_us: int, taken_ns: int, period_ns: float
    ) -> tuple[int, Gap | None] | Odd:
        """The index of a packet's first sample; the clock counts only where no counter can.

        `period_ns` is the nominal one: the board's own is measured as long as it streams.
        """
        lost_packets = (counter - self._expected) % _WRAP
        if lost_packets >= _WRAP // 2:
            return Odd.RESTARTED if t_us > self._last_us else Odd.REPEATED
        gap = None
        if self._resuming:
            known = abs(self._period_ns / period_ns - 1) < _PERIOD_OFF
            since_ns = taken_ns - self._due_ns
            missing = max(0, round(since_ns / (self._period_ns if known else period_ns)))
            gap = Gap(self._end, missing, "reconnect")
        elif lost_packets:
            gap = Gap(self._end, lost_packets * (self._last_n or n), "lost")
        first = self._end + (gap.missing if gap else 0)
        self._last = (first, taken_ns)
        if self._resuming or not self.begun:
            self._since = self._last
        self.begun = True
        self._end = first + n
        self._due_ns = taken_ns + round(n * period_ns)
        self._expected = (counter + 1) % _WRAP
        self._last_n = n
        self._last_us = t_us
        self._resuming = False
        return first, gap
