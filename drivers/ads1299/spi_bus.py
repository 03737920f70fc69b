"""The register port of a chip on SPI, and the way to its frames. Data sheet p.12 and 38 to 43."""

import os
import time
from collections.abc import Callable

from ads1299.spi_device import SpiDevice

_MODE = 1  # CPOL 0, CPHA 1
_RREG, _WREG = 0x20, 0x40

# The bytes of RREG and WREG must be 4 tCLK apart (1.95 us, 2.00 us with the slowest clock). At
# this speed each byte takes that long by itself; frames, which need no pause, go at full speed.
_REGISTERS_HZ = 2_000_000
_HOLD_US = 3  # CS stays low for 4 tCLK after the last clock, or the command is lost
_SETTLE_S = 20e-6  # 18 tCLK after RESET; after SDATAC, RDATAC and WAKEUP 4 tCLK


class SpiBus:
    """A RegisterBus over an opened spidev."""

    def __init__(
        self, spi: SpiDevice, speed_hz: int, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._spi = spi
        self._sleep = sleep
        self._hz = min(_REGISTERS_HZ, speed_hz)
        spi.mode = _MODE
        spi.max_speed_hz = speed_hz

    def command(self, opcode: int) -> None:
        """Send a one-byte command, and wait until the chip has obeyed."""
        self._transfer(bytes((opcode,)))

    def read(self, address: int, count: int) -> bytes:
        """Read `count` registers from `address` on."""
        return self._transfer(bytes((_RREG | address, count - 1)) + bytes(count))[2:]

    def write(self, address: int, values: bytes) -> None:
        """Write registers from `address` on."""
        self._transfer(bytes((_WREG | address, len(values) - 1)) + values)

    def _transfer(self, data: bytes) -> bytes:
        got = self._spi.xfer2(data, self._hz, _HOLD_US)
        self._sleep(_SETTLE_S)
        return bytes(got)


def frame_reader(spi: SpiDevice, size: int) -> Callable[[], bytes]:
    """Clocks one frame out in RDATAC, by the cheapest way that the device has.

    A read of the file makes no lists, and lets Python's lock go once where xfer2 does six times:
    each time another thread may take it, and this one waits while the next conversion comes.
    """
    fileno = getattr(spi, "fileno", None)
    if fileno is not None:
        fd: int = fileno()
        return lambda: os.read(fd, size)
    zeros = bytes(size)  # not a list: xfer2 would write the frame into it, and send that next
    return lambda: bytes(spi.xfer2(zeros))
