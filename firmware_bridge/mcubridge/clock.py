"""Board time <-> host time by PING. Pure: it is told when what was sent and received."""

from collections import deque

import numpy as np

from mcubridge.between import LIMIT, Between, fit_between

_WRAP = 1 << 32  # some boards count microseconds in 32 bits: 71.6 minutes
_SPAN_S = 30.0  # what is older says little: oscillators drift with their temperature
_BUCKET_NS = 250_000_000  # of arrivals the one that says most is kept
_SLACK_NS = 10_000  # a reading is truncated to 1 us, and takes some
_SLACK_S = _SLACK_NS / 1e9

Bound = tuple[float, float]  # seconds of the board since the first reading; the host's, less that


class BoardClock:
    """Where the board's clock stands in the host's monotonic time.

    A reading lies between the sending of a PING and the arrival of its reply, and whatever else
    carries the board's time was sent before it arrived. Bounds that no straight line fits between
    are too old: the oldest are dropped until one does.
    """

    def __init__(self) -> None:
        self._low: deque[Bound] = deque()  # of PINGs, as sent
        self._high: deque[Bound] = deque()  # as answered
        self._arrived: deque[Bound] = deque()
        self._round_trips: deque[tuple[int, int]] = deque()  # when it ended, ns, and how long
        self._bucket: Bound | None = None
        self._bucket_ends_ns = 0
        self._line: Between | None = None
        self._origin_us = self._origin_ns = 0
        self._last = (0, 0, 0)  # board us, sent and received ns of the newest PING

    @property
    def ready(self) -> bool:
        """Whether a board time can be turned into a host time."""
        return self._line is not None

    @property
    def rtt_ns(self) -> int:
        """The quickest round trip of late."""
        return self.quickest_ns(0) or 0

    def quickest_ns(self, since_ns: int) -> int | None:
        """The quickest round trip of those that ended since then, if there were any."""
        return min((rtt for ended, rtt in self._round_trips if ended >= since_ns), default=None)

    @property
    def error_ns(self) -> int:
        """How far off a host time may be."""
        line = self._line
        return round(line.error(self._seconds(self._last[0])) * 1e9) if line else 0

    @property
    def pace(self) -> float:
        """Seconds of the host in one of the board."""
        return 1 + self._line.slope if self._line else 1.0

    @property
    def unsteady_ns(self) -> int:
        """By how much more a round trip usually takes than the quickest."""
        trips = sorted(rtt for _, rtt in self._round_trips)
        return trips[len(trips) // 2] - trips[0] if trips else 0

    def unwrapped(self, board_us: int) -> int:
        """A reading on the line of the others, where the board counts 32 bits only."""
        if board_us >= _WRAP or not self.ready:
            return board_us
        return board_us + max(0, round((self._last[0] - board_us) / _WRAP)) * _WRAP

    def add(self, sent_ns: int, received_ns: int, board_us: int) -> None:
        """Take one exchange; a clock that does not go on from the last one is another clock."""
        board_us = self.unwrapped(board_us)
        if self._line is None or not self._goes_on(sent_ns, received_ns, board_us):
            self._begin(sent_ns, received_ns, board_us)
        self._last = (board_us, sent_ns, received_ns)
        x = self._seconds(board_us)
        self._low.append((x, self._lag(x, sent_ns) - _SLACK_S))
        self._high.append((x, self._lag(x, received_ns) + _SLACK_S))
        self._round_trips.append((received_ns, received_ns - sent_ns))
        if self._bucket is not None:
            self._arrived.append(self._bucket)
            self._bucket = None
        self._drop(x - _SPAN_S)
        self._fit(x)

    def arrived(self, board_us: int, arrival_ns: int) -> None:
        """What the board did at that time of its clock had arrived by then."""
        line = self._line
        if line is None:
            return
        x = self._seconds(self.unwrapped(board_us))
        bound = (x, self._lag(x, arrival_ns) + _SLACK_S)
        over = bound[1] - line.at(x)
        if arrival_ns >= self._bucket_ends_ns:
            self._bucket_ends_ns = arrival_ns + _BUCKET_NS
            if self._bucket is not None:
                self._arrived.append(self._bucket)
            self._bucket = bound
        elif self._bucket is None or over < self._bucket[1] - line.at(self._bucket[0]):
            self._bucket = bound

    def to_host_ns(self, board_us: int) -> int:
        """The host's monotonic time at which the board's clock said this."""
        since_us = self.unwrapped(board_us) - self._origin_us
        lag = self._line.at(since_us / 1e6) if self._line else 0.0
        return self._origin_ns + since_us * 1000 + round(lag * 1e9)

    def _seconds(self, board_us: int) -> float:
        return (board_us - self._origin_us) / 1e6

    def _lag(self, x: float, host_ns: int) -> float:
        return (host_ns - self._origin_ns) / 1e9 - x

    def _goes_on(self, sent_ns: int, received_ns: int, board_us: int) -> bool:
        """Whether the time between two readings was as long for the board as it was for us."""
        last_us, last_sent_ns, last_received_ns = self._last
        least_ns, most_ns = sent_ns - last_received_ns, received_ns - last_sent_ns
        board_ns = (board_us - last_us) * 1000
        return (
            board_ns > 0
            and least_ns - abs(least_ns) * LIMIT - _SLACK_NS <= board_ns
            and board_ns <= most_ns * (1 + LIMIT) + _SLACK_NS
        )

    def _begin(self, sent_ns: int, received_ns: int, board_us: int) -> None:
        self._low.clear()
        self._high.clear()
        self._arrived.clear()
        self._round_trips.clear()
        self._bucket = None
        self._origin_us, self._origin_ns = board_us, (sent_ns + received_ns) // 2

    def _drop(self, before: float) -> None:
        """Forget what is older; of the PINGs the newest stays."""
        while len(self._low) > 1 and self._low[0][0] < before:
            self._low.popleft()
            self._high.popleft()
            self._round_trips.popleft()
        _drop_older(self._arrived, before)

    def _fit(self, x: float) -> None:
        """PINGs are of one clock; arrivals that contradict them may be of another one."""
        while (line := self._between(x)) is None and self._drop_oldest(x):
            pass
        self._line = line or self._line

    def _drop_oldest(self, x: float) -> bool:
        """Forget a third of the time; False where there is but one PING."""
        if self._arrived and self._between(x, with_arrivals=False) is not None:
            _drop_older(self._arrived, max(self._arrived[0][0] + 1e-9, _third(self._arrived, x)))
            return True
        more = len(self._low) > 1
        self._drop(max(self._low[1][0], _third(self._low, x)) if more else x)
        return more

    def _between(self, x: float, *, with_arrivals: bool = True) -> Between | None:
        high = [*self._high, *self._arrived] if with_arrivals else self._high
        return fit_between(x, np.array(high), np.array(self._low))


def _third(bounds: deque[Bound], x: float) -> float:
    return (2 * bounds[0][0] + x) / 3


def _drop_older(bounds: deque[Bound], before: float) -> None:
    while bounds and bounds[0][0] < before:
        bounds.popleft()
