"""A board on the bench: one line to it for all measurements, and its registers as it had them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from ads1299 import registers as reg
from ads1299.bringup import LinkedBus
from ads1299.chip import check_id, configure
from ads1299.frame import chips_of
from ads1299.linked import LinkedSource
from ads1299.plan import BoardPlan
from ads1299.source import RegisterBus, Source, SourceError
from mcubridge.line import Line, LineDown, Opener
from mcubridge.link import Link, RequestFailed
from mcubridge.messages import Request

MEET_S = 15.0  # a board that dials in may take that long
_WORK_S = 30.0  # for reading and writing registers, however often the line has to be asked
_SLICE_S = 0.05

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


class HeldOpener:
    """Keeps a line open between measurements: a board takes one, and may be slow to dial in."""

    def __init__(self, opener: Opener) -> None:
        self.name = opener.name
        self._opener = opener
        self._line: _HeldLine | None = None

    def open(self, timeout_s: float) -> Line | None:
        """Give the line that is there, or open one."""
        if self._line is None or self._line.down:
            opened = self._opener.open(timeout_s)
            self._line = _HeldLine(opened) if opened else None
        return self._line

    def close(self) -> None:
        """Keep the line: this is the end of one measurement."""

    def really_close(self) -> None:
        """Give the line back."""
        if self._line is not None:
            self._line.really_close()
        self._opener.close()


class _HeldLine:
    """A line that only its own end closes."""

    def __init__(self, line: Line) -> None:
        self.name = line.name
        self.down = False
        self._line = line

    def read(self, timeout_s: float) -> bytes:
        """Give what has come."""
        try:
            return self._line.read(timeout_s)
        except LineDown:
            self.down = True
            self._line.close()
            raise

    def write(self, data: bytes) -> bool:
        """Send."""
        return self._line.write(data)

    def close(self) -> None:
        """Stay open."""

    def really_close(self) -> None:
        """Close."""
        self._line.close()


class Bench:
    """A board behind a link, with what is needed to examine it and to leave it as it was."""

    def __init__(self, opener: Opener, silence_s: float) -> None:
        self.name = opener.name
        self._opener = HeldOpener(opener)
        self._silence_s = silence_s

    def meet(self) -> tuple[Identity, list[bytes]]:
        """Find the board, ask who it is, read all registers of each chip; raises one of TROUBLE."""
        with self._quiet(MEET_S) as link:
            hello = link.identify()
            check_id(hello.chip_id, link.name)
            chips = range(chips_of(hello.channels))
            found = [LinkedBus(link, chip).read(reg.ID, reg.COUNT) for chip in chips]
            for registers in found:
                check_id(registers[reg.ID], link.name)
        return (
            Identity(hello.board, hello.firmware, hello.channels, hello.packet_samples),
            found,
        )

    @contextmanager
    def buses(self, chips: int) -> Iterator[list[RegisterBus]]:
        """The register ports of the chips, for as long as the block lasts."""
        with self._quiet(_WORK_S) as link:
            yield [LinkedBus(link, chip) for chip in range(chips)]

    def configure(self, plan: BoardPlan, channels: int) -> None:
        """Write a plan and read it back; ChipError where it does not stay."""
        with self.buses(chips_of(channels)) as buses:
            plans = plan.chips(channels, self.name)
            for bus, chip_plan in zip(buses, plans, strict=True):
                configure(bus, chip_plan, self.name)

    def source(self, plan: BoardPlan) -> Source:
        """A source that measures with this plan; closing it leaves the line open."""
        return LinkedSource(self._opener, plan, self._silence_s)

    def restore(self, found: list[bytes], packet_samples: int) -> list[str]:
        """Put all registers back and read them; gives those that are not as they were found."""
        with self._quiet(_WORK_S) as link:
            link.ask(Request.PACKET, bytes((packet_samples,)))
            wrong = []
            for chip, before in enumerate(found):
                bus = LinkedBus(link, chip)
                for address, count in _RUNS:
                    bus.write(address, before[address : address + count])
                after = bus.read(reg.ID, reg.COUNT)
                wrong += _differing(before, after, chip * reg.CHIP_STRIDE)
            return wrong

    def close(self) -> None:
        """Give the line back."""
        self._opener.really_close()

    @contextmanager
    def _linked(self, patience_s: float) -> Iterator[Link]:
        deadline = Deadline(patience_s, f"{self.name}: no board within {patience_s:g} s")
        while (line := self._opener.open(_SLICE_S)) is None:
            deadline()
        link = Link(line, deadline)
        try:
            yield link
        finally:
            link.close()

    @contextmanager
    def _quiet(self, patience_s: float) -> Iterator[Link]:
        """A board may still be streaming for a host that is gone, and refuses registers then."""
        with self._linked(patience_s) as link:
            with suppress(RequestFailed):
                link.ask(Request.STOP)
            yield link


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
