"""Bursts on single channels: found where they are, and nothing where there is none."""

import math

import numpy as np
import pytest
from emgd.dsp.filters import Chain, FilterPlan, design
from emgd.settings import Spotter
from support.muscle import Floats, Spot, burst, hum, lay, overlap, rest, spot


def test_a_burst_soon_after_the_start_is_found_and_the_start_itself_is_none() -> None:
    signal = rest(6) + 20_000  # an electrode's offset
    lay(signal, 0.0, hum(6, 5.0))
    lay(signal, 1.8, burst(0.4, 15))
    found = spot(signal)
    assert len(found.places) == 1
    assert overlap(found.places[0], (1800, 2200)) > 0.6


def test_quiet_noise_of_any_strength_gives_nothing() -> None:
    for uv in (0.3, 1, 2, 4, 30):
        found = spot(rest(60, 8, uv=uv), [""] * 8)
        assert found.told == []
        assert found.spotting.not_spotted() == [None] * 8


@pytest.mark.parametrize("rate", [200, 250, 500, 1000, 2000])
def test_a_limbs_holds_of_three_seconds_are_found_at_any_rate(rate: int) -> None:
    signal = rest(40, rate=rate)
    true = [(at * rate, (at + 3) * rate) for at in (5, 14, 25, 33)]
    for i, (first, _) in enumerate(true):
        lay(signal, first / rate, burst(3, 60, rate=rate, hold=0.8, seed=i), rate=rate)
    found = spot(signal, rate=rate)
    assert len(found.places) == len(true)
    for place, wanted in zip(found.places, true, strict=True):
        assert overlap(place, wanted) > 0.85


def test_a_limb_that_moves_more_than_it_rests_is_spotted_on() -> None:
    signal = rest(60)
    true = [(at * 1000, (at + 3) * 1000) for at in range(4, 54, 5)]
    for i, (first, _) in enumerate(true):
        lay(signal, first / 1000, burst(3, 60, hold=0.9, seed=i))
    found = spot(signal)
    assert [overlap(a, b) > 0.8 for a, b in zip(found.places, true, strict=True)] == [True] * 10


def test_the_onset_comes_while_the_movement_goes_on_and_ties_to_its_interval() -> None:
    signal = rest(8)
    lay(signal, 4.0, burst(0.5, 20))
    live = Spot()
    for first in range(0, 8000, 20):
        live.take(signal[first : first + 20])
        if live.of("onset"):
            break
    assert 4000 < live.end < 4200
    live.take(signal[live.end :])
    (onset,), (interval,) = live.of("onset"), live.intervals
    assert onset["id"] == interval["id"]
    assert abs(onset["onset"] - 4000) < 100
    assert live.of("retract") == []


def test_a_slow_rise_is_seen_and_a_lasting_change_of_tone_is_taken_for_rest_in_the_end() -> None:
    swell = 1 + np.linspace(0, 1, 20_000) * 9
    tone = np.concatenate((np.ones(20_000), swell, np.full(60_000, 10.0)))[:, None]
    found = spot(rest(100) * tone)
    first, last = found.places[0][0], found.places[-1][1]
    assert 20_000 < first < 30_000
    assert last < 80_000  # half a minute after it stays as it is, it is rest


def test_a_burst_upon_a_raised_tone_is_found() -> None:
    signal = rest(60) * np.where(np.arange(60_000) < 10_000, 1.0, 3.0)[:, None]
    lay(signal, 50.0, burst(0.5, 40))
    assert any(overlap(place, (50_000, 50_500)) > 0.6 for place in spot(signal).places)


def test_dense_low_activity_gives_few_events_and_its_bursts_stand_out() -> None:
    """Single motor units, several a second: a purely relative threshold marks hundreds."""
    signal = rest(120)
    rng = np.random.default_rng(3)
    wavelet = np.diff(np.exp(-(np.linspace(-3, 3, 12) ** 2)))
    for at in np.cumsum(rng.exponential(0.12, 900)):
        if at < 119:
            lay(signal, at, wavelet * rng.uniform(10, 30))
    true = [(at * 1000, at * 1000 + 600) for at in range(20, 116, 8)]
    for i, (first, _) in enumerate(true):
        lay(signal, first / 1000, burst(0.6, 30, seed=i))
    found = spot(signal)
    assert sum(any(overlap(p, t) > 0.5 for p in found.places) for t in true) == len(true)
    assert len(found.places) < len(true) + 6


