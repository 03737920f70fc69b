"""The board's GPIO inputs -> marks at the exact sample: four lines, or one code of 4 bits."""

import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from ads1299.block import Block
from ads1299.status import Bits, gpio_levels

from emgd.settings import Gpio

PINS = 4
UNEXPECTED = "unexpected code"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PinMark:
    """Something that the inputs said. `late` tells by how many samples it may be late.

    That is so only right after a gap, where the change happened while nobody saw it.
    """

    sample: int
    label: str
    value: int
    expected: bool = True
    late: int = 0


@dataclass(slots=True)
class _Level:
    """One sequence of values: a line's, or the code's. A value counts once it has lasted."""

    hold: int  # samples that a value must last
    accepted: int = -1  # the last value that counted; what is there at first counts at once
    value: int = -1  # the run under way: its value, its first sample, how many came of it
    start: int = 0
    length: int = 0
    late: int = 0  # how much earlier it may have begun, unseen
    brief: int = 0  # values that did not last

    @property
    def settled(self) -> bool:
        return self.value == self.accepted

    def run(self, value: int, start: int, length: int, unseen: int) -> bool:
        """Take a run of equal values; whether another value counts from now on."""
        if value != self.value:
            self.brief += not self.settled
            self.value, self.start, self.length, self.late = value, start, 0, unseen
        self.length += length
        if self.accepted < 0:
            self.accepted = value
        if self.settled or self.length < self.hold:
            return False
        self.accepted = value
        return True


class GpioMarks:
    """Watches the inputs from block to block.

    A mark lies at the sample at which its value was first seen, whenever it came to count. What
    the inputs show when the first sample comes is where they rest: no mark.
    """

    def __init__(self, settings: Gpio, rate_hz: int, chips: int) -> None:
        pulse = math.ceil(settings.min_pulse_ms * rate_hz / 1000 - 1e-9)
        self._lines = settings.mode == "lines"
        self._chips = chips
        self._names = names_of(settings)
        self._edges = settings.edges * PINS if len(settings.edges) == 1 else settings.edges
        self._codes = {int(code): name for code, name in settings.codes.items()}
        hold = max(1, pulse) if self._lines else max(settings.steady_samples, pulse)
        self._levels = [_Level(hold) for _ in range(PINS if self._lines else 1)]
        self._resting = -1  # all four inputs, while nothing is under way
        self._marks = 0
        self._unexpected = 0
        self._warned: set[int] = set()

    def words(self) -> dict[str, int]:
        """The counts for `health`; `brief` are changes that did not last long enough."""
        brief = sum(level.brief for level in self._levels)
        return {"marks": self._marks, "unexpected": self._unexpected, "brief": brief}

    def take(self, block: Block) -> list[PinMark]:
        """Give the marks that this block completes, in the order of their samples."""
        pins = gpio_levels(block.status, self._chips)
        if self._resting == pins[0] and (pins == pins[0]).all():
            return []
        marks = sorted(self._look(pins, block), key=lambda mark: mark.sample)
        settled = all(level.settled for level in self._levels)
        self._resting = int(pins[-1]) if settled else -1
        for mark in marks:
            self._count(mark)
        return marks

    def _count(self, mark: PinMark) -> None:
        """Count a mark; warn of each unexpected code once: inputs that float never rest."""
        self._marks += 1
        if not mark.expected:
            self._unexpected += 1
            if mark.value not in self._warned:
                self._warned.add(mark.value)
                _log.warning(
                    "GPIO: code %d at sample %d is none of gpio.codes; each mark and `health` tell "
                    "of further ones. A wrong cable, or a code that was forgotten?",
                    mark.value,
                    mark.sample,
                )
        if mark.late:
            _log.warning(
                "GPIO: %r at sample %d came in a gap: it may be up to %d samples late",
                mark.label,
                mark.sample,
                mark.late,
            )

    def _look(self, pins: Bits, block: Block) -> Iterator[PinMark]:
        for line, level in enumerate(self._levels):
            values = pins >> np.uint8(line) & np.uint8(1) if self._lines else pins
            for at, length in _runs(values):
                unseen = block.gap.missing if block.gap and at == 0 else 0
                if level.run(int(values[at]), block.first + at, length, unseen):
                    mark = self._edge(line, level) if self._lines else self._code(level)
                    if mark:
                        yield mark

    def _edge(self, line: int, level: _Level) -> PinMark | None:
        edge = "rising" if level.value else "falling"
        if not self._names[line] or self._edges[line] not in (edge, "both"):
            return None
        return PinMark(level.start, self._names[line], level.value, late=level.late)

    def _code(self, level: _Level) -> PinMark | None:
        code, late = level.value, level.late
        if code in self._codes:
            return PinMark(level.start, self._codes[code], code, late=late)
        if code == 0:
            return None
        if not self._codes:
            return PinMark(level.start, f"code {code}", code, late=late)
        return PinMark(level.start, f"{UNEXPECTED} {code}", code, expected=False, late=late)


def names_of(settings: Gpio) -> tuple[str, ...]:
    """A name for each line; those that were not named have their pin's."""
    return settings.names + tuple(f"gpio{pin + 1}" for pin in range(len(settings.names), PINS))


def _runs(values: Bits) -> Iterator[tuple[int, int]]:
    """Where each run of equal values begins, and how long it is."""
    edges = [0, *(np.flatnonzero(np.diff(values)) + 1).tolist(), len(values)]
    return ((at, edges[i + 1] - at) for i, at in enumerate(edges[:-1]))
