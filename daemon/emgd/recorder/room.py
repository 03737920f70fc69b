"""How long the room on the disk will last, measured; nothing is ever stopped on it."""

from collections import deque

_WINDOW_S = 60.0
_MEASURE_S = 5.0
_WARN_MINUTES = 30.0
_CALM_MINUTES = 35.0  # a warning ends here, so that it does not come and go


class Room:
    """Follows how the file grows."""

    def __init__(self) -> None:
        self.low = False
        self._grown: deque[tuple[float, int]] = deque()

    def minutes_left(self, now_s: float, written: int, free_bytes: int) -> float | None:
        """Until the disk is full at the rate of the last minute; None while that is not known."""
        self._grown.append((now_s, written))
        while now_s - self._grown[0][0] > _WINDOW_S:
            self._grown.popleft()
        then_s, then = self._grown[0]
        if now_s - then_s < _MEASURE_S or written <= then:
            return None
        minutes = free_bytes / ((written - then) / (now_s - then_s)) / 60
        self.low = minutes < (_CALM_MINUTES if self.low else _WARN_MINUTES)
        return minutes


def expected_bytes_per_s(rate_hz: float, channels: int, packet_samples: int) -> float:
    """What a recording will grow by before it can be measured; a little more rather than less."""
    sample = 4 * channels + 3 * -(-channels // 8)
    return rate_hz * sample + rate_hz / max(1, packet_samples) * 250 + 2000
