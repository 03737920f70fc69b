"""Registers of the ADS1299, typed from its data sheet (SBAS499C, p.44 on)."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

ID, CONFIG1, CONFIG2, CONFIG3, LOFF, CH1SET = 0x00, 0x01, 0x02, 0x03, 0x04, 0x05
BIAS_SENSP, BIAS_SENSN, LOFF_SENSP, LOFF_SENSN, LOFF_FLIP = 0x0D, 0x0E, 0x0F, 0x10, 0x11
LOFF_STATP, LOFF_STATN, GPIO, MISC1, MISC2, CONFIG4 = 0x12, 0x13, 0x14, 0x15, 0x16, 0x17
COUNT: Final = 0x18

NAMES: Final = (
    *("ID", "CONFIG1", "CONFIG2", "CONFIG3", "LOFF"),
    *(f"CH{n}SET" for n in range(1, 9)),
    *("BIAS_SENSP", "BIAS_SENSN", "LOFF_SENSP", "LOFF_SENSN", "LOFF_FLIP"),
    *("LOFF_STATP", "LOFF_STATN", "GPIO", "MISC1", "MISC2", "CONFIG4"),
)
RESETS: Final = bytes.fromhex("3e 96 c0 60 00 6161616161616161 0000 0000 00 0000 0f 00 00 00")
# One bit where a write counts; the others are read only or reserved and keep their reset.
WRITABLE: Final = bytes.fromhex("00 67 17 9e ef ffffffffffffffff ffff ffff ff 0000 ff 20 00 0a")
PER_CHANNEL: Final = (BIAS_SENSP, BIAS_SENSN, LOFF_SENSP, LOFF_SENSN, LOFF_FLIP)

F_CLK_HZ: Final = 2_048_000
GAINS: Final = (1, 2, 4, 6, 8, 12, 24)
RATES_HZ: Final = (16000, 8000, 4000, 2000, 1000, 500, 250)
NU_CH: Final = {4: 0b00, 6: 0b01, 8: 0b10}

NORMAL, SHORTED, BIAS_MEASURE, SUPPLY, TEMPERATURE, TEST, BIAS_DRP, BIAS_DRN = range(8)


class Registers:
    """The register file of one chip: what a write leaves, and what the fields mean.

    `power_up` is for a board whose firmware gives some registers other values than the chip's.
    """

    def __init__(self, channels: int = 8, power_up: Mapping[int, int] | None = None) -> None:
        if channels not in NU_CH:
            raise ValueError(f"an ADS1299 has 4, 6 or 8 channels, not {channels}")
        self.channels = channels
        self.stuck: dict[int, int] = {}
        present = (1 << channels) - 1
        resets, writable = bytearray(RESETS), bytearray(WRITABLE)
        resets[ID] = RESETS[ID] & 0xFC | NU_CH[channels]
        for channel in range(channels, 8):  # absent on the smaller chips: read 0 (p.44, note)
            resets[CH1SET + channel] = writable[CH1SET + channel] = 0
        for address in PER_CHANNEL:
            writable[address] &= present
        self._resets, self._writable = bytes(resets), bytes(writable)
        self._values = bytearray(resets)
        for address, value in (power_up or {}).items():
            self.write(address, value)
        self._resets = bytes(self._values)

    def reset(self) -> None:
        """Put every register back to its power-up value."""
        self._values[:] = self._resets

    def __getitem__(self, address: int) -> int:
        return self.stuck.get(address, self._values[address])

    def read(self, address: int, count: int) -> bytes:
        """Give `count` registers from `address` on; past the last one reads 0."""
        return bytes(self[a] if a < COUNT else 0 for a in range(address, address + count))

    def write(self, address: int, value: int) -> None:
        """Write the bits of a register that can be written; past the last one nothing happens."""
        if address < COUNT:
            mask = self._writable[address]
            self._values[address] = value & mask | self._resets[address] & ~mask

    def put(self, address: int, value: int) -> None:
        """Set what only the chip itself can set: status bits and pin levels."""
        self._values[address] = value

    @property
    def rate_hz(self) -> int:
        """Samples a second; the reserved code 111 runs like 110."""
        return RATES_HZ[min(self[CONFIG1] & 7, 6)]

    @property
    def period_tclk(self) -> int:
        """Clocks of the chip from one conversion to the next."""
        return F_CLK_HZ // self.rate_hz

    @property
    def settling_tclk(self) -> int:
        """Clocks from START to the first DRDY (p.37: 4105 at 2 kSPS, 8201 at 1 kSPS)."""
        return 4 * self.period_tclk + 9

    @property
    def channel_sets(self) -> list[int]:
        """CHnSET of the channels that this chip has."""
        return [self[CH1SET + c] for c in range(self.channels)]

    @property
    def gains(self) -> list[int]:
        """Gain of each channel; the forbidden code 111 runs like 110."""
        return [GAINS[min(value >> 4 & 7, 6)] for value in self.channel_sets]

    @property
    def powered(self) -> NDArray[np.bool_]:
        """Which channels are on."""
        return np.array([not value & 0x80 for value in self.channel_sets])

    @property
    def mux(self) -> list[int]:
        """Input of each channel."""
        return [value & 7 for value in self.channel_sets]
