"""Frames as the chip clocks them out -> status and counts, a packet at a time. Data sheet p.36."""

import numpy as np
from mcubridge.jit import kernel
from numba import types
from numpy.typing import NDArray

from ads1299.registers import CHANNELS_PER_CHIP

STATUS_BYTES = 3
_WORD = 3

_bytes_in = types.Bytes(types.uint8, 1, "C")


@kernel(types.void(_bytes_in, types.int64, types.uint8[:, ::1], types.int32[:, ::1]))
def _decode(
    samples: bytes,
    chips: int,
    status: NDArray[np.uint8],
    counts: NDArray[np.int32],
) -> None:
    """Sort the bytes of a packet; each chip's status stands before its channels."""
    n, channels = counts.shape
    at = 0
    for i in range(n):
        channel = 0
        for chip in range(chips):
            for b in range(3):
                status[i, 3 * chip + b] = samples[at + b]
            at += 3
            for _ in range(min(8, channels - channel)):
                word = (
                    np.int64(samples[at]) << 16
                    | np.int64(samples[at + 1]) << 8
                    | np.int64(samples[at + 2])
                )
                counts[i, channel] = word - ((word & 0x800000) << 1)
                at += 3
                channel += 1


def sample_bytes(channels: int) -> int:
    """How long one sample is: status and 24-bit words of all its chips."""
    return STATUS_BYTES * chips_of(channels) + _WORD * channels


def chips_of(channels: int) -> int:
    """How many chips these channels need."""
    return -(-channels // CHANNELS_PER_CHIP)


def decode(samples: bytes, n: int, channels: int) -> tuple[bytes, NDArray[np.int32]]:
    """Give the status bytes and the counts `[n, channels]` of a packet."""
    counts = np.empty((n, channels), np.int32)
    chips = chips_of(channels)
    status = np.empty((n, STATUS_BYTES * chips), np.uint8)
    _decode(samples, chips, status, counts)
    counts.flags.writeable = False
    return status.tobytes(), counts
