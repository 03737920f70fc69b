"""What channels are called when people are told of them."""

from collections.abc import Iterable

from emgd.face.muscles import default_muscle, default_name
from emgd.settings import Channel


class Names:
    """Names and muscles of the channels, as the settings or the method's paper have them."""

    def __init__(self, channels: tuple[Channel, ...]) -> None:
        self._channels = channels

    def short(self, channel: int) -> str:
        """The channel's name."""
        if channel < len(self._channels) and self._channels[channel].name:
            return self._channels[channel].name
        return default_name(channel)

    def muscle(self, channel: int) -> str:
        """The channel's muscle; empty where it is free."""
        if channel < len(self._channels):
            return self._channels[channel].muscle
        return default_muscle(channel)

    def full(self, channel: int) -> str:
        """Name and muscle."""
        muscle = self.muscle(channel)
        return f"{self.short(channel)} ({muscle})" if muscle else self.short(channel)

    def listed(self, channels: Iterable[int]) -> str:
        """Several channels in a row."""
        return ", ".join(self.short(channel) for channel in channels)

    def listed_full(self, channels: Iterable[int]) -> str:
        """Several channels in a row, with their muscles."""
        return ", ".join(self.full(channel) for channel in channels)
