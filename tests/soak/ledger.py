"""Keeps the account of a stream of any length in little memory."""

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

CHANNEL_STEP = 1_000_003  # boardsim --help: sample s of channel c is (s + c * this) mod 2^24 - 2^23


class Ledger:
    """Checks each message as it comes; what is wrong is kept in words."""

    def __init__(self) -> None:
        self.received = self.missing = self.gaps = self.streams = self.packets = self.ticks = 0
        self.faults: list[str] = []
        self.blocks = hashlib.sha256()  # of every block's index and counts, in order
        self._reached: int | None = None
        self._base = 0
        self._number = -1
        self._columns: NDArray[np.int64] | None = None

    def raw(self, first: int, n: int, payload: bytes) -> None:
        """A block of the board's ramp."""
        counts = np.frombuffer(payload, "<i4").reshape(n, -1)
        if self._columns is None:
            self._columns = np.arange(counts.shape[1]) * CHANNEL_STEP
        if self._reached is not None and first != self._reached:
            self._fault(f"block {first} follows {self._reached}, and no gap says why")
        self._reached = first + n
        number = int(counts[0, 0]) + 2**23
        if not self._continues(number, first):
            self.streams += 1
            self._base = first - number
        self._number = number + n
        rows = np.arange(number, number + n)[:, None]
        if not np.array_equal(counts, (rows + self._columns) % 2**24 - 2**23):
            self._fault(f"block {first} holds other counts than were sent")
        self.received += n
        self.packets += 1
        self.blocks.update(first.to_bytes(8, "little") + payload)

    def _continues(self, number: int, first: int) -> bool:
        """Whether a block is of the same run; the ramp of 24 bits begins anew after 4.6 hours."""
        if (first - self._base) % 2**24 == number and self.streams:
            return True
        if self.streams and number >= self._number:
            self._fault(f"block {first} is not where sample {number} belongs")
        return False

    def gap(self, first: int, missing: int) -> None:
        """Something is missing."""
        if self._reached is not None:
            if first != self._reached:
                self._fault(f"a gap at {first}, but samples end at {self._reached}")
            self._reached += missing
        self.missing += missing
        self.gaps += 1

    def tick(self, header: dict[str, Any]) -> None:
        """A number on the tube: one for each two packets."""
        self.ticks += 1
        if header["packets"] != 2 * self.ticks:
            self._fault(f"tick {self.ticks} is of packet {header['packets']}")

    def health(self, header: dict[str, Any]) -> None:
        """The daemon's own account, of all that came before it."""
        told = header["samples"], header["lost"]
        if told != (self.received, self.missing):
            self._fault(f"health says {told}, the stream has {(self.received, self.missing)}")

    def _fault(self, words: str) -> None:
        self.faults.append(words)
        if len(self.faults) > 20:
            raise SystemExit("\n".join(self.faults))
