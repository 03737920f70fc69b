"""A chip on SPI for the contract suite: what is asked of a board, asked of a chip.

Simulated time is held back to the PC's: it may fall behind where the PC is busy, so that nothing
is ever lost by that, and it never runs ahead.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from ads1299.ahead import ReadAhead
from ads1299.plan import BoardPlan
from ads1299.source import Source
from ads1299.spi import SpiSource
from ads1299.spi_device import SpiPorts
from boardsim.chip import Chip
from boardsim.registers import NAMES
from boardsim.spidev_fake import EdgeEvent, FakeDrdyLine, FakeSpi
from support.spi_chip import KEPT, ramp_chip

PACKET = 20
OPCODES = {0x08: "START", 0x0A: "STOP", 0x06: "RESET"}


class Pace:
    """The chip's clock as the PC's."""

    def __init__(self, chip: Chip) -> None:
        self._chip = chip
        self.origin_ns = time.monotonic_ns()

    def monotonic_ns(self) -> int:
        return self.origin_ns + self._chip.now_ns

    def sleep(self, seconds: float) -> None:
        self._chip.sleep(seconds)
        self.hold_back()

    def hold_back(self) -> None:
        ahead_ns = self.monotonic_ns() - time.monotonic_ns()
        if ahead_ns > 0:
            time.sleep(ahead_ns / 1e9)


class Spi(FakeSpi):
    """Notes the commands; a deaf chip's MISO is never driven."""

    def __init__(self, chip: Chip, pace: Pace, asked: list[str], deaf: bool) -> None:
        super().__init__(chip)
        self._pace, self._asked, self._deaf = pace, asked, deaf

    def xfer2(self, values: Sequence[int], *rest: int) -> list[int]:
        got = super().xfer2([0] * len(values) if self._deaf else values, *rest)
        if len(values) == 1 and values[0] in OPCODES:
            self._asked.append(OPCODES[values[0]])
        self._pace.hold_back()
        return [0] * len(got) if self._deaf else got


class Line(FakeDrdyLine):
    """Stops the chip after so many samples."""

    def __init__(self, chip: Chip, pace: Pace, samples: int | None) -> None:
        super().__init__(chip, event_buffer_size=KEPT)
        self._pace, self._samples = pace, samples

    def wait_edge_events(self, timeout: float | None = None) -> bool:
        if self._samples is not None and len(self._chip.conversions) >= self._samples:
            self._chip.stop()
        came = super().wait_edge_events(timeout)
        self._pace.hold_back()
        return came

    def read_edge_events(self, max_events: int | None = None) -> list[EdgeEvent]:
        began_ns = self._pace.origin_ns
        return [
            replace(event, timestamp_ns=event.timestamp_ns + began_ns)
            for event in super().read_edge_events(max_events)
        ]


@dataclass
class SpiRig:
    """A source, and the chip behind it; the chip's ramp starts at 0 with each START."""

    source: Source
    chip: Chip
    commands: list[str]

    def asked(self, request: str) -> list[str]:
        return [command for command in self.commands if command == request]

    def told(self, kind: str) -> list[str]:
        """`end`: that the conversions ended."""
        return [kind] if kind == "end" and not self.chip.converting else []


class OnPace:
    """Opens the chip."""

    name = "/dev/spidev0.0"
    speed_hz = 4_000_000

    def __init__(self, chip: Chip, samples: int | None, deaf: bool) -> None:
        self.commands: list[str] = []
        self.pace = Pace(chip)
        self._chip, self._samples, self._deaf = chip, samples, deaf

    def open(self) -> SpiPorts:
        spi = Spi(self._chip, self.pace, self.commands, self._deaf)
        return SpiPorts(spi, Line(self._chip, self.pace, self._samples))


def _options(words: Sequence[str]) -> dict[str, str]:
    return {name.lstrip("-"): value for name, value in zip(words[::2], words[1::2], strict=True)}


def _broken(every: int, lost: int) -> range | list[int]:
    """Samples whose status does not arrive as sent: those of the packets that a link would drop."""
    packets = [p for p in range(every - 1, 1000) if (p - every + 1) % every < lost]
    return [PACKET * p + i for p in packets for i in range(PACKET)]


def _chip(options: dict[str, str], faults: dict[str, str]) -> Chip:
    chip = ramp_chip(int(options.get("channels", 8)))
    if "drop" in faults:
        every, _, lost = faults["drop"].partition(":")
        chip.converter.broken = frozenset(_broken(int(every), int(lost)))
    if "wrong-id" in faults:
        chip.registers.stuck[0] = int(faults["wrong-id"], 16)
    if "stuck" in faults:
        name, _, value = faults["stuck"].partition(":")
        chip.registers.stuck[NAMES.index(name)] = int(value, 16)
    return chip


@contextmanager
def _rig(wanted: Any, make: Callable[[SpiSource], Source]) -> Iterator[SpiRig]:
    options = _options(wanted.options)
    faults = dict(fault.partition("=")[::2] for fault in wanted.faults)
    chip = _chip(options, faults)
    samples = int(options["samples"]) if "samples" in options else None
    opener = OnPace(chip, samples, "deaf" in faults)
    plan: BoardPlan = wanted.plan
    source = make(SpiSource(opener, plan, opener.pace.monotonic_ns, opener.pace.sleep))
    try:
        yield SpiRig(source, chip, opener.commands)
    finally:
        source.close()


@contextmanager
def spi(wanted: Any) -> Iterator[SpiRig]:
    """A chip on the PC's SPI."""
    with _rig(wanted, lambda source: source) as rig:
        yield rig


@contextmanager
def spi_in_a_thread(wanted: Any) -> Iterator[SpiRig]:
    """As the daemon reads it."""
    with _rig(wanted, ReadAhead) as rig:
        yield rig
