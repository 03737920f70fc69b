"""A simulated chip on SPI whose counts are the ramp, and a source on its clock."""

from collections.abc import Container
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from ads1299.block import Block
from ads1299.plan import BoardPlan
from ads1299.source import LineError
from ads1299.spi import SpiSource
from ads1299.spi_device import SpiPorts
from boardsim.chip import Chip
from boardsim.converter import Converter
from boardsim.registers import Registers
from boardsim.spidev_fake import FakeDrdyLine, FakeSpi
from numpy.typing import NDArray
from support.ramp_blocks import ramp_counts

KEPT = 1024  # events, as the driver asks the kernel to


class RampConverter(Converter):
    """Counts the conversions of each run: cheap enough for minutes, and each tells its place."""

    def __init__(self, channels: int = 8) -> None:
        self._next = 0
        self.broken: Container[int] = ()  # conversions whose status is not what it should be
        super().__init__(Registers(channels))

    def begin(self, moments: Any, now_s: float) -> None:
        self._next = 0

    def convert(self, moments: Any) -> NDArray[np.int32]:
        self._next += 1
        return ramp_counts(self._next - 1, 1, self.registers.channels).astype(np.int32)

    def frames(self, counts: Any) -> NDArray[np.uint8]:
        words = counts.astype(">i4").view(np.uint8).reshape(-1, 4)[:, 1:]
        status = [0x50 if self._next - 1 in self.broken else 0xC0, 0, 0]
        return np.concatenate((status, words.reshape(-1))).astype(np.uint8)[None]


class Still:
    """Electrodes on nothing, without the work."""

    def __init__(self) -> None:
        self._zeros = np.zeros((8, 24), np.float32)

    def begin(self, step_s: float) -> None:
        pass

    def read(self, n: int) -> NDArray[np.float32]:
        return self._zeros[:, :n]


def ramp_chip(channels: int = 8, **settings: Any) -> Chip:
    return Chip(RampConverter(channels), Still(), **settings)


@dataclass
class OnSpi:
    """Opens the simulated chip as often as it is asked to."""

    chip: Chip
    speed_hz: int = 4_000_000
    spi: dict[str, Any] = field(default_factory=dict)
    line: dict[str, Any] = field(default_factory=dict)
    name: str = "/dev/spidev0.0"
    opened_ns: list[int] = field(default_factory=list)  # when that was tried
    unplugged: bool = False

    def open(self) -> SpiPorts:
        self.opened_ns.append(self.chip.now_ns)
        if self.unplugged:
            raise LineError(f"{self.name}: nothing there")
        line = FakeDrdyLine(self.chip, **{"event_buffer_size": KEPT, **self.line})
        return SpiPorts(FakeSpi(self.chip, **self.spi), line)

    def source(self, **plan: Any) -> SpiSource:
        return SpiSource(self, BoardPlan(**plan), self.chip.monotonic_ns, self.chip.sleep)


def run(source: SpiSource, chip: Chip, seconds: float) -> list[Block]:
    """The blocks of so much simulated time."""
    until_ns = chip.now_ns + round(seconds * 1e9)
    blocks = []
    while chip.now_ns < until_ns:
        block = source.read(0.05)
        if block is not None:
            blocks.append(block)
    return blocks


def assert_true(blocks: list[Block], chip: Chip) -> int:
    """Every block is what the chip converted at that time; gives how many samples are missing.

    A sample's place counts from the first conversion of the chip's first run: between runs, what
    would have been converted meanwhile.
    """
    at = {conversion.t_ns: n for n, conversion in enumerate(chip.conversions)}
    end = missing = 0
    for block in blocks:
        if block.gap is not None:
            assert block.gap.first == end
            assert block.gap.missing > 0
            end += block.gap.missing
            missing += block.gap.missing
        assert block.first == end
        end = block.end
        begin = at[block.taken_ns]
        truth = chip.conversions[begin : begin + block.samples]
        np.testing.assert_array_equal(block.counts, [c.counts for c in truth])
        assert block.status == b"".join(c.frame[:3] for c in truth)
        assert all(c.read for c in truth)
        assert truth[-1].t_ns < block.arrival_ns < truth[-1].t_ns + chip.tclk(1 << 18)
        if truth[0].run == 1:
            assert begin == block.first
    return missing
