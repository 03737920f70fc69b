"""Board time <-> host time by PING. Pure: it is told when what was sent and received."""

from collections import deque

_KEPT = 64  # about a minute at one PING a second
_PRIOR_SLOPE = 0.005  # an internal oscillator is off by up to half a percent
_MAX_SLOPE = 0.025  # and by this over temperature


class BoardClock:
    """Where the board's clock stands in the host's monotonic time.

    A board clock value lies somewhere between the sending of a PING and the arrival of its reply,
    so the quickest exchanges say most. The slope is believed as far as the time they span allows.
    """

    def __init__(self) -> None:
        self._pings: deque[tuple[int, int, int]] = deque(maxlen=_KEPT)  # board us, host ns, rtt ns
        self._slope = 0.0  # host seconds per board second, less one
        self._board_us = 0
        self._host_ns = 0
        self.rtt_ns = 0

    @property
    def ready(self) -> bool:
        """Whether a board time can be turned into a host time."""
        return bool(self._pings)

    def add(self, sent_ns: int, received_ns: int, board_us: int) -> None:
        """Take one exchange; a clock that ran backwards is another clock: all before is dropped."""
        if self._pings and board_us <= self._pings[-1][0]:
            self._pings.clear()
        self._pings.append((board_us, (sent_ns + received_ns) // 2, received_ns - sent_ns))
        self._fit()

    def to_host_ns(self, board_us: int) -> int:
        """The host's monotonic time at which the board's clock said this."""
        board_ns = (board_us - self._board_us) * 1000
        return self._host_ns + board_ns + round(board_ns * self._slope)

    def _fit(self) -> None:
        quickest = sorted(ping[2] for ping in self._pings)
        self.rtt_ns = quickest[0]
        limit = quickest[len(quickest) // 2]
        best = [ping for ping in self._pings if ping[2] <= limit]
        board0, host0, _ = best[0]
        x = [(ping[0] - board0) * 1000 for ping in best]
        lag = [ping[1] - host0 - at for ping, at in zip(best, x, strict=True)]
        mean_x = sum(x) / len(x)
        mean_lag = sum(lag) / len(lag)
        spread = sum((at - mean_x) ** 2 for at in x)
        tilt = sum((at - mean_x) * (y - mean_lag) for at, y in zip(x, lag, strict=True))
        # Bayes in one line: scatter of half a round trip against what an oscillator may be off
        doubt = (limit / 2) ** 2 / _PRIOR_SLOPE**2
        slope = tilt / (spread + doubt) if spread + doubt else 0.0
        self._slope = min(max(slope, -_MAX_SLOPE), _MAX_SLOPE)
        self._board_us = board0 + round(mean_x / 1000)
        self._host_ns = host0 + round(mean_x + mean_lag)
