"""A board, a line that delays, and what the daemon makes of a sample's time: no sockets, no clock.

Everything happens in simulated seconds, so that minutes of it take a second. The truth is known:
when each sample was taken by the host's clock.
"""

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from ads1299.boardtime import BoardTime
from emgd.timeline import Timeline
from mcubridge.clock import BoardClock
from mcubridge.messages import Data
from numpy.typing import NDArray

UTC_NS = 1_700_000_000 * 10**9  # UTC at the monotonic clock's 0
BEGIN_S = 5000.0  # the host's clock when the first line comes up
START_S = 1.0  # after that
LEAST_S = 0.0002  # that anything takes on any line
WRAP = 1 << 32


@dataclass(frozen=True)
class Way:
    """How late things come at the other end, in order: by chance, and held up now and then."""

    jitter_s: float = 0.0
    stall_every_s: float = 0.0
    stall_s: float = 0.0
    burst_s: float = 0.0  # what was sent comes once in so long

    def due_s(self, chance: random.Random, at_s: float) -> float:
        due_s = at_s + LEAST_S * chance.uniform(1, 1.5) + chance.random() * self.jitter_s
        if self.burst_s:
            due_s = (due_s // self.burst_s + 1) * self.burst_s
        if self.stall_every_s:
            turn, into_s = divmod(due_s - BEGIN_S, self.stall_every_s)
            if turn and into_s < self.stall_s:
                due_s += self.stall_s - into_s
        return due_s


@dataclass(frozen=True)
class Board:
    """A clock and a chip, each off by ppm that may change as they warm up."""

    clock_ppm: float = 0.0
    chip_ppm: float = 0.0
    clock_drift: float = 0.0  # ppm a second
    chip_drift: float = 0.0
    rate_hz: int = 1000
    packet: int = 20
    clock_us: float = 123_456_789.0  # at the beginning
    clock_bits: int = 64
    first_counter: int = 0
    begin_s: float = BEGIN_S

    def us_at(self, host_s: float) -> float:
        since_s = host_s - self.begin_s
        return self.clock_us + 1e6 * _warming(since_s, self.clock_ppm, self.clock_drift)

    def reading(self, host_s: float) -> int:
        """What its clock shows in a PING or a packet."""
        return int(self.us_at(host_s)) % (1 << self.clock_bits)

    def taken_s(self, sample: int) -> float:
        """The truth: when a sample was taken, by the host's clock."""
        wanted_s = since_s = sample / self.rate_hz
        for _ in range(4):
            since_s += wanted_s - _warming(since_s, self.chip_ppm, self.chip_drift)
        return self.begin_s + START_S + since_s


def _warming(since_s: float, ppm: float, drift: float) -> float:
    return since_s * (1 + ppm * 1e-6) + drift * 1e-6 * since_s**2 / 2


@dataclass
class Told:
    """What the daemon said of each packet, beside the truth."""

    at_s: list[float] = field(default_factory=list)  # of the signal
    true_ns: list[float] = field(default_factory=list)
    arrival_ns: list[float] = field(default_factory=list)
    t_ns: list[int] = field(default_factory=list)
    step_ns: list[float] = field(default_factory=list)
    sure_ns: list[float] = field(default_factory=list)
    ppm: list[float] = field(default_factory=list)
    by_clock: list[bool] = field(default_factory=list)
    packet: int = 20
    rate_hz: int = 1000

    def errors_ms(self, from_s: float = 0.0, to_s: float = float("inf")) -> NDArray[np.float64]:
        at_s = np.array(self.at_s)
        off_ns = np.array(self.t_ns) - UTC_NS - np.array(self.true_ns)
        return np.abs(off_ns[(at_s >= from_s) & (at_s < to_s)]) / 1e6

    def by_arrival_ms(self, from_s: float = 0.0) -> NDArray[np.float64]:
        """The error of who takes the arrival for the time of the packet's last sample."""
        lasts_ns = (self.packet - 1) * 1e9 / self.rate_hz
        off_ns = np.array(self.arrival_ns) - lasts_ns - np.array(self.true_ns)
        return np.abs(off_ns[np.array(self.at_s) >= from_s]) / 1e6

    def covered(self, from_s: float = 0.0) -> float:
        """How often the error was at most what `health` would have said."""
        sure_ms = np.array(self.sure_ns)[np.array(self.at_s) >= from_s] / 1e6
        return float(np.mean(self.errors_ms(from_s) <= sure_ms))

    def breaks_ns(self) -> NDArray[np.float64]:
        """Where each packet begins, less where the one before ended by its own step."""
        t_ns, step_ns = np.array(self.t_ns), np.array(self.step_ns)
        return np.asarray(np.diff(t_ns - UTC_NS) - self.packet * step_ns[:-1])


class Session:
    """One connection to a board: what goes over the line, in the order in which it comes."""

    def __init__(self, board: Board, there: Way, back: Way, seed: int = 1) -> None:
        self.board = board
        self.clock = BoardClock()
        self._there, self._back = there, back
        self._chance = random.Random(seed)
        self._free_s = [0.0, 0.0]  # nothing overtakes what was sent before it
        self._pings = 0

    def packets(self, seconds: float) -> Iterator[tuple[Data, int, int]]:
        """DATA with its first sample and its arrival; PING goes on beside it."""
        board = self.board
        coming: list[tuple[float, int, str, Any]] = []
        heapq.heappush(coming, (board.begin_s + START_S / 2, 0, "ping", 0.0))
        heapq.heappush(coming, (self._complete_s(0), 1, "made", 0))
        number = 2
        while coming:
            at_s, _, what, value = heapq.heappop(coming)
            number += 2
            if what == "ping":
                heard_s = self._through(self._there, 0, at_s)
                heapq.heappush(coming, (heard_s, number, "heard", at_s))
                heapq.heappush(coming, (at_s + self._pause_s(), number + 1, "ping", 0.0))
            elif what == "heard":
                reply = (value, board.reading(at_s))
                heapq.heappush(coming, (self._through(self._back, 1, at_s), number, "reply", reply))
            elif what == "reply":
                self.clock.add(round(value[0] * 1e9), round(at_s * 1e9), value[1])
            elif what == "made":
                first = value * board.packet
                if first >= seconds * board.rate_hz:
                    return
                data = Data(
                    (board.first_counter + value) % WRAP,
                    self.data_us(first),
                    board.packet,
                    b"",
                )
                heapq.heappush(
                    coming, (self._through(self._back, 1, at_s), number, "data", (data, first))
                )
                heapq.heappush(coming, (self._complete_s(value + 1), number + 1, "made", value + 1))
            else:
                yield (*value, round(at_s * 1e9))

    def data_us(self, first: int) -> int:
        """The board's clock in DATA."""
        return self.board.reading(self.board.taken_s(first))

    def _complete_s(self, packet: int) -> float:
        return self.board.taken_s((packet + 1) * self.board.packet - 1)

    def _through(self, way: Way, line: int, at_s: float) -> float:
        self._free_s[line] = max(self._free_s[line], way.due_s(self._chance, at_s))
        return self._free_s[line]

    def _pause_s(self) -> float:
        """As `ads1299/session.py` pings."""
        self._pings += 1
        return 0.1 if self._pings < 30 else 0.2 if self.clock.unsteady_ns > 1e6 else 1.0


def tell(
    session: Session, seconds: float, timeline: Timeline | None = None, first: int = 0
) -> Told:
    """Run a session; samples count on from `first`."""
    board = session.board
    timeline = timeline or Timeline(board.rate_hz, UTC_NS)
    started_ns = round((board.begin_s + START_S) * 1e9)
    times = BoardTime("simulated", session.clock, board.rate_hz, started_ns)
    told = Told(packet=board.packet, rate_hz=board.rate_hz)
    for data, sample, arrival_ns in session.packets(seconds):
        taken_ns, step_ns = times.taken(data, arrival_ns)
        timeline.add(first + sample, data.n, taken_ns, step_ns)
        t_ns, step_ns = timeline.stamp(first + sample, data.n)
        told.at_s.append(sample / board.rate_hz)
        told.true_ns.append(board.taken_s(sample) * 1e9)
        told.arrival_ns.append(arrival_ns)
        told.t_ns.append(t_ns)
        told.step_ns.append(step_ns)
        told.sure_ns.append(timeline.error_ns + times.error_ns)
        told.ppm.append(timeline.ppm)
        told.by_clock.append(bool(times.trusted))
    return told
