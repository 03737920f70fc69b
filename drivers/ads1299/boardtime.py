"""When a packet's first sample was taken: by the board's clock, else by its arrival. Pure."""

import logging
from collections import deque
from collections.abc import Collection

from mcubridge.clock import BoardClock
from mcubridge.messages import Data

_SLACK_NS = 20_000_000  # that the board's clock may be off beside what it is known to
_BACK_NS = 1_000_000_000  # no PING moves a sound clock by as much
_LOOK_NS = 3_000_000_000  # how long the clock of DATA may be wrong before it is called so
_PERIOD_US = 250_000  # between two points that the period is measured by
_PERIODS = 32  # such points: 8 s, in which the chip's oscillator may drift by 100 ppm
_PERIOD_OFF = 0.03  # an oscillator is off by 2.5 % at most
_ENOUGH = 10  # packets, to say anything
_WRAP = 1 << 32  # of the packet counter

_log = logging.getLogger(__name__)


class BoardTime:
    """Times packets, and finds out whether the board's clock in DATA is the one in PING.

    It is not if a sample was taken before START or after it arrived, if it stands still, or if
    all packets of some seconds took much longer than the quickest reply: both use the same line.
    """

    def __init__(self, name: str, clock: BoardClock, rate_hz: int, started_ns: int) -> None:
        self.trusted: bool | None = None  # None until the first packet could be compared
        self.board_us = 0  # of the newest packet, counted through where the board's clock wraps
        self._name = name
        self._clock = clock
        self.period_us = self._nominal_us = 1e6 / rate_hz  # of samples, by the board's clock
        self._samples = 0  # before the newest packet, since the first
        self._points: deque[tuple[int, int]] = deque(maxlen=_PERIODS)  # samples, us
        self._started_ns = self._taken_ns = started_ns
        self._before: Data | None = None
        self._since_ns = started_ns  # the look at the packets under way
        self._packets = self._ahead = 0
        self._least_ns = 0

    @property
    def error_ns(self) -> int:
        """How far off the times may be: as the clock says, or by what every packet takes."""
        return self._clock.error_ns if self.trusted else self._clock.rtt_ns // 2

    def taken(self, data: Data, arrival_ns: int) -> tuple[int, float | None]:
        """Monotonic time, and the time between samples; None: it is by arrival, and late."""
        before, before_us = self._before, self.board_us
        packets = (data.counter - before.counter) % _WRAP if before is not None else 0
        if packets < _WRAP // 2:  # it was not here before
            self._before = data
            self.board_us = self._clock.unwrapped(data.t_us)
            self._samples += packets * before.n if before is not None else 0
            self._measure()
        possible = self.trusted or abs(self.period_us / self._nominal_us - 1) < _PERIOD_OFF
        period_us = self.period_us if possible else self._nominal_us
        by_arrival = arrival_ns - round((data.n - 1) * period_us * 1000 * self._clock.pace)
        if self.trusted is False or not self._clock.ready:
            return by_arrival, None
        return self._compare(data, by_arrival, arrival_ns, packets > 0, self.board_us - before_us)

    def _compare(
        self, data: Data, by_arrival: int, arrival_ns: int, goes_on: bool, took_us: int
    ) -> tuple[int, float | None]:
        clock = self._clock
        by_board = clock.to_host_ns(self.board_us)
        late_ns = by_arrival - by_board
        slack_ns = _SLACK_NS + clock.error_ns
        # where the clock began anew, the next PING will tell
        odd = late_ns < -slack_ns or by_board < self._taken_ns - _BACK_NS
        if self.trusted is None:
            self._judge(odd or by_board < self._started_ns - slack_ns, late_ns)
        elif goes_on:
            self._judge(took_us == 0 or self._looks_wrong(odd, late_ns, arrival_ns), late_ns)
        if odd or not self.trusted:
            return by_arrival, None
        clock.arrived(self.board_us + round((data.n - 1) * self.period_us), arrival_ns)
        self._taken_ns = min(by_board, by_arrival)
        return self._taken_ns, self.period_us * 1000 * clock.pace

    def lit_ns(self, board_us: int) -> int | None:
        """The monotonic time of something else that the board did, if its clock can tell."""
        return self._clock.to_host_ns(board_us) if self.trusted else None

    def _measure(self) -> None:
        """The board's own period: the slope through points of the last seconds."""
        points = self._points
        samples, us = points[-1] if points else (self._samples, self.board_us)
        samples, us = self._samples - samples, self.board_us - us
        if not samples * self._nominal_us / 5 <= us <= samples * self._nominal_us * 5:
            points.clear()  # the clock began anew
            self.period_us = self._nominal_us
        if not points or us >= _PERIOD_US:
            points.append((self._samples, self.board_us))
            if len(points) > 1:
                self.period_us = _slope(points)

    def _looks_wrong(self, odd: bool, late_ns: int, arrival_ns: int) -> bool:
        """Looks at some seconds of packets at a time."""
        self._packets += 1
        self._ahead += odd
        self._least_ns = late_ns if self._packets == 1 else min(self._least_ns, late_ns)
        if arrival_ns < self._since_ns + _LOOK_NS or self._packets < _ENOUGH:
            return False
        quickest_ns = self._clock.quickest_ns(self._since_ns)
        late = quickest_ns is not None and self._least_ns > quickest_ns + _SLACK_NS
        ahead = self._ahead == self._packets
        self._since_ns, self._packets, self._ahead = arrival_ns, 0, 0
        return late or ahead

    def _judge(self, wrong: bool, late_ns: int) -> None:
        self.trusted = not wrong
        if wrong:
            _log.warning(
                "%s: the board's clock in DATA and in PING differ by %+.3f s: "
                "samples are timed by their arrival, which is less sure",
                self._name,
                -late_ns / 1e9,
            )


def _slope(points: Collection[tuple[int, int]]) -> float:
    """Least squares."""
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
