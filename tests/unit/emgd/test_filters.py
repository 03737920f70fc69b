"""The chain against scipy, to the last bit, however the samples are cut into blocks."""

from itertools import pairwise

import numpy as np
import pytest
from emgd.dsp.filters import BandError, Chain, Design, FilterPlan, design
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import signal
from support.chain import band, envelope, expected

RATE_HZ = 1000
PLAN = design(FilterPlan(), RATE_HZ)
HUM_PLAN = design(FilterPlan(mains_hz=50), RATE_HZ)
UV = (4.5e6 / 24 / 2**23, 4.5e6 / 2**23, 1.0)  # gain 24, gain 1, and anything
LOW, HIGH = -(2**23), 2**23 - 1

Counts = NDArray[np.int32]


def process(chain: Chain, counts: Counts, cuts: list[int]) -> NDArray[np.float32]:
    """All of emg and env, `[2, samples, channels]`, from blocks cut at these places."""
    edges = sorted({0, *(cut for cut in cuts if cut < len(counts)), len(counts)})
    blocks = [chain.process(np.ascontiguousarray(counts[a:b])).copy() for a, b in pairwise(edges)]
    return np.concatenate(blocks, axis=1)


def noise(samples: int, seed: int, offset: int = 0, sigma: float = 500) -> Counts:
    rng = np.random.default_rng(seed)
    counts = offset + rng.normal(0, sigma, (samples, len(UV)))
    return np.clip(counts, LOW, HIGH).astype(np.int32)


