"""The face against the published numbers, and its truth against its signal."""

import math
from itertools import pairwise

import numpy as np
import pytest
from boardsim.expressions import EMOTIONS, Draft, draw_expression, draw_nuisance
from boardsim.face import Face, FaceSettings, emg_noise, make_burst

REST = FaceSettings(
    noise_uv=0, hum_uv=0, drift_uv=0, offset_mv=0, expressions_per_min=0, nuisance_per_min=0
)


@pytest.fixture(scope="module")
def drafts() -> list[Draft]:
    rng = np.random.default_rng(11)
    return [draw_expression(rng) for _ in range(20_000)]


@pytest.mark.parametrize(
    ("kind", "duration", "mvc"),
    # Published: mean and SD of the duration in seconds, and of the strength in percent of MVC.
    [("ME", (0.317, 0.079), (8.11, 8.54)), ("MaE", (1.161, 0.823), (23.09, 21.27))],
)
def test_durations_and_strengths(drafts, kind, duration, mvc) -> None:
    chosen = [d for d in drafts if d.kind == kind]
    lengths = np.array([d.duration_s for d in chosen])
    strengths = np.array([max(d.mvc_pct.values()) for d in chosen])
    assert lengths.mean() == pytest.approx(duration[0], rel=0.03)
    assert lengths.std() == pytest.approx(duration[1], rel=0.15)
    assert strengths.mean() == pytest.approx(mvc[0], rel=0.05)
    assert strengths.std() == pytest.approx(mvc[1], rel=0.15)
    assert ((lengths <= 0.5) == (kind == "ME")).all()
    logs = np.log(strengths)
    skew = np.mean(((logs - logs.mean()) / logs.std()) ** 3)
    assert abs(skew) < 0.15  # lognormal


def test_kinds_and_emotions_as_often_as_published(drafts) -> None:
    published = {  # ME, MaE
        "anger": (49, 31),
        "disgust": (59, 32),
        "fear": (25, 27),
        "happiness": (26, 23),
        "sadness": (42, 23),
        "surprise": (27, 13),
        "other": (2, 1),
    }
    for emotion, counts in published.items():
        for kind, count in zip(("ME", "MaE"), counts, strict=True):
            share = sum(d.emotion == emotion and d.kind == kind for d in drafts) / len(drafts)
            assert share == pytest.approx(count / 380, abs=0.012), (emotion, kind)


def test_each_emotion_moves_its_main_channels(drafts) -> None:
    main = {
        "anger": {1, 2, 5},
        "disgust": {1, 2, 3, 5},
        "fear": {1, 2},
        "happiness": {2, 4, 6},
        "sadness": {2, 5, 6},
        "surprise": {0, 2},
        "other": {2},
    }
    assert set(EMOTIONS) == set(main)
    for emotion, channels in main.items():
        moved = [set(d.mvc_pct) for d in drafts if d.emotion == emotion]
        assert set().union(*moved) == channels
    for d in drafts[:500]:
        first, *others = d.mvc_pct.values()
        assert all(0 < value < first for value in others)


def test_blinks_and_swallows_have_their_places() -> None:
    rng = np.random.default_rng(5)
    drafts = [draw_nuisance(rng) for _ in range(2000)]
    blinks = [d for d in drafts if d.kind == "blink"]
    swallows = [d for d in drafts if d.kind == "swallow"]
    assert len(blinks) + len(swallows) == 2000
    assert len(blinks) > 5 * len(swallows) > 1000
    assert {tuple(d.mvc_pct) for d in blinks} == {(2,)}
    assert max(d.duration_s for d in blinks) < 0.3
    assert np.std([max(d.mvc_pct.values()) for d in blinks]) < 3
    assert all(set(d.mvc_pct) == {5, 6} for d in swallows)


