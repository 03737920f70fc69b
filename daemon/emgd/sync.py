"""Packets -> the numbers on the digital tube, and the ticks that tell when each was lit."""

from collections import deque
from collections.abc import Callable
from dataclasses import asdict
from functools import partial

from mcubridge.tube import Shown, Tube

from emgd.messages import Header
from emgd.shared import Shared

PACKETS_PER_TICK = 2
NUMBERS = 1 << 32  # as many as the link to a board carries
TICK_FIELDS = ("number", "packets", "sample", "t_ns", "lit_ns", "written_ns")


class Ticks:
    """Counts the packets that came; every second one changes the number."""

    def __init__(self, tube: Tube, shared: Shared, send: Callable[[Header], object]) -> None:
        self.packets = 0
        self._ahead = 0  # of the count, since somebody set the number
        self._tube = tube
        self._shared = shared
        self._send = send
        self._unlit: deque[Header] = deque()

    def packet(self, sample: int) -> None:
        """Count a packet that ends with this sample; shows the next number when it is time."""
        self.packets += 1
        count, between = divmod(self.packets, PACKETS_PER_TICK)
        if between:
            return
        number = (count + self._ahead) % NUMBERS
        tick = {
            "number": number,
            "packets": self.packets,
            "sample": sample,
            "t_ns": self._shared.now_ns(),
            "lit_ns": None,
            "written_ns": None,
        }
        self._unlit.append(tick)
        self._tube.show(number, partial(self._shown, tick))

    def set(self, number: int) -> None:
        """The next tick has this number, and the count goes on from it.

        So no number is ever shown that no tick tells of. Without samples there will be no tick for
        a while: then it is shown at once, too.
        """
        self._ahead = number - (self.packets // PACKETS_PER_TICK + 1)
        if self._shared.state != "streaming":
            self._tube.show(number, _forget)

    def repeat(self, tick: Header) -> None:
        """Send a tick of a recording, as it was then."""
        self._send(tick)
        self._tube.show(tick["number"], _forget)

    def serve(self) -> None:
        """Let the tube tell what it knows by now."""
        self._tube.serve()

    def words(self) -> Header | None:
        """What `health` says of the tube."""
        status = self._tube.status()
        return None if status is None else asdict(status)

    def close(self) -> None:
        """Let the tube go; the last ticks go out with what is known of them."""
        self._tube.close()
        self._tube.serve()
        while self._unlit:
            self._send(self._unlit.popleft())

    def _shown(self, tick: Header, shown: Shown) -> None:
        """A tick goes out once it is known when it was lit; those before it never will be."""
        for key, host_ns in (("lit_ns", shown.lit_ns), ("written_ns", shown.written_ns)):
            if host_ns is not None:
                tick[key] = host_ns + self._shared.utc_offset_ns
        while tick in self._unlit:
            self._send(self._unlit.popleft())


def _forget(_: Shown) -> None:
    """No tick waits for this number."""
