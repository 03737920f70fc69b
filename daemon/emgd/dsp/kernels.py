"""The filter chain in one compiled call; all state is passed in. No fastmath: bits count."""

import numpy as np
from mcubridge.jit import kernel
from numba import types
from numpy.typing import NDArray

EMG = 0  # the two planes of the output
ENV = 1

# Rows of the array that is carried from call to call, a column per channel
SCALE = 0  # microvolts per count
HELD = 1  # what the envelope is fed with while the band filters settle after a gap
POWER = 2  # sum of the squares of emg, until the reader sets it to 0
CLIPPED = 3  # samples at the end of the chip's range
SETTLING = 4  # how many samples the band filters still need (first column)
STATES = 5  # two rows for each section

_counts_in = types.Array(types.int32, 2, "C", readonly=True)


@kernel(
    types.void(_counts_in, types.float64[:, ::1], types.float64[:, ::1], types.float32[:, :, ::1])
)
def process(
    counts: NDArray[np.int32],
    sos: NDArray[np.float64],
    carried: NDArray[np.float64],
    out: NDArray[np.float32],
) -> None:
    """Counts -> band-passed microvolts -> absolute value -> envelope, sample by sample.

    `sos` holds rows of b0, b1, b2, a1, a2; the last row is the envelope's. Each section is
    transposed direct form II, its sums in the order of scipy.signal.sosfilt.
    """
    n, channels = counts.shape
    band = len(sos) - 1
    env = 5 + 2 * band
    b0, b1, b2, a1, a2 = sos[band]
    settling = carried[4, 0]
    for i in range(n):
        for c in range(channels):
            x = counts[i, c] * carried[0, c]
            for s in range(band):
                z = 5 + 2 * s
                y = sos[s, 0] * x + carried[z, c]
                carried[z, c] = sos[s, 1] * x - sos[s, 3] * y + carried[z + 1, c]
                carried[z + 1, c] = sos[s, 2] * x - sos[s, 4] * y
                x = y
            out[0, i, c] = x
            carried[2, c] += x * x
            x = carried[1, c] if i < settling else abs(x)
            y = b0 * x + carried[env, c]
            carried[env, c] = b1 * x - a1 * y + carried[env + 1, c]
            carried[env + 1, c] = b2 * x - a2 * y
            out[1, i, c] = y
    carried[4, 0] = max(0.0, settling - n)
    for i in range(n):
        for c in range(channels):
            carried[3, c] += (counts[i, c] == 0x7FFFFF) | (counts[i, c] == -0x800000)
    # silence decays into denormals, which cost up to twice the time
    for z in range(5, len(carried)):
        for c in range(channels):
            if abs(carried[z, c]) < 1e-290:
                carried[z, c] = 0.0
