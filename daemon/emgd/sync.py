"""Packets -> the numbers on the digital tube, and the ticks that tell when each was lit."""

from collections import deque
from collections.abc import Callable
from functools import partial

from mcubridge.tube import Tube

from emgd.messages import Header
from emgd.shared import Shared

PACKETS_PER_TICK = 2


class Ticks:
    """Counts the packets that came; every second one changes the number."""

    def __init__(self, tube: Tube, shared: Shared, send: Callable[[Header], object]) -> None:
        self.packets = 0
        self._tube = tube
        self._shared = shared
        self._send = send
        self._unlit: deque[Header] = deque()

    def packet(self, sample: int) -> None:
        """Count a packet that ends with this sample; shows the next number when it is time."""
        self.packets += 1
        number, between = divmod(self.packets, PACKETS_PER_TICK)
        if between:
            return
        tick = {
            "number": number,
            "packets": self.packets,
            "sample": sample,
            "t_ns": self._shared.now_ns(),
            "lit_ns": None,
        }
        self._unlit.append(tick)
        self._tube.show(number, partial(self._lit, tick))

    def show(self, number: int) -> None:
        """Show a number that somebody asked for; the next tick takes its place."""
        self._tube.show(number, lambda _: None)

    def _lit(self, tick: Header, lit_ns: int | None) -> None:
        """A tick goes out once it is known when it was lit; those before it never will be."""
        if lit_ns is not None:
            tick["lit_ns"] = lit_ns + self._shared.utc_offset_ns
        while tick in self._unlit:
            self._send(self._unlit.popleft())
