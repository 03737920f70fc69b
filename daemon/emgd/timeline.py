"""Sample index <-> time: a straight line under the arrivals, with the board's true rate unknown.

A block is late by a random amount and never early, so the line lies along the lower edge of what
was seen. Times are the host's monotonic clock until they leave as UTC: a step of the wall clock
does not tear a recording.
"""

from collections import deque
from dataclasses import dataclass
from itertools import pairwise

_WINDOW = 60  # buckets
_SHORTEST_S = 0.1  # of a bucket: they grow from here, so that the first fit comes soon
_LONGEST_S = 1.0
_PRIOR = 0.005  # the chip's oscillator is off by up to half a percent
_LIMIT = 0.025  # and by this over temperature


@dataclass(frozen=True, slots=True)
class Line:
    """Monotonic time of a sample = `at_ns` + (index - `index`) x `step_ns`. Safe to hand on."""

    index: int
    at_ns: float
    step_ns: float
    utc_offset_ns: int
    last_index: int = 0  # the newest sample there is

    def utc_ns(self, index: float) -> int:
        """The UTC time of a sample."""
        return round(self.at_ns + (index - self.index) * self.step_ns) + self.utc_offset_ns

    def index_at(self, utc_ns: int) -> int:
        """The sample that was taken at this UTC time; may lie ahead of the newest."""
        since = utc_ns - self.utc_offset_ns - self.at_ns
        return self.index + round(since / self.step_ns)


class Timeline:
    """Fits the line as blocks come, and stamps their samples."""

    def __init__(self, rate_hz: int, utc_offset_ns: int) -> None:
        self._nominal = 1e9 / rate_hz
        self._rate_hz = rate_hz
        self._points: deque[tuple[int, int]] = deque(maxlen=_WINDOW)  # index, ns: lowest of each
        self._lowest: tuple[int, int] | None = None  # of the bucket under way
        self._lowest_over = 0.0
        self._began = self._bucket_ends = 0
        self._scatter_ns = 0.0
        self._stamped_ns = 0
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
    def scatter_ns(self) -> float:
        """How far the lowest arrivals lie from the line."""
        return self._scatter_ns

    def restart(self) -> None:
        """The count was set by a clock, not by the board: fit anew, at the rate that is known."""
        self._points.clear()
        self._lowest = None

    def add(self, first: int, n: int, taken_ns: int) -> None:
        """Take a block: its first sample was taken at this monotonic time, or sooner."""
        line = self.line
        if self._lowest is None:
            self._move(first, float(taken_ns), line.step_ns, first + n - 1)
            self._lowest, self._lowest_over = (first, taken_ns), 0.0
            self._began = first
            self._open_bucket(first)
            return
        over = taken_ns - line.at_ns - (first - line.index) * line.step_ns
        if over < self._lowest_over:
            self._lowest, self._lowest_over = (first, taken_ns), max(over, 0.0)
        self._move(line.index, line.at_ns + min(over, 0.0), line.step_ns, first + n - 1)
        if first >= self._bucket_ends:
            self._close_bucket(first)

    def stamp(self, first: int, n: int) -> int:
        """UTC of a block's first sample; never before the last one of the block before."""
        at = max(self.line.utc_ns(first), self._stamped_ns + 1)
        self._stamped_ns = at + round((n - 1) * self.line.step_ns)
        return at

    def _move(self, index: int, at_ns: float, step_ns: float, last: int) -> None:
        self.line = Line(index, at_ns, step_ns, self.line.utc_offset_ns, last)

    def _open_bucket(self, first: int) -> None:
        elapsed_s = (first - self._began) / self._rate_hz
        length_s = min(max(elapsed_s / _WINDOW, _SHORTEST_S), _LONGEST_S)
        self._bucket_ends = first + round(length_s * self._rate_hz)

    def _close_bucket(self, first: int) -> None:
        if self._lowest is not None:
            self._points.append(self._lowest)
        self._lowest_over = float("inf")
        self._open_bucket(first)
        if len(self._points) < 2:
            return
        points = list(self._points)
        step = self._believed(points, _lower_slope(points))
        index = points[-1][0]
        at = [ns + (index - i) * step for i, ns in points]
        edge = min(at)
        over = sorted(at)
        self._scatter_ns = over[len(over) // 2] - edge
        self._move(index, edge, step, self.line.last_index)

    def _believed(self, points: list[tuple[int, int]], step: float) -> float:
        """A measured step, as far as the span and the scatter of the arrivals allow."""
        span_ns = (points[-1][0] - points[0][0]) * self._nominal
        at = sorted(ns - i * step for i, ns in points)
        scatter = at[len(at) // 2] - at[0]
        sure = (span_ns * _PRIOR) ** 2
        step = self._nominal + (step - self._nominal) * sure / (sure + scatter**2 + 1.0)
        return min(max(step, self._nominal * (1 - _LIMIT)), self._nominal * (1 + _LIMIT))


def _lower_slope(points: list[tuple[int, int]]) -> float:
    """The slope of the lower convex hull's edge under the middle of the points."""
    hull: list[tuple[int, int]] = []
    for x, y in points:
        while len(hull) > 1:
            (x0, y0), (x1, y1) = hull[-2:]
            if (y1 - y0) * (x - x0) < (y - y0) * (x1 - x0):
                break
            hull.pop()
        hull.append((x, y))
    middle = sum(x for x, _ in points) / len(points)
    (x0, y0), (x1, y1) = next((a, b) for a, b in pairwise(hull) if b[0] >= middle)
    return (y1 - y0) / (x1 - x0)
