"""The ramp: counts that anybody can work out from the place of the sample."""

import numpy as np

from boardsim.converter import Counts

STRIDE = 1_000_003  # between neighbouring channels


def ramp(first: int, n: int, channels: int, first_channel: int = 0) -> Counts:
    """Sample s since START, channel c: ((s + c * 1000003) mod 2^24) - 2^23."""
    samples = np.arange(first, first + n, dtype=np.int64)[:, None]
    places = STRIDE * np.arange(first_channel, first_channel + channels)
    counts: Counts = ((samples + places) % (1 << 24) - (1 << 23)).astype(np.int32)
    return counts
