"""The board's own clock, as the host's clock sees it."""

import time
from collections.abc import Callable


class BoardClock:
    """Microseconds since power-up: `ppm` off, and `speed` times as fast as the host's.

    With speed 0 the board runs as fast as the line takes it: while it streams, `advance` moves
    the clock to the sample that was made last, and in between it keeps the host's pace.
    """

    def __init__(
        self, speed: float, ppm: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._monotonic = monotonic
        self._true = 1 + ppm * 1e-6
        self._pace = (speed or 1.0) * self._true * 1e6
        self._free = speed == 0
        self._held = False
        self._since = monotonic()
        self._base_us = 0.0

    def now_us(self) -> int:
        """The time."""
        return int(self._at(self._monotonic()))

    def _at(self, host_s: float) -> float:
        return self._base_us + (0.0 if self._held else (host_s - self._since) * self._pace)

    def host_time(self, board_us: float) -> float:
        """When the host's clock will show that board time; the past where the board runs free."""
        return 0.0 if self._free else self._since + (board_us - self._base_us) / self._pace

    def host_ns(self, board_us: float) -> int | None:
        """The same in nanoseconds; None where the board runs free."""
        return None if self._free else round(self.host_time(board_us) * 1e9)

    def true_s(self, board_us: float) -> float:
        """How many seconds of the world a span of the board's clock lasts."""
        return board_us * 1e-6 / self._true

    def restart(self) -> None:
        """The board was switched on."""
        self._base_us, self._since, self._held = 0.0, self._monotonic(), False

    def hold(self) -> None:
        """The board starts to stream: where it runs free, samples move the clock from here on."""
        if self._free:
            self._base_us, self._held = self._at(self._monotonic()), True

    def advance(self, board_us: float) -> None:
        """A sample of that time was made."""
        if self._held:
            self._base_us = max(self._base_us, board_us)

    def release(self) -> None:
        """The board stopped to stream."""
        if self._held:
            self._since, self._held = self._monotonic(), False
