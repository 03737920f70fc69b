"""A MAX7219 with its digits: what a camera in front of them sees. Data sheet 19-4452.

chip = Max7219()
spi = FakeDisplaySpi(chip)
run_driver(spi)
assert chip.lit == "0042"
"""

import errno
from collections.abc import Sequence

FASTEST_HZ = 10_000_000  # p.3: a clock period of at least 100 ns
NO_OP, DECODE, INTENSITY, SCAN_LIMIT, SHUTDOWN, TEST = 0x00, 0x09, 0x0A, 0x0B, 0x0C, 0x0F
DIGITS = range(0x01, 0x09)

CODE_B = "0123456789-EHLP "  # p.8, table 5
# p.8, table 6: D7 is the point, then A to G. Sent undecoded, these look like a character.
SEGMENTS = dict(
    zip(
        (0x00, 0x01, 0x7E, 0x30, 0x6D, 0x79, 0x33, 0x5B, 0x5F, 0x70, 0x7F, 0x7B),
        " -0123456789",
        strict=True,
    )
)


class Max7219:
    """Registers behind a 16-bit shift register (p.5 and 7)."""

    def __init__(self) -> None:
        self.words: list[int] = []  # all that was latched
        self.violations: list[str] = []
        self.power_up()

    def power_up(self) -> None:
        """Dark, one digit, no decoding, weakest light (p.7); digit registers hold anything."""
        self.registers = dict.fromkeys((DECODE, INTENSITY, SCAN_LIMIT, SHUTDOWN, TEST), 0)
        self.registers |= dict.fromkeys(DIGITS, 0xA5)

    def latch(self, bits: int, count: int) -> None:
        """LOAD rises after so many clocks: the last 16 bits count (p.5)."""
        if count < 16:
            self.violations.append(f"LOAD rose after {count} clocks: a word has 16")
            return
        word = bits & 0xFFFF
        self.words.append(word)
        address = word >> 8 & 0x0F  # D15 to D12 do not matter
        if address in self.registers:
            self.registers[address] = word & 0xFF

    @property
    def lit(self) -> str:
        """The digits from left to right, digit 0 being the rightmost; ? for no known figure."""
        if self.registers[TEST] & 1:
            return "8" * 8  # all segments of all digits, whatever the other registers say (p.9)
        if not self.registers[SHUTDOWN] & 1:
            return ""
        scanned = (self.registers[SCAN_LIMIT] & 7) + 1
        return "".join(self._figure(place) for place in reversed(range(scanned)))

    @property
    def brightness(self) -> int:
        """From 0 to 15 (p.9, table 7)."""
        return self.registers[INTENSITY] & 0x0F

    def _figure(self, place: int) -> str:
        data = self.registers[1 + place]
        if self.registers[DECODE] >> place & 1:
            return CODE_B[data & 0x0F]
        return SEGMENTS.get(data & 0x7F, "?")


class FakeDisplaySpi:
    """The part of `spidev.SpiDev` that a driver of such a chip needs; CS is its LOAD."""

    def __init__(self, chip: Max7219) -> None:
        self.mode = 1  # whatever another program left
        self.max_speed_hz = 125_000_000
        self._chip = chip
        self._open = False

    def open(self, bus: int, device: int) -> None:
        """Open /dev/spidevBUS.DEVICE."""
        self.open_path(f"/dev/spidev{bus}.{device}")

    def open_path(self, path: str) -> None:
        """Open a device."""
        self._open = True

    def xfer2(self, values: Sequence[int], speed_hz: int = 0, /) -> list[int]:
        """Clock bytes out under one CS, whose rising edge is LOAD's."""
        if not self._open:
            raise OSError(errno.EBADF, "the SPI device is closed")
        bits = int.from_bytes(bytes(values))
        if self.mode != 0:
            self._chip.violations.append(f"mode {self.mode}: the chip has mode 0")
            bits >>= 1  # sampled on the wrong edge, all bits are one late
        if (speed_hz or self.max_speed_hz) > FASTEST_HZ:
            self._chip.violations.append(f"{speed_hz or self.max_speed_hz} Hz: 10 MHz is the most")
            bits = 0
        self._chip.latch(bits, 8 * len(values))
        return [0] * len(values)  # DOUT is for the next chip of a chain, not for the PC

    def writebytes(self, values: Sequence[int]) -> None:
        """Clock bytes out."""
        self.xfer2(values)

    writebytes2 = writebytes

    def close(self) -> None:
        """Give the device back; safe to call twice."""
        self._open = False