def test_emg_lies_between_20_and_450_hz() -> None:
    noise = emg_noise(np.random.default_rng(1), 80_000, 1 / 8000)
    power = np.abs(np.fft.rfft(noise)) ** 2
    hz = np.fft.rfftfreq(len(noise), 1 / 8000)
    assert power[(hz > 18) & (hz < 455)].sum() / power.sum() > 0.99
    median = hz[np.searchsorted(power.cumsum(), power.sum() / 2)]
    assert 70 < median < 200
    assert noise.std() == pytest.approx(1.0, rel=0.05)


def test_a_burst_rises_to_its_peak_and_falls_back() -> None:
    rng = np.random.default_rng(2)
    bursts = np.array([make_burst(rng, 4000, 1600, 1 / 8000) for _ in range(400)])
    envelope = np.abs(bursts).mean(axis=0)  # the rectified signal, without its chance
    smooth = np.convolve(envelope, np.ones(80) / 80, "same")
    assert smooth.max() == pytest.approx(1.0, abs=0.06)
    assert abs(int(smooth.argmax()) - 1600) < 250
    assert smooth[800] == pytest.approx(0.5, abs=0.05)
    assert smooth[2800] == pytest.approx(0.5, abs=0.05)
    assert smooth[:50].max() < 0.05
    assert smooth[-50:].max() < 0.05


def face(**change: float) -> Face:
    settings = {name: getattr(REST, name) for name in FaceSettings.__slots__} | change
    made = Face(8, FaceSettings(**settings), seed=4)
    made.begin(1 / 8000)
    return made


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
    made = Face(8, FaceSettings(0, 0, 50, 50.0, 20.0, 0, 0), seed=4)
    made.begin(1 / 1000)
    uv = made.read(200_000)
    assert np.abs(uv.mean(axis=1)).max() < 20_100
    assert np.ptp(uv.mean(axis=1)) > 10_000
    assert uv.std(axis=1) == pytest.approx(50, rel=0.25)
    assert np.abs(np.diff(uv, axis=1)).max() < 0.5


def test_the_same_seed_gives_the_same_face_in_any_batches() -> None:
    lively = FaceSettings(expressions_per_min=60, nuisance_per_min=60)
    one, other, third = (Face(8, lively, seed) for seed in (1, 1, 2))
    for each in (one, other, third):
        each.begin(1 / 8000)
    whole = one.read(100_000)
    pieces = np.concatenate([other.read(n) for n in (1, 777, 4096, 50_000, 45_126)], axis=1)
    assert np.abs(whole - pieces).max() < 0.01  # hum and drift may round otherwise
    assert one.begun == other.begun
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
    places = [(m.onset, m.offset) for m in made.begun]
    assert len(places) > 20
    assert all(b[0] - a[1] >= 499 for a, b in pairwise(places))


def test_the_truth_is_where_the_signal_is() -> None:
    made = face(expressions_per_min=30)
    uv = made.read(8000 * 60)
    assert len(made.begun) > 10
    quiet = np.ones(uv.shape, dtype=bool)
    for movement in made.begun:
        a, b = ((place + 3) * 8 for place in (movement.onset, movement.offset))
        assert movement.onset < movement.apex < movement.offset
        for channel, peak_uv in movement.peak_uv.items():
            burst = uv[channel, a : b + 8]
            quiet[channel, a : b + 8] = False
            assert peak_uv == pytest.approx(movement.mvc_pct[channel] * 2.0)  # MVC 200 uV
            if b < uv.shape[1]:
                # A raised cosine of that peak: rms sqrt(3 / 8) of what it has at the apex.
                rms = peak_uv * math.sqrt(math.pi / 2) * math.sqrt(3 / 8)
                assert 0.5 * rms < burst.std() < 1.6 * rms
    assert np.abs(uv[quiet]).max() < 1e-3


def test_fewer_channels_than_muscles() -> None:
    made = Face(4, FaceSettings(expressions_per_min=60), seed=1)
    made.begin(1 / 1000)
    assert made.read(60_000).shape == (4, 60_000)
    assert made.begun
    assert all(max(movement.peak_uv) < 4 for movement in made.begun)
