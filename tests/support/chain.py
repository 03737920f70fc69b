"""The signal chain as scipy computes it, from the words of the contract and the design."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import signal
from support.stream import Subscriber, joined

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


def check_chain(subscriber: Subscriber) -> None:
    """Against the filters that `meta` tells, bit for bit."""
    meta = subscriber.of("meta")[-1]
    uv_per_count = np.array([channel["uv_per_count"] for channel in meta["channels"]])
    sos_band = np.array(meta["filter"]["sos_band"])
    sos_env = np.array(meta["filter"]["sos_env"])
    _, counts = joined(subscriber.of("raw"))
    emg, env = expected(counts, uv_per_count, sos_band, sos_env)
    for topic, wanted in (("emg", emg), ("env", env)):
        _, got = joined(subscriber.of(topic))
        assert got.dtype == np.dtype("<f4")
        np.testing.assert_array_equal(got, wanted)
    for blocks in zip(*(subscriber.of(topic) for topic in ("raw", "emg", "env")), strict=True):
        assert len({(b["first"], b["n"], b["t_ns"], b["step_ns"], b["seq"]) for b in blocks}) == 1
        assert [block["unit"] for block in blocks] == ["count", "uV", "uV"]
