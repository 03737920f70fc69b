"""The signal chain as scipy computes it, from the words of the contract and the design."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import signal

Floats = NDArray[np.float64]


def band(rate_hz: int) -> Floats:
    """The paper's band-pass; its upper edge gives way where the rate cannot carry it."""
    edges = [20, min(450, 0.45 * rate_hz)]
    return np.asarray(signal.butter(2, edges, "bandpass", fs=rate_hz, output="sos"))


def envelope(rate_hz: int) -> Floats:
    """The paper's low-pass."""
    return np.asarray(signal.butter(2, 6, "low", fs=rate_hz, output="sos"))


def expected(
    counts: NDArray[Any], uv_per_count: NDArray[Any], sos_band: Floats, sos_env: Floats
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """emg and env of an unbroken run of samples.

    The band starts in the steady state of the first sample, the low-pass from nothing.
    """
    microvolts = counts * uv_per_count
    state = signal.sosfilt_zi(sos_band)[:, :, None] * microvolts[0]
    emg, _ = signal.sosfilt(sos_band, microvolts, axis=0, zi=state)
    env = signal.sosfilt(sos_env, np.abs(emg), axis=0)
    return emg.astype(np.float32), env.astype(np.float32)
