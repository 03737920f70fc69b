"""What a board is asked to do, whatever number of channels it turns out to have."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ads1299.chip import ChipPlan
from ads1299.inputs import Electrodes, LeadOff, SquareWave, spread
from ads1299.registers import CHANNELS_PER_CHIP
from ads1299.source import ChipError


@dataclass(frozen=True, slots=True)
class BoardPlan:
    """The settings of a board; where a value is per channel, a single one counts for all."""

    rate_hz: int = 1000
    gains: tuple[int, ...] = (24,)
    inactive: frozenset[int] = frozenset()  # channels that are switched off
    packet_samples: int = 20
    configure: bool = True  # false takes the board's registers as they are
    inputs: tuple[str, ...] = ("normal",)  # or "shorted", "test", "temperature", "supply"
    test: SquareWave = field(default_factory=SquareWave)
    bias: Electrodes | None = None  # those whose mean is driven back into the body
    srb1: bool = False  # one reference for all N inputs
    srb2: tuple[bool, ...] = (False,)
    lead_off: LeadOff | None = None

    def chips(self, channels: int, where: str) -> list[ChipPlan]:
        """One plan per chip."""
        for key, values in self._per_channel():
            if len(values) not in (1, channels):
                raise ChipError(
                    f"{where}: {key} has {len(values)} values, but the board has {channels} "
                    "channels: give one for all, or one per channel."
                )
        active = tuple(channel not in self.inactive for channel in range(channels))
        return [
            self._chip(channels, active, slice(at, at + CHANNELS_PER_CHIP))
            for at in range(0, channels, CHANNELS_PER_CHIP)
        ]

    def _per_channel(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        yield "board.gain", self.gains
        yield "board.input", self.inputs
        yield "board.srb2", self.srb2
        if self.bias:
            yield "board.bias.p", self.bias.p
            yield "board.bias.n", self.bias.n
        if self.lead_off:
            yield "board.lead_off.p", self.lead_off.electrodes.p
            yield "board.lead_off.n", self.lead_off.electrodes.n

    def _chip(self, channels: int, active: tuple[bool, ...], own: slice) -> ChipPlan:
        def part(chosen: Electrodes) -> Electrodes:
            return Electrodes(spread(chosen.p, channels)[own], spread(chosen.n, channels)[own])

        lead_off = self.lead_off
        return ChipPlan(
            rate_hz=self.rate_hz,
            gains=spread(self.gains, channels)[own],
            active=active[own],
            inputs=spread(self.inputs, channels)[own],
            test=self.test,
            bias=part(self.bias) if self.bias else None,
            srb1=self.srb1,
            srb2=spread(self.srb2, channels)[own],
            lead_off=replace(lead_off, electrodes=part(lead_off.electrodes)) if lead_off else None,
        )
