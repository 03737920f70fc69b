"""The doctor's arithmetic on signals of known amplitude, period, rate and likeness."""

import numpy as np
import pytest
from emgd.doctor.tones import amplitude, band_products, hum_uv, pace, square
from hypothesis import given
from hypothesis import strategies as st

RATE = 1000.0
SEEDS = st.integers(0, 2**32 - 1)


def with_holes(n: int, rng: np.random.Generator, packets: int = 5) -> np.ndarray:
    """Places of samples of which some packets of 20 are missing."""
    kept = np.ones(n, bool)
    for packet in rng.choice(np.arange(1, n // 20 - 1), packets, replace=False):
        kept[20 * packet : 20 * packet + 20] = False
    return np.flatnonzero(kept)


@given(st.floats(1, 1e5), st.floats(0, 6.28), st.floats(-1e5, 1e5), SEEDS)
def test_amplitude(wanted: float, phase: float, offset: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    place = with_holes(2000, rng, packets=1)
    sine = wanted * np.sin(2 * np.pi * 31.25 / RATE * place + phase)
    found = amplitude(np.column_stack((sine + offset, 0 * sine)), place, 31.25 / RATE)
    assert found[0] == pytest.approx(wanted, rel=0.03)
    assert found[1] == pytest.approx(0, abs=1e-6)


def test_amplitude_beside_hum_and_noise() -> None:
    rng = np.random.default_rng(1)
    place = np.arange(2500)
    uv = 150 * np.sin(2 * np.pi * 31.25 / RATE * place) + 100 * np.sin(2 * np.pi * 0.05 * place)
    uv += rng.normal(0, 10, len(place))
    assert amplitude(uv[:, None], place, 31.25 / RATE)[0] == pytest.approx(150, rel=0.02)


@pytest.mark.parametrize(("mains_hz", "other_hz"), [(50, 60), (60, 50)])
def test_hum(mains_hz: int, other_hz: int) -> None:
    """Root mean square, of the right mains, while a muscle moves for a third of the time."""
    rng = np.random.default_rng(2)
    place = with_holes(10_000, rng)
    uv = 10 * 2**0.5 * np.sin(2 * np.pi * mains_hz / RATE * place + 1)
    moves = (place > 2000) & (place < 5000)
    uv += moves * rng.normal(0, 50, len(place))
    uv = uv[:, None]
    assert hum_uv(uv, place, RATE, mains_hz)[0] == pytest.approx(10, rel=0.1)
    assert hum_uv(uv, place, RATE, other_hz)[0] < 1


@given(st.floats(10, 1e5), st.floats(-1e5, 1e5), st.sampled_from([256.0, 128.0]), SEEDS)
def test_square(wanted: float, offset: float, half: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    place = with_holes(2048, rng)
    start = rng.uniform(0, half)
    uv = np.where((place + start) // half % 2, wanted, -wanted) + offset
    found = square(uv + rng.normal(0, 0.3, len(uv)), place, half)
    assert found.amplitude == pytest.approx(wanted, rel=0.02)
    assert found.period == 0 or found.period == pytest.approx(2 * half, abs=1)


def test_square_of_a_sinc_filter_has_its_period_to_a_tenth_of_a_thousandth() -> None:
    place = np.arange(2400)
    wave = np.where(np.arange(-24, 8 * 2400) // (8 * 255.5) % 2, 1875.0, -1875.0)
    box = np.ones(8) / 8
    filtered = np.convolve(np.convolve(np.convolve(wave, box), box), box)[24::8][: len(place)]
    assert square(filtered, place, 256).period == pytest.approx(511, rel=1e-4)


@pytest.mark.parametrize("uv", [np.zeros(3000), np.arange(3000.0)])
def test_no_square_has_none(uv: np.ndarray) -> None:
    assert square(uv, np.arange(3000), 256).period == 0


@given(st.floats(-30_000, 30_000), st.floats(0.1, 30), SEEDS)
def test_pace(ppm: float, late_ms: float, seed: int) -> None:
    """Packets are late by chance and never early: the rate lies within what is said of it."""
    rng = np.random.default_rng(seed)
    ends = np.arange(20, 10_020, 20.0)
    late_ns = rng.exponential(late_ms * 1e6, len(ends))
    arrivals_ns = ends * 1e9 / (RATE * (1 + ppm * 1e-6)) + late_ns
    found = pace(ends, arrivals_ns, RATE)
    off = abs(found.rate_hz - RATE * (1 + ppm * 1e-6))
    assert off <= 3 * found.rate_error_hz + 0.01
    assert found.rate_error_hz < RATE * 0.005
    assert 0.3 * late_ms < np.median(found.late_ms) < 2 * late_ms  # ln 2, by what is unsure


def test_channels_that_are_alike() -> None:
    """Half of the power in common makes r 0.5; hum that all have makes nothing."""
    rng = np.random.default_rng(3)
    place = np.arange(10_000)
    own = rng.normal(0, 3, (3, len(place)))
    hum = 100 * np.sin(2 * np.pi * 50 / RATE * place)
    uv = np.column_stack((own[0] + own[1], own[0] + own[2], own[2])) + hum[:, None]
    products = band_products(uv, place, RATE, 450)
    power = np.sqrt(np.diag(products))
    r = products / np.outer(power, power)
    assert r[0, 1] == pytest.approx(0.5, abs=0.05)
    assert r[0, 2] == pytest.approx(0, abs=0.05)
    assert r[1, 2] == pytest.approx(0.5**0.5, abs=0.05)
