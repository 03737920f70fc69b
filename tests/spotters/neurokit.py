"""NeuroKit2's detectors: its own cleaning, amplitude and `emg_activation`."""

from functools import lru_cache
from importlib import import_module
from typing import Any

import neurokit2 as nk
import numpy as np
from sklearn.mixture import GaussianMixture

from tests.spotters.fuse import Burst
from tests.spotters.method import ChannelWise, Params
from tests.spotters.streams import RATE_HZ, Channel, Wave

inside = import_module("neurokit2.emg.emg_activation")  # the function hides the module
_HOW = ("high", "band")
_DURATION = (0.02, 0.05, 0.1, 0.15)


def _bursts(activity: Any, duration_min: float) -> list[Burst]:
    """The end of `emg_activation`, without the table of one row a sample that it also makes.

    That table takes a minute for each minute of eight channels; the places are the same.
    """
    # the last onset has no offset where the signal ends in a burst
    info = inside._emg_activation_activations(activity, int(duration_min * RATE_HZ))
    return list(zip(info["EMG_Onsets"].tolist(), info["EMG_Offsets"].tolist(), strict=False))


def _threshold(channel: Channel, p: Params) -> list[Burst]:
    amplitude = nk.emg_amplitude(channel.cleaned(p["how"]))
    level = "default" if p["sds"] is None else p["sds"] * np.std(amplitude)
    return _bursts(inside._emg_activation_threshold(amplitude, level), p["duration_min"])


def _mixture(channel: Channel, p: Params) -> list[Burst]:
    active = (_likely(channel, p["how"]) >= p["threshold"]).astype(float)
    return _bursts(active, p["duration_min"])


@lru_cache(80)
def _likely(channel: Channel, how: str) -> Wave:
    """How likely each sample is active: NeuroKit2's mixture, fitted once for all thresholds."""
    amplitude = np.asarray(nk.emg_amplitude(channel.cleaned(how))).reshape(-1, 1)
    mixture = GaussianMixture(n_components=2, random_state=333).fit(amplitude)
    likely: Wave = mixture.predict_proba(amplitude)[:, np.argmax(mixture.means_[:, 0])]
    return likely


def _biosppy(channel: Channel, p: Params) -> list[Burst]:
    clean = channel.cleaned(p["how"])
    level = "default" if p["times"] is None else p["times"] * np.abs(clean).mean()
    active = inside._emg_activation_biosppy(clean, RATE_HZ, p["size"], level)
    return _bursts(active, p["duration_min"])


def _silva(channel: Channel, p: Params) -> list[Burst]:
    clean = channel.cleaned(p["how"])
    active = inside._emg_activation_silva(clean, p["size"], p["threshold_size"], p["threshold"])
    return _bursts(active, p["duration_min"])


METHODS = (
    ChannelWise(
        "NeuroKit2 threshold",
        _threshold,
        {"how": "high", "sds": None, "duration_min": 0.05},
        {"how": _HOW, "sds": (0.1, 0.3, 0.5, 0.8, 1.2, 1.8, 2.5), "duration_min": _DURATION},
    ),
    ChannelWise(
        "NeuroKit2 mixture",
        _mixture,
        {"how": "high", "threshold": 0.33, "duration_min": 0.05},
        {"how": _HOW, "threshold": (0.1, 0.33, 0.6, 0.8, 0.95, 0.99), "duration_min": _DURATION},
    ),
    ChannelWise(
        "NeuroKit2 biosppy",
        _biosppy,
        {"how": "high", "times": None, "size": 0.05, "duration_min": 0.05},
        {
            "how": _HOW,
            "times": (1.2, 1.5, 2.0, 2.5, 3.0, 4.0),
            "size": (0.05, 0.1, 0.15, 0.2),
            "duration_min": _DURATION,
        },
    ),
    ChannelWise(
        "NeuroKit2 silva",
        _silva,
        {"how": "high", "size": 20, "threshold_size": 22, "threshold": 0.05, "duration_min": 0.05},
        {
            "how": _HOW,
            "size": (20, 50, 100),
            "threshold_size": (110, 200, 400, 1000),
            "threshold": (0.05, 1.0, 2.0, 3.0, 5.0),
            "duration_min": _DURATION,
        },
    ),
)
