"""Notices that the PC's clock was set: sample times go by the monotonic clock, people do not."""

import time
from collections.abc import Callable

_STEP_NS = 50_000_000  # set, not trimmed
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
    """Compares the wall clock with the monotonic one."""

    def __init__(
        self,
        wall_ns: Clock = time.time_ns,
        monotonic_ns: Clock = time.monotonic_ns,
    ) -> None:
        self._wall_ns = wall_ns
        self._monotonic_ns = monotonic_ns
        self._ahead_ns = utc_offset_ns(wall_ns, monotonic_ns)

    def step_ns(self) -> int | None:
        """How far the clock was set since the last call, if it was."""
        before = self._ahead_ns
        self._ahead_ns = utc_offset_ns(self._wall_ns, self._monotonic_ns)
        step = self._ahead_ns - before
        return step if abs(step) > _STEP_NS else None
