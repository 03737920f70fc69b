"""A face's rest and movements: as asked for, where the truth says, the same for the same seed."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from boardsim.chronicle import Disturbance, Movement
from boardsim.expressions import draw_nuisance, draw_speech
from boardsim.face import Effort, Face, FaceSettings

NOTHING = FaceSettings(
    noise_uv=0,
    hum_uv=0,
    drift_uv=0,
    offset_mv=0,
    expressions_per_min=0,
    nuisance_per_min=0,
    speech_per_min=0,
    pops_per_min=0,
    hums_per_min=0,
    tone_pct=0,
    cross_talk=0,
    spread=0,
)


def test_blinks_and_swallows_have_their_places() -> None:
    rng = np.random.default_rng(5)
    drafts = [draw_nuisance(rng) for _ in range(2000)]
    blinks = [d for d in drafts if d.kind == "blink"]
    swallows = [d for d in drafts if d.kind == "swallow"]
    assert len(blinks) + len(swallows) == 2000
    assert len(blinks) > 5 * len(swallows) > 1000
    assert {tuple(d.mvc_pct()) for d in blinks} == {(2,)}
    assert max(d.duration_s for d in blinks) < 0.3
    assert np.std([max(d.mvc_pct().values()) for d in blinks]) < 3
    assert all(set(d.mvc_pct()) == {5, 6} for d in swallows)


def test_talking_is_many_bursts_low_in_the_face() -> None:
    rng = np.random.default_rng(6)
    for draft in (draw_speech(rng) for _ in range(100)):
        assert draft.kind == "speech"
        assert 1.9 < draft.duration_s < 8.5
        assert set(draft.mvc_pct()) == {4, 5, 6}
        syllables = len(draft.strokes) / 3
        assert 2.5 < syllables / draft.duration_s < 6.5


def face(**change: float) -> Face:
    made = Face(8, replace(NOTHING, **change), seed=4)
    made.begin(1 / 8000)
    return made


def movements(made: Face) -> list[Movement]:
    return [each for each in made.begun if isinstance(each, Movement)]


def test_noise_at_rest_as_asked() -> None:
    uv = face(noise_uv=2.0).read(160_000)
    spectrum = np.abs(np.fft.rfft(uv, axis=1) / 160_000) ** 2 * 2
    in_band = spectrum[:, : 500 * 20].sum(axis=1) ** 0.5
    assert in_band == pytest.approx(2.0, rel=0.05)


@pytest.mark.parametrize("hz", [50.0, 60.0])
def test_hum_and_its_third_harmonic(hz: float) -> None:
    uv = face(hum_uv=4.0, hum_hz=hz).read(80_000)
    amplitudes = 2 * np.abs(np.fft.rfft(uv, axis=1)) / 80_000
    first, third = amplitudes[:, int(hz * 10)], amplitudes[:, int(hz * 30)]
    assert ((first > 1.99) & (first < 6.01)).all()
    assert np.ptp(first) > 0.5
    assert third == pytest.approx(0.3 * first, rel=0.01)
    amplitudes[:, [int(hz * 10), int(hz * 30)]] = 0
    assert amplitudes.max() < 0.01


def test_drift_and_offsets() -> None:
    made = Face(8, replace(NOTHING, drift_uv=50, offset_mv=20), seed=4)
    made.begin(1 / 1000)
    uv = made.read(200_000)
    assert np.abs(uv.mean(axis=1)).max() < 20_100
    assert np.ptp(uv.mean(axis=1)) > 10_000
    assert uv.std(axis=1) == pytest.approx(50, rel=0.25)
    assert np.abs(np.diff(uv, axis=1)).max() < 0.5


def test_the_same_seed_gives_the_same_face_in_any_batches() -> None:
    lively = FaceSettings(
        expressions_per_min=60,
        nuisance_per_min=60,
        speech_per_min=5,
        pops_per_min=30,
        hums_per_min=30,
        mvc=(Effort(1, 3.0, 2.0), Effort(0, 2.5, 1.0)),
    )
    one, other, third = (Face(8, lively, seed) for seed in (1, 1, 2))
    for each in (one, other, third):
        each.begin(1 / 8000)
    whole = one.read(100_000)
    pieces = np.concatenate([other.read(n) for n in (1, 777, 4096, 50_000, 45_126)], axis=1)
    assert np.abs(whole - pieces).max() < 0.01  # hum and drift may round otherwise
    assert one.begun == other.begun
    assert {m.kind for m in one.begun} >= {"ME", "blink", "mvc", "pop", "hum"}
    assert np.abs(whole - third.read(100_000)).max() > 100


def test_as_many_movements_as_asked() -> None:
    made = face(expressions_per_min=12, nuisance_per_min=10)
    made.begin(1 / 100)  # coarse, for twenty minutes at once
    for _ in range(20):
        made.read(6000)
    kinds = [movement.kind for movement in made.begun]
    assert sum(kind in ("ME", "MaE") for kind in kinds) == pytest.approx(240, abs=45)
    assert sum(kind in ("blink", "swallow") for kind in kinds) == pytest.approx(200, abs=45)


def test_two_expressions_never_overlap() -> None:
    made = face(expressions_per_min=60)
    made.read(8000 * 60)
    places = [(m.begins, m.ends) for m in movements(made)]
    assert len(places) > 20
    assert all(b[0] - a[1] >= 499 for a, b in pairwise(places))


def test_nobody_smiles_while_talking() -> None:
    made = face(expressions_per_min=12, speech_per_min=4)
    made.begin(1 / 100)
    for _ in range(10):
        made.read(6000)
    kinds = [m.kind for m in made.begun]
    assert kinds.count("speech") == pytest.approx(40, abs=15)
    assert len(kinds) - kinds.count("speech") == pytest.approx(120, abs=30)
    assert all(b.begins > a.ends for a, b in pairwise(made.begun))


def test_the_truth_is_where_the_signal_is() -> None:
    made = face(expressions_per_min=30, nuisance_per_min=10)
    uv = made.read(8000 * 60)
    assert len(made.begun) > 20
    quiet = np.ones(uv.shape, dtype=bool)
    for movement in movements(made):
        assert movement.begins < movement.onset < movement.apex < movement.offset < movement.ends
        a, b = (8 * (place + 3) for place in (movement.begins, movement.ends))
        for channel, peak_uv in movement.peak_uv.items():
            # potentials of the first and last units reach a hundredth of a second further
            quiet[channel, a - 90 : b + 90] = False
            assert peak_uv == pytest.approx(movement.mvc_pct[channel] * 2.0)  # MVC 200 uV
    assert np.abs(uv[quiet]).max() < 1e-3


@pytest.mark.parametrize(
    ("kind", "rates"),
    [
        ("ME", {"expressions_per_min": 40}),
        ("MaE", {"expressions_per_min": 20}),
        ("blink", {"nuisance_per_min": 40}),
    ],
)
def test_onset_and_offset_are_at_five_percent_of_the_peak(kind, rates) -> None:
    """The rectified signal of many movements, each stretched to the same length."""
    made = face(**rates)
    uv = made.read(8000 * 120)
    courses = []
    for movement in movements(made):
        channel, peak_uv = next(iter(movement.peak_uv.items()))
        a, b = (8 * (place + 3) for place in (movement.onset, movement.offset))
        if movement.kind == kind and peak_uv > 10 and b + (b - a) // 4 < uv.shape[1]:
            piece = np.abs(uv[channel, a - (b - a) // 4 : b + (b - a) // 4]) / peak_uv
            courses.append([part.mean() for part in np.array_split(piece, 60)])
    assert len(courses) > 8
    course = np.mean(courses, axis=0)  # 10 parts before the onset, 40 within, 10 after
    assert course[:9].mean() < 0.02
    assert course[51:].mean() < 0.02
    assert 0.01 < course[9:11].mean() < 0.12
    assert 0.01 < course[49:51].mean() < 0.12
    assert 0.6 < course.max() < 1.3


def test_apex_is_where_most_is() -> None:
    made = face(nuisance_per_min=60)
    uv = made.read(8000 * 60)
    blinks = [m for m in movements(made) if m.kind == "blink"]
    around = [uv[2, 8 * (m.apex + 3) - 800 : 8 * (m.apex + 3) + 800] for m in blinks[1:-1]]
    course = np.convolve(np.abs(around).mean(axis=0), np.ones(160) / 160, "same")
    assert abs(int(course.argmax()) - 800) < 120  # 15 ms


def test_neighbours_pick_up_a_share() -> None:
    made = face(cross_talk=2.0, mvc=(Effort(5, 0.5, 2.0),))
    rms = np.sqrt((made.read(24_000) ** 2).mean(axis=1))
    assert rms[[6, 4, 3]] / rms[5] == pytest.approx([0.24, 0.12, 0.12], rel=1e-3)
    assert not rms[[0, 1, 2, 7]].any()


def test_an_effort_comes_when_it_is_due() -> None:
    made = face(mvc=(Effort(3, 1.0, 2.0), Effort(0, 0.5, 1.0, 50.0)))
    uv = made.read(32_000)
    half, full = movements(made)
    assert (half.kind, half.mvc_pct, half.peak_uv) == ("mvc", {0: 50.0}, {0: 100.0})
    assert (full.kind, full.mvc_pct, full.peak_uv) == ("mvc", {3: 100.0}, {3: 200.0})
    assert full.begins == pytest.approx(1000, abs=15)
    assert full.offset - full.onset == pytest.approx(2000, abs=1)
    assert not uv[3, : 8 * 990].any()
    assert not uv[3, 8 * (full.ends + 30) :].any()
    held = np.abs(uv[:, 8 * 1400 : 8 * 2700]).mean(axis=1)
    assert held[3] == pytest.approx(200, rel=0.05)


def test_tone_of_muscles_at_rest() -> None:
    uv = face(tone_pct=2.0).read(8000 * 60)
    tone = np.abs(uv).mean(axis=1)
    assert tone == pytest.approx(4.0, rel=0.25)  # 2 % of 200 uV
    assert np.corrcoef(uv)[np.triu_indices(8, 1)].max() < 0.05


def test_people_differ_and_stay_the_same() -> None:
    usual = FaceSettings()
    by_seed = [Face(8, usual, seed).person for seed in range(200)]
    mvc_uv = np.array([person.mvc_uv for person in by_seed])
    assert np.median(mvc_uv) == pytest.approx(200, rel=0.1)
    assert 65 < mvc_uv.min() < 120
    assert 350 < mvc_uv.max() < 600
    assert np.log(mvc_uv).mean(axis=1).std() > 0.15
    same = [Face(8, replace(usual, person=7), seed).person.mvc_uv for seed in (1, 2)]
    assert (same[0] == same[1]).all()
    assert (same[0] == mvc_uv[7]).all()
    assert (Face(4, usual, 7).person.mvc_uv == mvc_uv[7, :4]).all()
    assert (Face(8, replace(usual, spread=0.0), 7).person.mvc_uv == 200).all()


def test_pops_and_hum_come_and_go() -> None:
    made = face(hum_uv=1e-3, pops_per_min=20, hums_per_min=2)
    uv = made.read(8000 * 60)
    kinds = [each.kind for each in made.begun]
    assert kinds.count("pop") > 8
    assert "hum" in kinds
    quiet = np.ones(uv.shape, dtype=bool)
    for each in made.begun:
        assert isinstance(each, Disturbance)
        a, b = 8 * (each.begins + 3), 8 * (each.ends + 3) + 8
        for channel, height_uv in each.microvolts.items():
            quiet[channel, a:b] = False
            if each.kind == "pop":
                step = uv[channel, a : a + 9]
                assert np.abs(step).max() == pytest.approx(abs(height_uv), rel=0.02, abs=0.1)
    assert np.abs(uv[quiet]).max() < 0.003


def test_fewer_channels_than_muscles() -> None:
    made = Face(4, FaceSettings(expressions_per_min=60), seed=1)
    made.begin(1 / 1000)
    assert made.read(60_000).shape == (4, 60_000)
    assert movements(made)
    assert all(max(movement.peak_uv) < 4 for movement in movements(made))


def test_a_muscle_shows_the_level_it_is_asked_for() -> None:
    """From a few units to all of them; lone units are too coarse to follow closely."""
    from boardsim.motor_units import Electrode

    electrode, rng = Electrode(1 / 8000), np.random.default_rng(3)
    for level, tolerance in ((0.01, 0.15), (0.03, 0.05), (0.1, 0.05), (0.4, 0.05), (1.0, 0.05)):
        signal = electrode.contract(rng, np.full(6000, level))[4000:-4000]
        assert np.abs(signal).mean() == pytest.approx(level, rel=tolerance)
    gaussian = math.sqrt(math.pi / 2)  # of rms over mean rectified: many units interfere
    assert signal.std() / np.abs(signal).mean() == pytest.approx(gaussian, rel=0.03)
    power = np.abs(np.fft.rfft(signal)) ** 2
    hz = np.fft.rfftfreq(len(signal), 1 / 8000)
    assert power[(hz > 18) & (hz < 455)].sum() / power.sum() > 0.99
    assert 70 < hz[np.searchsorted(power.cumsum(), power.sum() / 2)] < 150


def test_a_weak_contraction_is_a_few_units_firing_evenly() -> None:
    from boardsim.motor_units import fire

    units, at_s = fire(np.random.default_rng(2), np.full(20_000, 1.1))
    assert set(units) == set(range(5))  # thresholds 30 ** (n / 200), n from 1, up to 1.1
    for unit in range(5):
        intervals = np.diff(at_s[units == unit])
        assert 1 / intervals.mean() == pytest.approx(8.05, abs=0.3)
        assert intervals.std() / intervals.mean() == pytest.approx(0.2, abs=0.06)
