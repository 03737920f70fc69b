"""Sample index <-> time: a straight line through what is known, with the board's rate unknown.

Times are the host's monotonic clock until they leave as UTC: a step of the wall clock does not
tear a recording.
"""

from collections import deque

import numpy as np
from mcubridge.between import LIMIT, fit_between

from emgd.line import Line
from emgd.stamps import Stamps

Point = tuple[int, int]  # index, ns

_WINDOW = 40  # buckets
_SHORTEST_S = 0.1  # of a bucket: they grow from here, so that the first fit comes soon
_LONGEST_S = 1.0
_STEADY_S = 0.25  # where times scatter little, what is older than 10 s says nothing
_STEADY_NS = 200_000
_PATIENCE_S = 1.0  # for so long a block that is timed in another way than the rest says nothing
_SETTLED_S = 4.0


class Timeline:
    """Knows the line as blocks come.

    Where a clock of the board times the blocks, it says where the line lies. Where nothing but
    their arrival does, they are late and never early: the line is fitted along their lower edge.
    """

    def __init__(self, rate_hz: int, utc_offset_ns: int, not_before_ns: int = 0) -> None:
        self._nominal = 1e9 / rate_hz
        self._rate_hz = rate_hz
        self._by_clock: bool | None = None
        self._points: deque[Point] = deque(maxlen=_WINDOW)  # the lowest of each bucket
        self._lowest: Point | None = None  # of the bucket under way
        self._lowest_over = 0.0
        self._began = self._bucket_ends = self._otherwise = 0
        self._expected = self._nominal  # step, before anything was measured
        self._error_ns = 0.0
        self._stamps = Stamps(rate_hz, not_before_ns)
        self.line = Line(0, 0.0, self._nominal, utc_offset_ns)

    @property
    def rate_hz(self) -> float:
        """The true sampling rate by the host's clock."""
        return 1e9 / self.line.step_ns

    @property
    def ppm(self) -> float:
        """How fast the board runs, in parts per million of its nominal rate."""
        return (self._nominal / self.line.step_ns - 1) * 1e6

    @property
    def stamped_ns(self) -> int:
        """Where the samples end that were stamped so far, UTC."""
        return self._stamps.next_ns

    @property
    def error_ns(self) -> float:
        """How far off the times may be, as far as blocks can tell."""
        return self._error_ns + abs(self._stamps.off_ns)

    @property
    def settled(self) -> bool:
        """Whether enough came since the last break for the line to be what it will be."""
        return self.line.last_index - self._began >= _SETTLED_S * self._rate_hz

    def restart(self) -> None:
        """The count was set by a clock, not by the board: begin anew, at the rate that is known."""
        self._stamps.restart()
        self._begin()

    def _begin(self) -> None:
        self._by_clock = None
        self._points.clear()
        self._lowest = None
        self._expected = self.line.step_ns

    def add(self, first: int, n: int, taken_ns: int, step_ns: float | None = None) -> None:
        """Take a block: when its first sample was taken, and the step if a clock tells it.

        Without, it was taken at this time or sooner.
        """
        by_clock, last = step_ns is not None, first + n - 1
        if self._is_of_another_kind(first, by_clock=by_clock):
            self._move(self.line.index, self.line.at_ns, self.line.step_ns, last)
            return
        if self._by_clock is None:
            self._by_clock, self._began = by_clock, first
        if step_ns is not None:
            self._error_ns = 0.0  # the source knows
            self._move(first, float(taken_ns), step_ns, last)
        else:
            self._fit((first, taken_ns), last)

    def stamp(self, first: int, n: int) -> tuple[int, float]:
        """UTC of a block's first sample, never before the block before ended; and the step."""
        return self._stamps.stamp(self.line, first, n)

    def utc_ns(self, index: int) -> int:
        """The UTC time of a sample, on the line that the newest block was stamped by."""
        return self._stamps.utc_ns(self.line, index)

    def _is_of_another_kind(self, first: int, *, by_clock: bool) -> bool:
        """A clock says more than arrivals: it is left only once it has been silent for a while."""
        if by_clock == self._by_clock:
            self._otherwise = first
        elif self._by_clock and first - self._otherwise < _PATIENCE_S * self._rate_hz:
            return True
        elif self._by_clock is not None:
            self._begin()
        return False

    def _fit(self, point: Point, last: int) -> None:
        """One more block that came at this time."""
        first, at_ns = point
        if self._lowest is None and not self._points:
            self._move(first, float(at_ns), self.line.step_ns, last)
            self._lowest, self._lowest_over = point, 0.0
            self._open_bucket(first)
            return
        over = at_ns - self.line.at(first)
        sooner = min(over, 0.0)
        if self._lowest is None or over < self._lowest_over:
            self._lowest, self._lowest_over = point, over
        self._lowest_over -= sooner
        self._move(self.line.index, self.line.at_ns + sooner, self.line.step_ns, last)
        if first >= self._bucket_ends:
            self._close_bucket(first)

    def _move(self, index: int, at_ns: float, step_ns: float, last: int) -> None:
        most, least = self._nominal * (1 + LIMIT), self._nominal * (1 - LIMIT)
        step_ns = step_ns if self._by_clock else min(max(step_ns, least), most)
        self.line = Line(index, at_ns, step_ns, self.line.utc_offset_ns, last)

    def _open_bucket(self, first: int) -> None:
        elapsed_s = (first - self._began) / self._rate_hz
        longest_s = _STEADY_S if self._error_ns < _STEADY_NS else _LONGEST_S
        length_s = min(max(elapsed_s / _WINDOW, _SHORTEST_S), longest_s)
        self._bucket_ends = first + round(length_s * self._rate_hz)

    def _close_bucket(self, first: int) -> None:
        if self._lowest is not None:
            self._points.append(self._lowest)
        self._lowest = None
        if len(self._points) > 1:
            self._lay()
        self._open_bucket(first)

    def _lay(self) -> None:
        """The line along the points' edge: seconds by the step that is expected, and their lag."""
        index, at_ns = self._points[-1]
        points = np.array(self._points, np.float64) - (index, at_ns)
        points[:, 0] *= self._expected
        points[:, 1] -= points[:, 0]
        edge = fit_between(0.0, points / 1e9)
        if edge is not None:
            self._error_ns = edge.error(0.0) * 1e9
            step_ns = self._expected * (1 + edge.slope)
            self._move(index, at_ns + edge.y0 * 1e9, step_ns, self.line.last_index)
