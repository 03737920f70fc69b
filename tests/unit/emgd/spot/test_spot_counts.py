"""Microvolts through the integer chain: nothing that matters is lost, nothing called clipped."""

from pathlib import Path

import numpy as np
import pytest
from emgd.signals import Wanted, open_signal
from emgd.spot.counts import counts_of
from emgd.spot.order import Order
from emgd.spot.work import spot
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.signal import butter, sosfilt, sosfilt_zi

ENDS = (0x7FFFFF, -0x800000)  # what the chip gives beyond its range (data sheet, 9.5.1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("counts")


def counted(path: Path, values: np.ndarray, **wanted):
    """Counts and their size, of all of an array."""
    np.save(path, values)
    signal = open_signal(path, Wanted(rate_hz=1000, rows="samples", **wanted))
    pieces = list(signal.pieces(lambda done: None))
    convert, uv_per_count = counts_of(signal, lambda: iter(pieces))
    return np.concatenate([convert(piece.values) for piece in pieces]), uv_per_count


@settings(max_examples=80, deadline=None)
@given(
    values=arrays(np.float64, (50, 2), elements=st.floats(-1e5, 1e5, width=32)),
    offset=st.floats(-3e5, 3e5),
)
def test_any_microvolts_fit_and_keep_their_distances(folder, values, offset):
    counts, size = counted(folder / "any.npy", values + offset, unit="uV")
    assert counts.dtype == np.int32
    assert not np.isin(counts, ENDS).any()
    assert np.abs(counts).max() < 0x7FFFFF
    told = counts * size
    np.testing.assert_allclose(
        told - told[0], values - values[0], atol=max(1e-6, 2 * np.ptp(values) / (1 << 23))
    )


def test_the_steps_are_as_fine_as_the_docs_say(folder):
    values = np.array([[0.0], [-20_000.0], [20_000.0]] + [[0.0]] * 20)
    _, size = counted(folder / "a.npy", values, unit="uV")
    assert size[0] == pytest.approx(0.0024, rel=0.01)
    values[1] = 1e12  # one broken number does not make all others coarse
    _, size = counted(folder / "a.npy", values, unit="uV")
    assert size[0] == pytest.approx(0.1)


def test_whole_numbers_of_24_bits_go_in_as_they_are_and_clip_at_the_ends(folder):
    values = np.array([[5], [ENDS[0]], [ENDS[1]], [-7]] * 5, np.int32)
    counts, size = counted(folder / "a.npy", values, unit="count", uv_per_count=0.5)
    assert counts.tolist() == values.tolist()
    assert size.tolist() == [0.5]
    wide, _ = counted(folder / "a.npy", values * 8, unit="count", uv_per_count=0.5)
    assert not np.isin(wide, ENDS).any()


def test_the_envelope_is_that_of_the_microvolts(folder):
    rng = np.random.default_rng(4)
    uv = 30 * rng.normal(size=(4000, 2)) + [250_000, -1_000]  # electrode offsets
    np.save(folder / "a.npy", uv)
    wanted = Wanted(rate_hz=1000, unit="uV")
    result = spot(Order(folder / "a.npy", wanted, traced=True))
    band = butter(2, [20, 450], "bandpass", fs=1000, output="sos")
    low = butter(2, 6, fs=1000, output="sos")
    start = sosfilt_zi(band)[:, :, None] * uv[0]
    env = sosfilt(low, np.abs(sosfilt(band, uv, axis=0, zi=start)[0]), axis=0)
    highest = env.reshape(-1, result.trace.every, 2).max(axis=1)
    np.testing.assert_allclose(result.trace.highest[: len(highest)], highest, atol=0.02)


@pytest.mark.parametrize("rate_hz", [250, 500, 2000])
def test_other_rates_find_the_same_movements(folder, rate_hz):
    rng = np.random.default_rng(6)
    uv = rng.normal(size=(40 * rate_hz, 1))
    for at in (15, 30):
        uv[at * rate_hz : at * rate_hz + 2 * rate_hz // 5] *= 30
    np.save(folder / "a.npy", uv)
    found = spot(Order(folder / "a.npy", Wanted(rate_hz=rate_hz, unit="uV"))).events
    onsets = [event["onset"] / rate_hz for event in found]
    assert onsets == pytest.approx([15, 30], abs=0.1)
    assert all(event["kind"] == "ME" for event in found)
