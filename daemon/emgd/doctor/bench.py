"""A board on the bench: what the doctor needs to measure it and to leave it as it was found."""

import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from ads1299 import registers as reg
from ads1299.chip import configure
from ads1299.frame import chips_of
from ads1299.plan import BoardPlan
from ads1299.source import RegisterBus, Source, SourceError
from mcubridge.line import LineDown
from mcubridge.link import RequestFailed

# In the order of the data sheet, p.70; some boards put lead-off back when others are written.
_RUNS = (
    (reg.CONFIG3, 1),
    (reg.CONFIG1, 2),
    (reg.CH1SET, reg.LOFF_FLIP + 1 - reg.CH1SET),
    (reg.GPIO, reg.COUNT - reg.GPIO),
    (reg.LOFF, 1),
)


class TooLong(Exception):
    """The board did not get ready in time."""


TROUBLE = (LineDown, RequestFailed, SourceError, TooLong)


class Deadline:
    """An `Idle` that ends the wait."""

    def __init__(self, seconds: float, sentence: str) -> None:
        self._until_s = time.monotonic() + seconds
        self._sentence = sentence

    def __call__(self) -> None:
        """Called while something waits."""
        if time.monotonic() > self._until_s:
            raise TooLong(self._sentence)


@dataclass(frozen=True, slots=True)
class Identity:
    """What a board says of itself."""

    board: str
    firmware: str
    channels: int
    packet_samples: int

    @property
    def chips(self) -> int:
        """How many chips it has."""
        return chips_of(self.channels)


class Bench(Protocol):
    """A board behind a link, or a chip on SPI; all of it may raise one of TROUBLE."""

    name: str

    def meet(self) -> tuple[Identity, list[bytes]]:
        """Find the board, stop it, ask who it is, and read all registers of each chip."""

    def buses(self, chips: int) -> AbstractContextManager[list[RegisterBus]]:
        """The register ports of the chips, for as long as the block lasts; they stand still."""

    def set_packet(self, samples: int) -> None:
        """Put the board's packet size back, where it has one."""

    def source(self, plan: BoardPlan) -> Source:
        """A source that measures with this plan."""

    def close(self) -> None:
        """Give the board back."""


def write_plan(bench: Bench, plan: BoardPlan, channels: int) -> None:
    """Write a plan and read it back; ChipError where it does not stay."""
    plans = plan.chips(channels, bench.name)
    with bench.buses(len(plans)) as buses:
        for bus, chip_plan in zip(buses, plans, strict=True):
            configure(bus, chip_plan, bench.name)


def restore(bench: Bench, identity: Identity, found: list[bytes]) -> list[str]:
    """Put all registers back and read them; gives those that are not as they were found."""
    bench.set_packet(identity.packet_samples)
    wrong = []
    with bench.buses(len(found)) as buses:
        for chip, (bus, before) in enumerate(zip(buses, found, strict=True)):
            for address, count in _RUNS:
                bus.write(address, before[address : address + count])
            after = bus.read(reg.ID, reg.COUNT)
            wrong += _differing(before, after, chip * reg.CHIP_STRIDE)
    return wrong


def _differing(before: bytes, after: bytes, base: int) -> list[str]:
    return [
        f"{reg.name_of(base + a)} is 0x{after[a]:02X}, was 0x{before[a]:02X}"
        for a in range(reg.COUNT)
        if a not in reg.READABLE_ONLY and (before[a] ^ after[a]) & _kept_bits(a, before[a])
    ]


def _kept_bits(address: int, value: int) -> int:
    """The bits that stay as written: the others are the chip's or the pins' to say."""
    if address == reg.CONFIG3:
        return 0xFE
    if address == reg.GPIO:
        return 0x0F | (~value & 0x0F) << 4  # the level of a pin that is an output
    return 0xFF
