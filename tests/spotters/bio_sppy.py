"""BioSPPy's onset detectors, as `biosppy.signals.emg` has them."""

from typing import Any

import numpy as np
from biosppy.signals import emg

from tests.spotters.fuse import Burst
from tests.spotters.method import ChannelWise, Params
from tests.spotters.streams import RATE_HZ, Channel, Wave

_HOW = ("high", "band")
_REST_S = 2


def _rest(clean: Wave) -> dict[str, float]:
    """What these detectors want to know of rest: from the quietest two seconds of the channel."""
    n = _REST_S * RATE_HZ
    pieces = clean[: len(clean) // n * n].reshape(-1, n)
    quiet = np.abs(pieces[np.argmin(pieces.std(axis=1))])
    signed = pieces[np.argmin(pieces.std(axis=1))]
    return {"mean": float(quiet.mean()), "std_dev": float(quiet.std()), "var": float(signed.var())}


def _pairs(places: Any) -> list[Burst]:
    """Onsets and offsets in turns, as all of them give them."""
    at = [int(place) for place in places]
    return list(zip(at[::2], at[1::2], strict=False))


def _find_onsets(channel: Channel, p: Params) -> list[Burst]:
    clean = channel.cleaned(p["how"])
    level = None if p["times"] is None else p["times"] * np.abs(clean).mean()
    (places,) = emg.find_onsets(clean, RATE_HZ, p["size"], level)
    return _pairs(places)


def _hodges_bui(channel: Channel, p: Params) -> list[Burst]:
    clean = channel.cleaned(p["how"])
    own = {name: p[name] for name in ("size", "threshold")}
    return _pairs(emg.hodges_bui_onset_detector(clean, _rest(clean), RATE_HZ, **own)["onsets"])


def _bonato(channel: Channel, p: Params) -> list[Burst]:
    clean = channel.cleaned(p["how"])
    own = {name: value for name, value in p.items() if name != "how"}
    return _pairs(emg.bonato_onset_detector(clean, _rest(clean), RATE_HZ, **own)["onsets"])


def _lidierth(channel: Channel, p: Params) -> list[Burst]:
    clean = channel.cleaned(p["how"])
    own = {name: value for name, value in p.items() if name != "how"}
    return _pairs(emg.lidierth_onset_detector(clean, _rest(clean), RATE_HZ, **own)["onsets"])


def _silva(channel: Channel, p: Params) -> list[Burst]:
    clean = channel.cleaned(p["how"])
    own = {name: value for name, value in p.items() if name != "how"}
    return _pairs(emg.silva_onset_detector(clean, RATE_HZ, **own)["onsets"])


def _solnik(channel: Channel, p: Params) -> list[Burst]:
    clean = channel.cleaned(p["how"])
    own = {name: value for name, value in p.items() if name != "how"}
    return _pairs(emg.solnik_onset_detector(clean, _rest(clean), RATE_HZ, **own)["onsets"])


# `find_onsets` alone has defaults of its own; for the others they are set by hand, after the papers
# that their documentation names. solnik is not searched: it compares squared with plain microvolts,
# and stayed below an F1 of 0.05 in a few draws.
METHODS = (
    ChannelWise(
        "BioSPPy bonato",
        _bonato,
        {
            "how": "high",
            "threshold": 9.2,
            "active_state_duration": 15,
            "samples_above_fail": 1,
            "fail_size": 5,
        },
        {
            "how": _HOW,
            "threshold": (4, 6, 8, 10, 14, 20, 30),
            "active_state_duration": (5, 10, 15, 25, 40),
            "samples_above_fail": (1, 2, 4),
            "fail_size": (2, 5, 10, 20),
        },
    ),
    ChannelWise(
        "BioSPPy lidierth",
        _lidierth,
        {"how": "high", "size": 50, "threshold": 3, "active_state_duration": 50, "fail_size": 30},
        {
            "how": _HOW,
            "size": (25, 50, 100),
            "threshold": (0.3, 0.5, 0.7, 1, 1.5, 2, 3),
            "active_state_duration": (20, 35, 50, 80),
            "fail_size": (5, 15, 30, 60),
        },
    ),
    ChannelWise(
        "BioSPPy find_onsets",
        _find_onsets,
        {"how": "high", "times": None, "size": 0.05},
        {"how": _HOW, "times": (1.2, 1.5, 2.0, 2.5, 3.0, 4.0), "size": (0.05, 0.1, 0.15, 0.2)},
    ),
    ChannelWise(
        "BioSPPy hodges_bui",
        _hodges_bui,
        {"how": "high", "size": 50, "threshold": 3},
        {"how": _HOW, "size": (25, 50, 100, 150), "threshold": (0.3, 0.5, 0.7, 1, 1.5, 2, 3)},
    ),
    ChannelWise(
        "BioSPPy silva",
        _silva,
        {"how": "high", "size": 20, "threshold_size": 22, "threshold": 0.05},
        {
            "how": _HOW,
            "size": (20, 50, 100),
            "threshold_size": (110, 200, 400, 1000),
            "threshold": (0.05, 1.0, 2.0, 3.0, 5.0),
        },
    ),
    ChannelWise(
        "BioSPPy solnik",
        _solnik,
        {"how": "high", "threshold": 3, "active_state_duration": 25},
        {},
    ),
)
