"""The chip's decimation filter: sinc3 (SBAS499C p.35)."""

import numpy as np
from numpy.typing import NDArray

OVERSAMPLE = 8  # moments of the input per conversion; at 450 Hz of 1 kSPS 0.1 dB off the real chip

Floats = NDArray[np.float32]


def _weights() -> Floats:
    """Weights of a block of moments for the conversion it ends in and for the two after that."""
    box = np.ones(OVERSAMPLE) / OVERSAMPLE
    response = np.zeros(3 * OVERSAMPLE)
    response[: 3 * OVERSAMPLE - 2] = np.convolve(np.convolve(box, box), box)
    return np.ascontiguousarray(response.reshape(3, OVERSAMPLE)[:, ::-1].T, dtype=np.float32)


class Sinc3:
    """Three boxes of one sample period each, carried from batch to batch."""

    def __init__(self, channels: int) -> None:
        self._weights = _weights()
        self._carry = np.zeros((channels, 2, 3), np.float32)

    def run(self, moments: Floats) -> Floats:
        """Filter and decimate `[channels, n * OVERSAMPLE]` to `[channels, n]`."""
        channels, length = moments.shape
        parts = moments.reshape(channels, length // OVERSAMPLE, OVERSAMPLE) @ self._weights
        parts = np.concatenate((self._carry, parts), axis=1)
        self._carry = parts[:, -2:].copy()
        out: Floats = parts[:, 2:, 0] + parts[:, 1:-1, 1] + parts[:, :-2, 2]
        return out
