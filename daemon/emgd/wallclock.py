"""Notices that the PC's clock was set: sample times go by the monotonic clock, people do not."""

import logging
import time
from collections import deque
from collections.abc import Callable

from emgd.shared import Mark, Shared

_STEP_NS = 5_000_000  # more between two looks is a step: the kernel trims both clocks alike
_READINGS = 10

Clock = Callable[[], int]

_log = logging.getLogger(__name__)


def utc_offset_ns(wall_ns: Clock = time.time_ns, monotonic_ns: Clock = time.monotonic_ns) -> int:
    """UTC less the monotonic clock.

    The two cannot be read at once, and a busy PC may do something else in between: the reading
    that took the least time says it.
    """
    readings = []
    for _ in range(_READINGS):
        before = monotonic_ns()
        wall = wall_ns()
        after = monotonic_ns()
        readings.append((after - before, wall - (before + after) // 2))
    return min(readings)[1]


class WallClock:
    """Compares the wall clock with the monotonic one, as they stood when it was made."""

    def __init__(
        self,
        wall_ns: Clock = time.time_ns,
        monotonic_ns: Clock = time.monotonic_ns,
    ) -> None:
        self._wall_ns = wall_ns
        self._monotonic_ns = monotonic_ns
        self.offset_ns = self._offset_ns = utc_offset_ns(wall_ns, monotonic_ns)

    @property
    def off_ns(self) -> int:
        """How far the wall clock is ahead of the time that is carried on: all steps, and drift."""
        return self._offset_ns - self.offset_ns

    def step_ns(self) -> int | None:
        """How far the clock was set since the last look, if it was; look several times a second.

        A slew, and the trimming of a clock, is no step: too little happens between two looks.
        """
        before = self._offset_ns
        self._offset_ns = utc_offset_ns(self._wall_ns, self._monotonic_ns)
        step_ns = self._offset_ns - before
        return step_ns if abs(step_ns) > _STEP_NS else None


class ClockWatch:
    """Tells of each step: in the log, in `health`, and as one mark once there is a sample."""

    def __init__(self, clock: WallClock, mark: Callable[[Mark], None] | None) -> None:
        self._clock = clock
        self._mark = mark
        self._steps = 0
        self._last_step_ns: int | None = None
        self._untold: deque[tuple[int, int]] = deque()  # steps, and when they were noticed

    def look(self, shared: Shared) -> None:
        """Sample times go by the monotonic clock; that the PC's own was set must be known."""
        step_ns = self._clock.step_ns()
        if step_ns is not None:
            _log.warning(
                "the PC's clock was set by %+.3f s; the session's times go on as before",
                step_ns / 1e9,
                extra={"fields": {"step_ns": step_ns}},
            )
            self._steps += 1
            self._last_step_ns = step_ns
            self._untold.append((step_ns, shared.now_ns()))
        line = shared.line
        while self._untold and line is not None and self._mark is not None:
            step_ns, at_ns = self._untold.popleft()
            sample = max(0, line.index_at(at_ns))  # it may have been before the first
            self._mark(Mark("clock_step", step_ns / 1e9, sample, at_ns, "clock"))

    def words(self) -> dict[str, int | float | None]:
        """The fields of `health`."""
        step_ns = self._last_step_ns
        return {
            "clock_steps": self._steps,
            "clock_step_s": step_ns / 1e9 if step_ns is not None else None,
            "clock_off_ms": self._clock.off_ns / 1e6,
        }