def unit(seconds: float, uv: float) -> Floats:
    """A single motor unit that fires eleven times a second."""
    wave = np.linspace(-3, 3, 12)
    out = np.zeros((round(1000 * seconds) + 12, 1))
    for at in np.arange(0, seconds, 0.09):
        lay(out, at, uv * (1 - wave**2) * np.exp(-(wave**2) / 2))
    return out[:, 0]


def test_a_single_motor_unit_that_fires_for_a_while_is_no_movement() -> None:
    signal = rest(60)
    for begins in (20, 30, 40):
        lay(signal, begins, unit(2.5, 30))
    lay(signal, 50.0, burst(1.5, 9))  # of many units, and no stronger
    found = spot(signal)
    assert [overlap(place, (50_000, 51_500)) > 0.6 for place in found.places] == [True]
    assert len(found.of("retract")) == 3  # high enough they were


def test_a_short_firing_of_a_single_unit_is_none_and_a_rise_of_many_no_higher_is_one() -> None:
    signal = rest(60)
    true = [(at, at + 400) for at in range(34_000, 58_000, 4000)]
    for i, (first, _) in enumerate(true):
        lay(signal, first / 1000 - 26, unit(0.3, 34))
        lay(signal, first / 1000, burst(0.4, 3.6, hold=0.8, seed=i))
    found = spot(signal)
    assert [overlap(a, b) > 0.6 for a, b in zip(found.places, true, strict=True)] == [True] * 6
    assert len(found.of("retract")) == 6  # high enough they were


@pytest.mark.parametrize("mains", [0, 50])
@pytest.mark.parametrize(
    ("uv", "hz"),
    [(3, 49.9), (10, 50.0), (30, 49.9), (30, 50.0), (3, 60.0), (10, 60.0), (30, 60.1), (300, 60.0)],
)
def test_hum_that_appears_and_goes_is_no_movement(uv: float, hz: float, mains: int) -> None:
    signal = rest(60, 2)
    for at_s in (10, 30):
        for channel in (0, 1):
            lay(signal, at_s, hum(10, uv, hz), channel)
    lay(signal, 36.0, burst(0.5, 60))  # upon the hum
    found = spot(signal, ["", ""], mains=mains)
    assert len(found.places) == 1
    assert overlap(found.places[0], (36_000, 36_500)) > 0.6


def test_hum_is_named_where_it_keeps_a_channel_from_being_spotted() -> None:
    signal = rest(11)
    lay(signal, 10.0, hum(1, 30.0))
    live = Spot()
    reasons = set()
    for first in range(0, 11_000, 20):
        reasons |= {*live.take(signal[first : first + 20]).spotting.not_spotted()}
    assert reasons == {"start", None, "hum"}


@pytest.mark.parametrize("height", [300.0, 3_000.0, -30_000.0])
@pytest.mark.parametrize("tau_s", [0.01, 0.06, 0.3])
def test_an_electrode_that_jumps_is_no_movement(height: float, tau_s: float) -> None:
    signal = rest(20)
    lay(signal, 10.0, height * np.exp(-np.arange(3000) / 1000 / tau_s))
    found = spot(signal)
    assert found.intervals == []
    assert len(found.of("onset")) == len(found.of("retract"))


def test_a_clipped_channel_is_not_spotted_and_comes_back() -> None:
    signal = rest(30, 2)
    lay(signal, 10.0, 400_000 * np.sign(hum(4, 1.0)))
    lay(signal, 20.0, burst(0.5, 30))
    live = Spot(["", ""]).take(signal[:12_000])
    assert live.spotting.not_spotted() == ["clipped", None]
    live.take(signal[12_000:16_000])
    assert live.spotting.not_spotted() == [None, None]
    live.take(signal[16_000:]).finish()
    assert [overlap(place, (20_000, 20_500)) > 0.6 for place in live.places] == [True]


def test_a_loose_electrode_is_not_spotted_and_comes_back() -> None:
    signal = rest(20, 2)
    off = np.zeros((20_000, 2), bool)
    off[8_000:12_000, 0] = True
    lay(signal, 9.0, burst(1.0, 300))
    lay(signal, 15.0, burst(0.5, 30))
    live = Spot(["", ""]).take(signal[:10_000], off[:10_000])
    assert live.spotting.not_spotted() == ["electrode off", None]
    live.take(signal[10_000:], off[10_000:]).finish()
    assert live.spotting.not_spotted() == [None, None]
    assert [overlap(place, (15_000, 15_500)) > 0.6 for place in live.places] == [True]


