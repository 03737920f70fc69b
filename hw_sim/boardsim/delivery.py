"""The way of frames from the firmware to the socket, with all that goes wrong on it."""

import random
from collections import deque
from collections.abc import Iterator

from boardsim.faults import Faults
from boardsim.framing import frame, unframe
from boardsim.messages import INFO, pack_note
from boardsim.stream import Packet

UNKNOWN_TYPE = 0x3F


class Mangler:
    """Spoils packets by count: what is sent for a packet, and why it is lost if it is."""

    def __init__(self, faults: Faults, seed: int) -> None:
        self._faults = faults
        self._random = random.Random(seed)
        self._dropping = 0

    def mangle(self, packet: Packet) -> tuple[bytes, str | None]:
        """Give the bytes that go over the line for this packet."""
        faults = self._faults
        out = self._beside(packet)
        if _every(faults.drop[0], packet):
            self._dropping = faults.drop[1]
        if self._dropping:
            self._dropping -= 1
            return out, "drop"
        whole = frame(packet.body)
        if _every(faults.corrupt, packet):
            return out + self._flip(whole), "corrupt"
        return out + whole * (2 if _every(faults.repeat, packet) else 1), None

    def _beside(self, packet: Packet) -> bytes:
        """What comes between the packet before and this one."""
        faults, out = self._faults, b""
        if _every(faults.garbage, packet):
            out += self._garbage()
        if _every(faults.badcrc, packet):
            out += self._flip(frame(packet.body))
        if _every(faults.note, packet):
            out += frame(pack_note(INFO, f"packet {packet.counter} is next"))
        if _every(faults.unknown, packet):
            out += frame(bytes((UNKNOWN_TYPE, 0)) + self._random.randbytes(40))
        return out

    def _garbage(self) -> bytes:
        """Between two frames: nothing in it may be taken for a frame."""
        while True:
            junk = self._random.randbytes(self._random.randint(1, 400)) + b"\0"
            if not any(piece and unframe(piece) for piece in junk.split(b"\0")):
                return junk

    def _flip(self, whole: bytes) -> bytes:
        """Change some bits, not into a zero and not so that the CRC fits again."""
        while True:
            spoilt = bytearray(whole)
            for _ in range(self._random.randint(1, 4)):
                place = self._random.randrange(len(whole) - 1)
                spoilt[place] = (spoilt[place] ^ 1 << self._random.randrange(8)) or 1
            if unframe(bytes(spoilt[:-1])) is None:
                return bytes(spoilt)


def _every(count: int, packet: Packet) -> bool:
    return count > 0 and packet.counter % count == count - 1


class Delivery:
    """Holds frames back as the faults say and gives them when their time has come, in order."""

    def __init__(self, faults: Faults, seed: int) -> None:
        self._faults = faults
        self._random = random.Random(seed)
        self._held: list[bytes] = []
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._since: float | None = None  # the first frame

    def push(self, data: bytes, now: float, *, is_data: bool) -> None:
        """Take what is to be sent; `now` is host time."""
        self._held.append(data)
        if is_data and len(self._held) < self._faults.coalesce:
            return
        due = now + self._random.random() * self._faults.jitter_ms / 1000
        if burst_s := self._faults.burst_ms / 1000:
            due = (due // burst_s + 1) * burst_s
        due = self._after_stall(due, now)
        self._waiting.append((due, b"".join(self._held)))
        self._held.clear()

    def _after_stall(self, due: float, now: float) -> float:
        """The end of the stall that this falls into, if any; the first comes after a turn."""
        every_s, lasts_s = self._faults.stall[0], self._faults.stall[1] / 1000
        if not every_s:
            return due
        self._since = now if self._since is None else self._since
        turn, at_s = divmod(due - self._since, every_s)
        return due - at_s + lasts_s if turn and at_s < lasts_s else due

    def clear(self) -> None:
        """Forget everything: the line is gone."""
        self._held.clear()
        self._waiting.clear()

    def hurry(self) -> bytes:
        """Give everything that is held back."""
        rest = b"".join([*(data for _, data in self._waiting), *self._held])
        self.clear()
        return rest

    def next_due(self) -> float | None:
        """Host time of the next delivery."""
        return self._waiting[0][0] if self._waiting else None

    def ready(self, now: float) -> Iterator[bytes]:
        """Give what is due; nothing overtakes what was sent before it."""
        while self._waiting and self._waiting[0][0] <= now:
            yield self._waiting.popleft()[1]
