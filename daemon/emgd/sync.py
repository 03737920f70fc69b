"""Packets -> the numbers on the digital tube."""

PACKETS_PER_TICK = 2


class PacketTicks:
    """Counts the packets that came; every second one is a number for the tube."""

    def __init__(self) -> None:
        self.packets = 0

    def packet(self) -> int | None:
        """Count a packet; gives the number to show when it is time to change it."""
        self.packets += 1
        number, between = divmod(self.packets, PACKETS_PER_TICK)
        return None if between else number
