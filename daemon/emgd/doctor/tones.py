"""Arrays only: amplitudes at a frequency, bands, square waves, the pace of packets."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

_WINDOW_S = 1.0
_FULL = 0.8  # a window with more samples missing than that says nothing
_MAINS_HZ = (50.0, 60.0)
_MAINS_WIDTH_HZ = 3.0
_BUCKET_S = 0.6  # of packets, of which the least late one counts
_FEWEST_BUCKETS = 4


def amplitude(uv: Floats, place: Places, cycles_per_sample: float) -> Floats:
    """Lock-in: the amplitude of a sine of that frequency in each channel; holes may be in it."""
    weight = np.sin(np.pi * (place - place[0] + 0.5) / (place[-1] - place[0] + 1)) ** 2
    weight /= weight.sum()
    turning = weight * np.exp(-2j * np.pi * cycles_per_sample * place)
    found: Floats = 2 * np.abs(turning @ (uv - weight @ uv))
    return found


def hum_uv(uv: Floats, place: Places, rate_hz: float, mains_hz: float) -> Floats:
    """Root mean square at the mains frequency: the median of short windows, as bursts pass."""
    length = round(_WINDOW_S * rate_hz)
    starts = range(0, max(1, int(place[-1]) + 2 - length), length // 2)
    windows = []
    for start in starts:
        a, b = np.searchsorted(place, (start, start + length))
        if b - a >= _FULL * length or len(starts) == 1:
            windows.append(amplitude(uv[a:b], place[a:b], mains_hz / rate_hz))
    found: Floats = np.median(windows, axis=0) / np.sqrt(2)
    return found


def band_products(uv: Floats, place: Places, rate_hz: float, high_hz: float) -> Floats:
    """Powers and common powers `[channels, channels]` from 20 Hz to `high_hz`, without the mains.

    Per sample, so that measurements of other lengths compare.
    """
    grid = np.arange(place[-1] + 1)
    whole = np.column_stack([np.interp(grid, place, channel) for channel in uv.T])
    window = np.sin(np.pi * (grid + 0.5) / len(grid)) ** 2
    spectrum = np.fft.rfft((whole - whole.mean(axis=0)) * window[:, None], axis=0)
    hz = np.fft.rfftfreq(len(grid), 1 / rate_hz)
    kept = (hz >= 20) & (hz <= high_hz)
    for mains_hz in _MAINS_HZ:
        off = np.abs((hz + mains_hz / 2) % mains_hz - mains_hz / 2)
        kept &= off > _MAINS_WIDTH_HZ
    chosen = spectrum[kept]
    scale = 2 / (len(grid) * (window**2).sum())
    products: Floats = (chosen.conj().T @ chosen).real * scale
    return products


@dataclass(frozen=True, slots=True)
class Square:
    """A square wave as one channel saw it."""

    amplitude: float
    period: float  # in samples; 0 where none could be counted


def square(uv: Floats, place: Places, half_period: float) -> Square:
    """Find a square wave of about this half period, and measure it between its edges."""
    low, high = np.percentile(uv, (10, 90))
    above = uv > (low + high) / 2
    edges = np.flatnonzero(above[1:] != above[:-1])
    if len(edges) < 3:
        return Square(0.0, 0.0)
    guard = half_period / 8
    distance = np.abs(place[:, None] - place[edges][None, :] - 0.5).min(axis=1)
    flat = distance > guard
    if not (flat & above).any() or not (flat & ~above).any():
        return Square(0.0, 0.0)
    top, bottom = uv[flat & above].mean(), uv[flat & ~above].mean()
    edges = edges[place[edges + 1] == place[edges] + 1]  # those that did not fall into a hole
    at = place[edges] + ((top + bottom) / 2 - uv[edges]) / (uv[edges + 1] - uv[edges])
    number = np.round((at - at[:1]) / half_period)
    if len(edges) < 2 or len(np.unique(number)) < len(number):
        return Square(float(top - bottom) / 2, 0.0)
    return Square(float(top - bottom) / 2, 2 * float(np.polyfit(number, at, 1)[0]))


@dataclass(frozen=True, slots=True)
class Pace:
    """How packets came."""

    rate_hz: float
    rate_error_hz: float  # how far off that may be
    late_ms: Floats  # of each packet, against the least late ones


def pace(ends: Floats, arrivals_ns: Floats, nominal_hz: float) -> Pace:
    """The true rate, from a line under the arrivals: a packet is late by chance and never early."""
    late_ns = arrivals_ns - ends * (1e9 / nominal_hz)
    count = max(_FEWEST_BUCKETS, int(ends[-1] / nominal_hz / _BUCKET_S))
    bounds = np.linspace(ends[0], ends[-1], count + 1)[1:-1]
    bucket = np.searchsorted(bounds, ends)
    least = np.array(
        [np.flatnonzero(bucket == b)[late_ns[bucket == b].argmin()] for b in set(bucket)]
    )
    slope, offset = np.polyfit(ends[least], late_ns[least], 1)
    step_ns = 1e9 / nominal_hz + slope
    rest = late_ns - offset - slope * ends
    spread = ends[least].std() * np.sqrt(len(least))
    error_ns = 2 * rest[least].std() / spread
    return Pace(
        rate_hz=1e9 / step_ns,
        rate_error_hz=1e9 / step_ns**2 * error_ns,
        late_ms=(rest - rest.min()) / 1e6,
    )
