"""Hum and drift: sums of a few sines, quick enough for eight moments a sample."""

import numpy as np
from numpy.typing import NDArray

from boardsim.sinc import Floats

CHUNK = 4096  # moments that one call may ask for


class Oscillators:
    """Channel c is the sum over k of the real part of weights[c, k] * exp(2 pi i f[k] t)."""

    def __init__(
        self, frequencies_hz: NDArray[np.float64], weights: NDArray[np.complex128], step_s: float
    ) -> None:
        self._weights = weights
        self._turns = frequencies_hz * step_s
        table = np.exp(2j * np.pi * np.outer(self._turns, np.arange(CHUNK)))
        self._table = np.concatenate((table.real, -table.imag)).astype(np.float32)
        self._moment = 0

    def read(self, n: int) -> Floats:
        """Give the next `n` moments, at most CHUNK, as `[channels, n]`."""
        rotated = self._weights * np.exp(2j * np.pi * (self._turns * self._moment % 1.0))
        self._moment += n
        both = np.concatenate((rotated.real, rotated.imag), axis=1).astype(np.float32)
        out: Floats = both @ self._table[:, :n]
        return out
