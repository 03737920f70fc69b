"""What a subscriber to the samples heard of a board that sends the ramp, held against the ramp."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from support.stream import Message

STRIDE = 1_000_003  # boardsim --help
RANGE = 1 << 24


@dataclass
class Heard:
    """Every value tells which sample it is; `wrong` counts those that say another one."""

    rows: int = 0
    end: int = 0
    wrong_rows: int = 0
    holes: int = 0  # samples that the index leaves out
    gaps: list[Message] = field(default_factory=list)
    health: Message | None = None
    _offset: int | None = None  # index less the ramp's own count, in one START

    def take(self, message: Message) -> None:
        if message.topic == "gap":
            self.gaps.append(message)
            if message["reason"] == "reconnect":
                self._offset = None
        elif message.topic == "health":
            self.health = message
        elif message.topic == "raw":
            self._block(message)

    def _block(self, block: Message) -> None:
        counts = block.samples.astype(np.int64)
        index = np.arange(block["first"], block.end)
        if self._offset is None:
            self._offset = int(index[0] - (counts[0, 0] + RANGE // 2))
        self.wrong_rows += _wrong(counts, index - self._offset)
        self.holes += block["first"] - self.end
        self.rows += block["n"]
        self.end = block.end

    @property
    def told(self) -> int:
        """Samples that the gaps name as missing."""
        return sum(gap["missing"] for gap in self.gaps)


def _wrong(counts: NDArray[np.int64], samples: NDArray[np.int64]) -> int:
    """Rows that are not those of the ramp."""
    places = samples[:, None] + STRIDE * np.arange(counts.shape[1])
    return int((counts != places % RANGE - RANGE // 2).any(axis=1).sum())