@given(
    seed=st.integers(0, 2**32),
    offset=st.integers(LOW, HIGH),
    sigma=st.sampled_from([0.0, 1.0, 300.0, 1e6, 1e8]),
    samples=st.integers(1, 400),
    packet=st.integers(1, 32),
    hum=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_any_counts_in_any_packets(
    seed: int, offset: int, sigma: float, samples: int, packet: int, hum: bool
) -> None:
    plan = HUM_PLAN if hum else PLAN
    counts = noise(samples, seed, offset, sigma)
    got = process(Chain(plan, UV), counts, list(range(packet, samples, packet)))
    emg, env = expected(counts, np.array(UV), plan.band, plan.env)
    np.testing.assert_array_equal(got[0], emg)
    np.testing.assert_array_equal(got[1], env)


@given(cuts=st.lists(st.integers(1, 299), max_size=40))
@settings(max_examples=50, deadline=None)
def test_any_cuts(cuts: list[int]) -> None:
    counts = noise(300, seed=1, offset=4_000_000)
    emg, env = expected(counts, np.array(UV), PLAN.band, PLAN.env)
    got = process(Chain(PLAN, UV), counts, cuts)
    np.testing.assert_array_equal(got, [emg, env])


@pytest.mark.parametrize("channels", [1, 4, 8, 16, 32])
def test_any_number_of_channels(channels: int) -> None:
    counts = np.random.default_rng(2).integers(LOW, HIGH, (100, channels), np.int32, endpoint=True)
    uv = np.full(channels, UV[0])
    got = process(Chain(PLAN, tuple(uv)), counts, [20, 40])
    np.testing.assert_array_equal(got, expected(counts, uv, PLAN.band, PLAN.env))


@pytest.mark.parametrize("rate_hz", [250, 500, 1000, 2000, 4000, 8000, 16000])
def test_the_filters_are_the_papers(rate_hz: int) -> None:
    """As far as the rate carries; a notch where it was asked for and where it fits."""
    plain = design(FilterPlan(), rate_hz)
    np.testing.assert_array_equal(plain.band, band(rate_hz))
    np.testing.assert_array_equal(plain.env, envelope(rate_hz))
    assert plain.notches_hz == ()
    for mains_hz in (50, 60):
        hummed = design(FilterPlan(mains_hz=mains_hz), rate_hz)
        assert set(hummed.notches_hz) == {
            hz for hz in (mains_hz, 3 * mains_hz) if hz < 0.45 * rate_hz
        }
        for hz in hummed.notches_hz:
            _, response = signal.sosfreqz(hummed.band, [hz - 0.5, hz, hz + 0.5], fs=rate_hz)
            assert abs(response[1]) < 1e-3
            assert max(abs(response)) < 0.3  # a mains that wanders is held, too


def test_the_envelope_comes_as_late_as_it_is_told() -> None:
    assert PLAN.env_delay_ms == pytest.approx(37.5, abs=0.2)
    ramp = np.arange(3000.0)
    late = ramp - np.asarray(signal.sosfilt(PLAN.env, ramp))
    assert late[-1] == pytest.approx(PLAN.env_delay_ms, abs=0.2)


def test_a_band_above_what_the_rate_carries() -> None:
    with pytest.raises(BandError, match=r"filter\.band_hz.*250 Hz.*112\.5 Hz.*150 Hz"):
        design(FilterPlan(band_hz=(150.0, 450.0)), 250)


@pytest.mark.parametrize("offset_mv", [-100, -20, 100])
@pytest.mark.parametrize("plan", [PLAN, HUM_PLAN], ids=["plain", "mains"])
def test_an_offset_does_not_ring(offset_mv: float, plan: Design) -> None:
    chain = Chain(plan, UV)
    counts = noise(2000, seed=3, offset=round(offset_mv * 1000 / UV[0]), sigma=10)
    env = process(chain, counts, list(range(20, 2000, 20)))[1]
    assert env[:, 0].max() < 5


# -- over a gap


def hummed(first: int, samples: int, hum_uv: float, offset_mv: float) -> Counts:
    """Hum, offset and a little noise, by the sample's index, on the first channel's scale."""
    rng = np.random.default_rng(first)
    at_s = np.arange(first, first + samples) / RATE_HZ
    microvolts = 1000 * offset_mv + hum_uv * np.sin(2 * np.pi * 50 * at_s)
    microvolts = microvolts[:, None] + rng.normal(0, 2, (samples, 1))
    return np.clip(np.round(microvolts / UV[0]), LOW, HIGH).astype(np.int32)


@pytest.mark.parametrize("missing", [1, 7, 20, 250, 5003])
@pytest.mark.parametrize(("plan", "hum_uv"), [(PLAN, 0), (HUM_PLAN, 100)], ids=["plain", "mains"])
@pytest.mark.parametrize("moved_mv", [0, -30])
def test_a_gap_is_no_burst(missing: int, plan: Design, hum_uv: float, moved_mv: float) -> None:
    """Whatever the phase of the hum, and although the electrode's offset moved meanwhile."""
    chain = Chain(plan, UV[:1])
    before = process(chain, hummed(0, 3000, hum_uv, 60), list(range(20, 3000, 20)))
    at_rest = before[1, 1500:].max()
    assert at_rest < 4
    chain.bridge()
    after = process(
        chain, hummed(3000 + missing, 1500, hum_uv, 60 + moved_mv), list(range(20, 1500, 20))
    )
    assert after[1].max() < at_rest + 2.5
    assert after[1].min() >= 0.2 * before[1, 1500:].min()  # nor a hole in it
    assert after[1, 1000:].max() < at_rest + 1


def test_after_a_gap_emg_begins_like_the_first_time() -> None:
    chain = Chain(PLAN, UV)
    process(chain, noise(500, seed=4, offset=-3_000_000), [20])
    chain.bridge()
    counts = noise(200, seed=5, offset=5_000_000)
    emg, _ = expected(counts, np.array(UV), PLAN.band, PLAN.env)
    np.testing.assert_array_equal(process(chain, counts, [13])[0], emg)


def test_a_gap_before_the_first_sample_is_none() -> None:
    chain = Chain(PLAN, UV)
    chain.bridge()
    counts = noise(100, seed=6, offset=1_000_000)
    np.testing.assert_array_equal(
        process(chain, counts, [50]), expected(counts, np.array(UV), PLAN.band, PLAN.env)
    )


def test_gap_after_gap() -> None:
    """Every second packet is lost: still no burst."""
    chain = Chain(PLAN, UV[:1])
    rest = process(chain, hummed(0, 2000, 0, 60), list(range(20, 2000, 20)))[1, 1000:]
    worst = 0.0
    for first in range(2020, 6000, 40):
        chain.bridge()
        worst = max(worst, float(chain.process(hummed(first, 20, 0, 60))[1].max()))
    assert worst < rest.max() + 2.5


# -- what the chain counts


def test_noise_is_the_root_mean_square_since_it_was_last_asked() -> None:
    chain = Chain(PLAN, UV)
    assert chain.take_noise_uv() is None
    for seed in (7, 8):
        emg = process(chain, noise(1000, seed), list(range(20, 1000, 20)))[0].astype(float)
        told = chain.take_noise_uv()
        assert told is not None
        np.testing.assert_allclose(told, np.sqrt((emg**2).mean(axis=0)), rtol=1e-5)
    assert chain.take_noise_uv() is None


def test_clipped_samples_are_counted() -> None:
    chain = Chain(PLAN, UV)
    counts = np.zeros((40, 3), np.int32)
    counts[5:9, 0] = HIGH
    counts[30:, 2] = LOW
    counts[0, 1], counts[1, 1] = HIGH - 1, LOW + 1
    process(chain, counts, [20])
    process(chain, counts, [20])
    assert chain.clipped == [8, 0, 20]


def test_silence_is_silence_and_not_slow() -> None:
    """A channel that reads 0 after a while of signal: its states must not linger as denormals."""
    chain = Chain(PLAN, UV)
    process(chain, noise(1000, seed=9), [20])
    silence = np.zeros((20, 3), np.int32)
    for _ in range(3000):
        out = chain.process(silence)
    assert not out.any()
