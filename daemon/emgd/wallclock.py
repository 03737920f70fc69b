"""Notices that the PC's clock was set: sample times go by the monotonic clock, people do not."""

import time
from collections.abc import Callable

_STEP_NS = 5_000_000  # more between two looks is a step: the kernel trims both clocks alike
_READINGS = 10

Clock = Callable[[], int]


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
        self.steps = 0
        self.last_step_ns: int | None = None

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
        if abs(step_ns) <= _STEP_NS:
            return None
        self.steps += 1
        self.last_step_ns = step_ns
        return step_ns

    def words(self) -> dict[str, int | float | None]:
        """The fields of `health`."""
        step_ns = self.last_step_ns
        return {
            "clock_steps": self.steps,
            "clock_step_s": step_ns / 1e9 if step_ns is not None else None,
            "clock_off_ms": self.off_ns / 1e6,
        }
