"""Half the rate: a linear-phase FIR that also lifts what the chip's own filter takes away."""

from itertools import pairwise

import numpy as np
from mcubridge.jit import kernel
from numba import types
from numpy.typing import NDArray

TAPS = 61
HALF = TAPS // 2  # its delay, in samples of the higher rate

# Edges as shares of the higher rate: 450 and 550 Hz at 2000 Hz. What lies above 550 Hz would be
# folded into the band below 450 Hz.
_PASS, _STOP = 0.225, 0.275
_STOP_WEIGHT = 30.0  # ripple of 0.11 dB against 54 dB of protection
_PIECES = 30  # straight pieces that follow the curve of the chip's filter


def sinc3(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """The gain of the chip's filter at a share of its rate, p.35."""
    gain: NDArray[np.float64] = np.sinc(share) ** 3
    return gain


def design_taps() -> NDArray[np.float64]:
    """Flat together with the chip's filter up to the one edge, closed from the other on."""
    from scipy.signal import firls

    edges = np.linspace(0.0, _PASS, _PIECES + 1)
    bands = [*pairwise(edges), (_STOP, 0.5)]
    wanted = [*(1 / sinc3(np.array(band)) for band in bands[:-1]), np.zeros(2)]
    weight = [1.0] * _PIECES + [_STOP_WEIGHT]
    taps = np.asarray(firls(TAPS, np.ravel(bands), np.ravel(wanted), weight=weight, fs=1.0))
    return np.ascontiguousarray(taps / taps.sum())


@kernel(types.void(types.int32[:, ::1], types.int64, types.float64[::1], types.int32[:, ::1]))
def halve(
    samples: NDArray[np.int32],
    first: int,
    taps: NDArray[np.float64],
    out: NDArray[np.int32],
) -> None:
    """Every second sample of the filtered ones; the filter's first tap begins at row `first`.

    Counts stay counts: rounded, and held in the chip's 24 bits. Where one of the two samples that
    become one was at the end of the chip's range, so is the one.
    """
    n, channels = out.shape
    half = len(taps) // 2
    for i in range(n):
        low = first + 2 * i
        centre = low + half
        for c in range(channels):
            total = taps[half] * samples[centre, c]
            for t in range(half):
                total += taps[t] * (
                    np.int64(samples[low + t, c]) + np.int64(samples[centre + half - t, c])
                )
            count = min(max(np.rint(total), -8388608.0), 8388607.0)
            for row in range(centre, centre + 2):
                if samples[row, c] == 0x7FFFFF or samples[row, c] == -0x800000:
                    count = samples[row, c]
            out[i, c] = count
