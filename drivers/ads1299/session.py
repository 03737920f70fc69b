"""One session with a board behind a link: from START to the next fault."""

import struct
import time
from collections.abc import Callable

from mcubridge.link import Link
from mcubridge.messages import Data, Reply, Request

from ads1299.block import Block
from ads1299.boardtime import BoardTime
from ads1299.count import Odd, PacketCount
from ads1299.frame import decode, sample_bytes
from ads1299.source import BoardInfo, LineCounters, LineError

_STALLED_NS = 2_000_000_000  # the board lost its START, or its reset went unheard
_PING_FAST_S = 0.1  # until the slope of the board's clock is known
_PING_FAST_COUNT = 30
_PING_SLOW_S = 1.0
_PING_UNSTEADY_S = 0.2  # on a line with jitter: the more of them, the quicker the quickest
_UNSTEADY_NS = 1_000_000


class Session:
    """Packets of a started board -> blocks. Raises LineError when the board must be found again."""

    def __init__(
        self,
        link: Link,
        board: BoardInfo,
        count: PacketCount,
        counters: LineCounters,
        silence_s: float,
    ) -> None:
        self._link = link
        self._board = board
        self._count = count
        self._counters = counters
        self._silence_ns = round(silence_s * 1e9)
        self._pings = 0
        self._next_ping = 0.0
        self._bad_before = 0
        count.resume()
        self._block_ns = time.monotonic_ns()
        self._time = BoardTime(link.name, link.clock, board.rate_hz, self._block_ns)
        link.start()

    @property
    def time_error_ns(self) -> int:
        """How far off a block's `taken_ns` may be, beside what its arrivals tell."""
        return self._time.error_ns

    def read(self, timeout_s: float) -> Block | None:
        """Give the next block, or None when none came in time."""
        link = self._link
        if not link.data:
            if link.rebooted:  # what came before is read
                raise LineError(f"{link.name}: the board was reset")
            self._ping()
            link.pump(timeout_s)
            self._count_bad()
        while link.data:
            block = self._block(*link.data.popleft())
            if block is not None:
                self._block_ns = time.monotonic_ns()
                return block
        self._watch()
        return None

    def show(self, number: int, done: Callable[[int | None], None]) -> None:
        """Show a number on the board's tube; `done` gets the host's monotonic time it was lit.

        A number is never sent twice: by the time a reply is known to be lost, a later one is lit.
        """

        def lit(reply: Reply | None) -> None:
            if reply is None or reply.status != 0 or len(reply.payload) != 8:
                done(None)
            else:
                done(self._time.lit_ns(struct.unpack("<Q", reply.payload)[0]))

        self._link.post(Request.TUBE, struct.pack("<I", number % (1 << 32)), lit)

    def stop(self) -> None:
        """Stop the conversions."""
        self._link.ask(Request.STOP)

    def close(self) -> None:
        """Give the line back."""
        self._count_bad()
        self._link.close()

    def _watch(self) -> None:
        """Notice a board that is gone, and one that talks but gives no samples that fit."""
        link = self._link
        if time.monotonic_ns() - link.heard_ns > self._silence_ns:
            raise LineError(f"{link.name}: nothing came for {self._silence_ns / 1e9:g} s")
        if link.heard_ns > self._block_ns + _STALLED_NS:
            raise LineError(f"{link.name}: the board answers but sends no samples that fit")

    def _count_bad(self) -> None:
        bad = self._link.bad_frames
        self._counters.bad_frames += bad - self._bad_before
        self._bad_before = bad

    def _ping(self) -> None:
        now = time.monotonic()
        if now >= self._next_ping:
            self._pings += 1
            unsteady = self._link.clock.unsteady_ns > _UNSTEADY_NS
            pause_s = _PING_UNSTEADY_S if unsteady else _PING_SLOW_S
            self._next_ping = now + (_PING_FAST_S if self._pings < _PING_FAST_COUNT else pause_s)
            self._link.ping()

    def _block(self, data: Data, arrival_ns: int) -> Block | None:
        board = self._board
        if len(data.samples) != data.n * sample_bytes(board.channels):
            self._link.malformed += 1
            return None
        taken_ns, step_ns = self._time.taken(data, arrival_ns)
        board_us = self._time.board_us
        placed = self._count.place(data.counter, data.n, board_us, taken_ns, 1e9 / board.rate_hz)
        if placed is Odd.RESTARTED:
            raise LineError(f"{self._link.name}: the board's packet counter began again")
        if placed is Odd.REPEATED:
            self._counters.duplicates += 1
            return None
        first, gap = placed
        status, counts = decode(data.samples, data.n, board.channels)
        return Block(first, counts, status, data.t_us, taken_ns, arrival_ns, gap, step_ns)
