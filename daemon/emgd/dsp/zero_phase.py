"""The chain offline: each filter forward and backward, so that nothing comes late."""

import numpy as np
from numpy.typing import NDArray

from emgd.dsp.filters import FilterPlan, band_edges, notches
from emgd.dsp.runs import runs

Floats = NDArray[np.float64]
Section = tuple[Floats, Floats]  # b, a


def envelope(signal: Floats, rate_hz: float, plan: FilterPlan) -> Floats:
    """The envelope of one channel; NaN where samples are missing.

    In the order of the paper's authors: band-pass, then the mean is taken off, then the absolute
    value, then the low-pass. A stretch too short for the filters' padding has no envelope.
    """
    from scipy.signal import butter

    band = list(notches(plan, rate_hz).values())
    band.append(butter(plan.band_order, band_edges(plan, rate_hz), "bandpass", fs=rate_hz))
    low = butter(plan.env_order, plan.env_hz, fs=rate_hz)
    longest = max(_padding(section) for section in [*band, low])
    there = ~np.isnan(signal)
    if there.all() and len(signal) > longest:
        return _filtered(signal, band, low)
    out = np.full(len(signal), np.nan)
    for begin, end in zip(*runs(there), strict=True):
        if end - begin > longest:
            out[begin:end] = _filtered(signal[begin:end], band, low)
    return out


def _filtered(signal: Floats, band: list[Section], low: Section) -> Floats:
    if np.ptp(signal) == 0:
        return np.zeros(len(signal))  # nothing was recorded: no rounding error is to look like it
    for section in band:
        signal = _both_ways(section, signal)
    signal -= signal.mean()
    return _both_ways(low, np.abs(signal, out=signal))


def _both_ways(section: Section, signal: Floats) -> Floats:
    from scipy.signal import filtfilt

    # as much padding as MATLAB takes; scipy's own is longer
    both: Floats = filtfilt(*section, signal, padtype="odd", padlen=_padding(section))
    return both


def _padding(section: Section) -> int:
    return 3 * (len(section[0]) - 1)
