"""Notices that the PC's clock was set: sample times go by the monotonic clock, people do not."""

import time
from collections.abc import Callable

_STEP_NS = 50_000_000  # set, not trimmed


class WallClock:
    """Compares the wall clock with the monotonic one."""

    def __init__(
        self,
        wall_ns: Callable[[], int] = time.time_ns,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._wall_ns = wall_ns
        self._monotonic_ns = monotonic_ns
        self._ahead_ns = wall_ns() - monotonic_ns()

    def step_ns(self) -> int | None:
        """How far the clock was set since the last call, if it was."""
        before, self._ahead_ns = self._ahead_ns, self._wall_ns() - self._monotonic_ns()
        step = self._ahead_ns - before
        return step if abs(step) > _STEP_NS else None
