"""A chip on SPI -> blocks, for as long as the daemon runs."""

import logging
import time
from collections.abc import Callable

from ads1299.block import Block
from ads1299.packets import Packets
from ads1299.patience import Patience
from ads1299.plan import BoardPlan
from ads1299.source import BoardInfo, ChipError, Idle, LineCounters, LineError, SourceError
from ads1299.spi_bus import SpiBus
from ads1299.spi_device import SpiOpener
from ads1299.spi_session import SpiSession
from ads1299.spi_start import bring_up, check_speed

_SLICE_S = 0.05
_INTERRUPT_NS = 100_000  # by which the kernel's time stamp of an edge may be late

_log = logging.getLogger(__name__)


class SpiSource:
    """Blocks from a chip on SPI; brings it up again whenever its samples stop.

    `clock` is the one that stamps the edges, in nanoseconds; `sleep` passes the same time.
    """

    def __init__(
        self,
        opener: SpiOpener,
        plan: BoardPlan,
        clock: Callable[[], int] = time.monotonic_ns,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.counters = LineCounters()
        self.board: BoardInfo | None = None
        self._opener = opener
        self._plan = plan
        self._clock = clock
        self._sleep = sleep
        self._packets = Packets()
        self._session: SpiSession | None = None
        self._patience = Patience()
        self._idle: Idle = lambda: None

    @property
    def streaming(self) -> bool:
        """Whether the chip is configured and started."""
        return self._session is not None

    @property
    def time_error_ns(self) -> int:
        """How far off a block's `taken_ns` may be."""
        return _INTERRUPT_NS

    def start(self, idle: Idle) -> BoardInfo:
        """Configure the chip and start it; waits for it as long as it takes."""
        self._idle = idle
        while self._session is None:
            try:
                self._session = self._connect()
            except ChipError as fault:
                if not self._packets.begun:
                    raise
                self._try_later(fault, logging.ERROR)
            except (LineError, OSError) as fault:
                self._try_later(fault)
        assert self.board is not None  # there is a session
        self.counters.trouble = ""
        return self.board

    def read(self, timeout_s: float) -> Block | None:
        """Give the next block, or None when none came in time; brings the chip up again."""
        if self._session is None:
            self.start(self._idle)
            self.counters.reconnects += 1
            return None
        try:
            block = self._session.read(timeout_s)
        except (LineError, OSError) as fault:
            self._hang_up()
            self._try_later(fault)
            blocks = self._packets.blocks
            return blocks.popleft() if blocks else None
        if block is not None:
            self._patience.calm()
        return block

    def show(self, number: int, done: Callable[[int | None], None]) -> None:
        """A chip has no tube."""
        done(None)

    def stop(self) -> None:
        """Stop the conversions and leave the chip quiet."""
        if self._session is not None:
            try:
                self._session.stop()
            except OSError as fault:
                _log.info("%s: the chip was not stopped: %s", self._opener.name, fault)

    def close(self) -> None:
        """Give the devices back; safe to call twice."""
        self._hang_up()

    def _hang_up(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def _connect(self) -> SpiSession:
        self._idle()
        opener = self._opener
        ports = opener.open()
        try:
            bus = SpiBus(ports.spi, opener.speed_hz, self._sleep)
            self.board = board = bring_up(bus, self._plan, opener.name, self._rest)
            check_speed(board, opener.speed_hz, opener.name)
            session = SpiSession(
                ports, bus, board, self._packets, self.counters, opener.name, self._clock
            )
        except BaseException:
            ports.close()
            raise
        _log.info(
            "%s: %s, %d Hz, %d samples a packet",
            opener.name,
            board.board,
            board.rate_hz,
            board.packet_samples,
        )
        return session

    def _try_later(self, fault: Exception, level: int = logging.WARNING) -> None:
        words = str(fault) if isinstance(fault, SourceError) else f"{self._opener.name}: {fault}"
        self.counters.trouble = words
        self._rest(self._patience.pause_s(words, level))

    def _rest(self, seconds: float) -> None:
        until_ns = self._clock() + round(seconds * 1e9)
        while (left_ns := until_ns - self._clock()) > 0:
            self._idle()
            self._sleep(min(left_ns / 1e9, _SLICE_S))
