"""One session with a chip on SPI: from START to the next fault."""

import time
from collections.abc import Callable

from ads1299 import registers as reg
from ads1299.block import Block
from ads1299.drdy import DrdyCount
from ads1299.frame import sample_bytes
from ads1299.packets import Packets
from ads1299.source import BoardInfo, LineCounters, LineError
from ads1299.spi_bus import SpiBus, frame_reader
from ads1299.spi_device import SpiPorts

_SILENT_NS = 500_000_000
_TRIES = 20  # a process that was held up sees a long time without a sample, but few edges


class SpiSession:
    """DRDY edges of a started chip -> blocks. Raises LineError when it must be brought up again."""

    def __init__(
        self,
        ports: SpiPorts,
        bus: SpiBus,
        board: BoardInfo,
        packets: Packets,
        counters: LineCounters,
        where: str,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._ports = ports
        self._line = line = ports.drdy
        self._bus = bus
        self._board = board
        self._packets = packets
        self._where = where
        self._clock = clock
        self._size = sample_bytes(board.channels)
        self._read_frame = frame_reader(ports.spi, self._size)
        packets.resume(board.channels, board.packet_samples)
        if line.wait_edge_events(0):  # of before the reset
            line.read_edge_events()
        bus.command(reg.START)
        bus.command(reg.RDATAC)
        self._good_ns = self._edge_ns = clock()
        self._tries = 0
        self._count = DrdyCount(board.rate_hz, self._good_ns, counters)

    def read(self, timeout_s: float) -> Block | None:
        """Give the next block, or None when none came in time."""
        blocks = self._packets.blocks
        until_ns = self._clock() + round(timeout_s * 1e9)
        while not blocks:
            left_ns = until_ns - self._clock()
            if left_ns <= 0:
                self._watch(silent=False)
                return None
            if self._line.wait_edge_events(left_ns / 1e9):
                self._sample()
            else:
                self._settle()
                self._watch(silent=True)
        return blocks.popleft()

    def stop(self) -> None:
        """Stop the conversions."""
        self._bus.command(reg.SDATAC)
        self._bus.command(reg.STOP)

    def close(self) -> None:
        """Give the devices back; what was read stays with the packets."""
        self._packets.cut()
        self._ports.close()

    def _sample(self) -> None:
        """Fetch the edges, and the frame of the newest."""
        count, line = self._count, self._line
        events = line.read_edge_events()
        self._edge_ns = events[-1].timestamp_ns
        self._tries += 1
        readable = count.edges(events)
        if count.samples:
            self._take()
        if not readable:
            return
        frame = self._read_frame()
        count.frame(frame, self._clock())
        if len(frame) != self._size:
            raise LineError(f"{self._where}: a frame of {len(frame)} bytes came, not {self._size}")
        if self._packets.room == 1 and not line.wait_edge_events(0):
            self._settle()

    def _settle(self) -> None:
        """No edge came in the transfer of the last frame, so it stands."""
        self._count.settle()
        self._take()

    def _take(self) -> None:
        count = self._count
        for sample in count.samples:
            self._packets.add(sample, count.period_ns)
            self._good_ns = sample.done_ns
            self._tries = 0
        count.samples.clear()

    def _watch(self, *, silent: bool) -> None:
        """Notice a chip that stopped, was reset, or cannot be read."""
        now_ns = self._clock()
        if now_ns - (self._edge_ns if silent else self._good_ns) < _SILENT_NS:
            return
        if silent or self._tries > _TRIES:
            raise LineError(self._complaint((now_ns - self._good_ns) / 1e9))

    def _complaint(self, seconds: float) -> str:
        edges, bad = self._count.edges_since_good, self._count.bad_since_good
        expected = round(seconds * self._board.rate_hz)
        if not 0.9 < edges / expected < 1.1:
            cause = "the chip was reset or lost its power, or DRDY is loose or on another line"
        elif bad > edges / 2:
            cause = "MISO or chip select is loose, or the SPI clock too fast for the wires"
        else:
            cause = "frames are not read within a sample: this PC is too busy for board.rate_hz"
        return (
            f"{self._where}: no good sample for {seconds:.1f} s: DRDY fell {edges} times (expected "
            f"{expected}), {bad} frames did not begin with the bits 1100. Usual cause: {cause}"
        )
