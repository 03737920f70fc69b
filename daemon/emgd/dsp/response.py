"""What the whole chain makes of each frequency: the chip's filter, the FIR, the band filters."""

import numpy as np
from numpy.typing import NDArray

from emgd.dsp.decimation import design_taps, sinc3

Floats = NDArray[np.float64]

_STEP_HZ = 0.05
_GRID = 1 << 15
_HALF_POWER = 0.5**0.5


def raw_gain(at_hz: Floats, rate_hz: int, oversample: int) -> Floats:
    """Of the counts: the chip's filter at its own rate, and the FIR where there is one."""
    share = at_hz / (rate_hz * oversample)
    gain = np.abs(sinc3(share))
    return gain if oversample == 1 else gain * np.abs(_fir(share))


def band_gain(at_hz: Floats, sos: Floats, rate_hz: int) -> Floats:
    """Of second-order sections in scipy's rows."""
    z = np.exp(-2j * np.pi * at_hz / rate_hz)
    powers = np.array([np.ones_like(z), z, z * z])
    gain: Floats = np.prod(np.abs(sos[:, :3] @ powers) / np.abs(sos[:, 3:] @ powers), axis=0)
    return gain


def half_power_hz(sos: Floats, rate_hz: int, oversample: int) -> tuple[float, float, float]:
    """Where the power is half: the counts' upper edge, and both edges of `emg`."""
    at_hz = np.arange(_STEP_HZ, rate_hz / 2, _STEP_HZ)
    raw = raw_gain(at_hz, rate_hz, oversample)
    emg = at_hz[raw * band_gain(at_hz, sos, rate_hz) >= _HALF_POWER]
    low, high = (emg[0], emg[-1]) if len(emg) else (0.0, 0.0)
    edges = at_hz[raw >= _HALF_POWER][-1], low, high
    return round(float(edges[0]), 1), round(float(edges[1]), 1), round(float(edges[2]), 1)


def _fir(share: Floats) -> Floats:
    """Read off a fine grid: a sum for each frequency would take thirty times as long."""
    gain = np.abs(np.fft.rfft(design_taps(), _GRID))
    return np.interp(share, np.fft.rfftfreq(_GRID), gain)
