"""What a chip's inputs are connected to, driven with and watched by, as values of a plan."""

from dataclasses import dataclass
from typing import TypeVar

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Electrodes:
    """Some of the channels' electrodes, P and N; a single value counts for all channels."""

    p: tuple[bool, ...] = (True,)
    n: tuple[bool, ...] = (True,)


@dataclass(frozen=True, slots=True)
class SquareWave:
    """The chip's own test signal; 0 Hz is a steady level."""

    amplitude_uv: int = 1875  # 1875 or 3750 at a reference of 4.5 V
    frequency_hz: float = 0.977  # 0.977, 1.953 or 0 at a clock of 2.048 MHz


@dataclass(frozen=True, slots=True)
class LeadOff:
    """The current that finds electrodes which came off.

    Only "dc" tells them in the status of each sample. The others are for measuring impedance, in
    or near the band of EMG: before a recording, never during one.
    """

    mode: str = "dc"  # or "7.8 Hz", "31.2 Hz", "rate/4"
    current_na: int = 6  # or 24, 6000, 24000
    threshold_pct: float = 95.0  # of the supply: 95, 92.5, 90, 87.5, 85, 80, 75 or 70
    electrodes: Electrodes = Electrodes()


def spread(values: tuple[Value, ...], channels: int) -> tuple[Value, ...]:
    """One value per channel, where a single one counts for all."""
    return values * channels if len(values) == 1 else values


def bits(chosen: tuple[bool, ...], active: tuple[bool, ...]) -> int:
    """A register with a bit per channel, bit 0 the first; channels that are off have none."""
    both = zip(spread(chosen, len(active)), active, strict=True)
    return sum((on and powered) << i for i, (on, powered) in enumerate(both))
