"""What a board is asked to do, whatever number of channels it turns out to have."""

from dataclasses import dataclass

from ads1299.chip import ChipPlan
from ads1299.registers import CHANNELS_PER_CHIP
from ads1299.source import ChipError


@dataclass(frozen=True, slots=True)
class BoardPlan:
    """The settings of a board; a single gain counts for all channels."""

    rate_hz: int = 1000
    gains: tuple[int, ...] = (24,)
    inactive: frozenset[int] = frozenset()  # channels that are switched off
    packet_samples: int = 20
    configure: bool = True  # false takes the board's registers as they are

    def chips(self, channels: int, where: str) -> list[ChipPlan]:
        """One plan per chip."""
        gains = self.gains * channels if len(self.gains) == 1 else self.gains
        if len(gains) != channels:
            raise ChipError(
                f"{where}: board.gain has {len(gains)} values, but the board has {channels} "
                "channels: give one gain for all, or one per channel."
            )
        active = tuple(channel not in self.inactive for channel in range(channels))
        return [
            ChipPlan(self.rate_hz, gains[at : at + 8], active[at : at + 8])
            for at in range(0, channels, CHANNELS_PER_CHIP)
        ]