def test_a_channel_that_is_off_or_flat_is_named() -> None:
    signal = rest(5, 3)
    signal[:, 1:] = 0.0
    live = Spot(["", "", ""], active=[True, True, False]).take(signal)
    assert live.spotting.not_spotted() == [None, "flat line", "channel off"]


@pytest.mark.parametrize("mains", [0, 50])
def test_gaps_are_no_movements(mains: int) -> None:
    live = Spot([""] * 4, mains=mains)
    rng = np.random.default_rng(5)
    for _ in range(40):
        live.take(rest(rng.uniform(0.05, 3), 4) + rng.uniform(-20_000, 20_000, 4))
        live.lose(int(rng.choice([0, 20, 300, 5000])))
    assert live.finish().told == []


def test_after_a_gap_the_reason_is_told_for_a_moment() -> None:
    live = Spot().take(rest(3)).lose(500).take(rest(0.02))
    assert live.spotting.not_spotted() == ["gap"]
    assert live.take(rest(0.2)).spotting.not_spotted() == [None]


def test_a_short_gap_does_not_part_a_burst_and_a_long_one_ends_it() -> None:
    for missing, pieces in ((40, 1), (2000, 2)):
        signal = rest(14)
        lay(signal, 5.0, burst(4.0, 60, hold=0.9))
        live = Spot().take(signal[:6500]).lose(missing).take(signal[6500 + missing :]).finish()
        assert len(live.places) == pieces
        assert live.places[0][0] == pytest.approx(5000, abs=100)
        assert live.places[-1][1] == pytest.approx(9000, abs=150)
        assert pieces == 1 or live.places[0][1] <= 6500


def test_a_burst_that_goes_on_at_the_end_ends_there() -> None:
    signal = rest(6)
    lay(signal, 5.0, burst(2.0, 60, hold=0.5)[:1000])
    (place,) = spot(signal).places
    assert place[1] == pytest.approx(6000, abs=50)


@pytest.mark.parametrize("width", [1, 3, 8, 9, 16, 40])
def test_a_channel_is_spotted_alike_however_many_there_are(width: int) -> None:
    signal = rest(10, width)
    lay(signal, 5.0, burst(0.4, 30), width - 1)
    alone = spot(signal[:, -1:])
    among = Spot([""] * width).take(signal).finish()
    assert among.places == alone.places
    assert [event["channel"] for event in among.intervals] == [width - 1]


def test_values_that_are_none_do_no_lasting_harm() -> None:
    """The chain makes none, but a file's reader might."""
    live = Spot().take(rest(5))
    broken = Chain(design(FilterPlan(), 1000), (math.nan,))
    live.told += live.spotting.update(live.end, broken, np.zeros((100, 1), np.int32))
    live.end += 100
    signal = rest(10)
    lay(signal, 5.0, burst(0.5, 30))
    live.take(signal).finish()
    assert [overlap(place, (10_100, 10_600)) > 0.6 for place in live.places] == [True]


@pytest.mark.parametrize("hold", [0.0, 0.8])
@pytest.mark.parametrize("seconds", [0.2, 0.4, 3.0])
def test_iemg_is_the_area_between_onset_and_offset(seconds: float, hold: float) -> None:
    """Of a raised cosine half of its length; with a hold, that much more."""
    signal = rest(16, uv=0.5)
    lay(signal, 6.0, burst(seconds, 60, hold=hold))
    lay(signal, 6.15 + seconds, burst(0.2, 20, seed=4))  # soon after it, and not part of it
    interval = spot(signal).intervals[0]
    share = interval["iemg"] / interval["duration_ms"]
    assert share == pytest.approx(0.5 + 0.25 * hold, abs=0.2)


def test_a_floor_in_percent_of_the_maximum_holds_once_that_is_known() -> None:
    signal = rest(20)
    lay(signal, 5.0, burst(0.5, 12))
    lay(signal, 12.0, burst(0.5, 80))
    assert len(spot(signal).places) == 2
    floor = Spotter(floor_pct=5.0)
    (interval,) = spot(signal, settings=floor, mvc_uv=[500.0]).intervals
    assert interval["mvc_pct"] == pytest.approx(100 * interval["peak_uv"] / 500)


def test_switched_off_it_tells_nothing_and_says_so() -> None:
    signal = rest(10)
    lay(signal, 5.0, burst(0.5, 30))
    live = spot(signal, settings=Spotter(enabled=False))
    assert live.told == []
    assert live.spotting.not_spotted() == ["spotter off"]
    live.told += live.spotting.set(Spotter())
    signal = rest(10)
    lay(signal, 8.0, burst(0.5, 30))
    assert len(live.take(signal).finish().places) == 1
