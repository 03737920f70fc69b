"""`Block`: the samples of one packet, as they travel the whole route."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

GapReason = Literal["lost", "reconnect", "overrun"]


@dataclass(frozen=True, slots=True)
class Gap:
    """Samples that were taken, or should have been, and never arrived."""

    first: int
    missing: int
    reason: GapReason


@dataclass(frozen=True, slots=True)
class Block:
    """Raw counts of one packet with their place in the count; never altered afterwards.

    `first` counts from the first sample the source ever gave and leaves room for what was lost;
    `gap` tells of a loss right before this block. `board_us` is the board's own clock at the
    first sample (None where the board has none), `taken_ns` the host's monotonic time of the
    first sample as well as the source can tell it, and `arrival_ns` that time when the last byte
    was there. `step_ns` is the time between samples where a clock of the board timed the block;
    where none did (None), `taken_ns` is late by the transport, and never early.
    """

    first: int
    counts: NDArray[np.int32]  # [samples, channels]
    status: bytes  # for each sample the 3 status bytes of each chip, as sent
    board_us: int | None
    taken_ns: int
    arrival_ns: int
    gap: Gap | None = None
    step_ns: float | None = None

    @property
    def samples(self) -> int:
        """How many samples the block carries."""
        return len(self.counts)

    @property
    def end(self) -> int:
        """The index of the sample after the last."""
        return self.first + len(self.counts)
