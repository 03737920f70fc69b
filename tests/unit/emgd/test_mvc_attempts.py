"""What an attempt at maximum contraction is worth, and what is told of it."""

import re

import numpy as np
import pytest
from boardsim.face import Effort, FaceSettings
from boardsim.render import render, to_microvolts
from boardsim.simboard import Settings
from emgd.face.mvc import Attempt, best_uv, far_from_the_others
from scipy import signal
from support.chain import band, envelope, expected

BAND, LOW = band(1000), envelope(1000)
NAMES = ("c1", "c2", "c3")


def attempt(emg: np.ndarray, rate_hz: int = 1000, rest_uv: float | None = 2.0) -> Attempt:
    """An attempt on channel 1 of what scipy makes of this EMG, `[samples, 3]`."""
    low = signal.butter(2, 6, fs=rate_hz, output="sos")
    env = signal.sosfilt(low, np.abs(emg), axis=0)
    return Attempt(1, NAMES, rate_hz, emg.astype(np.float32), env.astype(np.float32), rest_uv)


def held(
    uv: float, rate_hz: int = 1000, seconds: float = 3.0, others_uv: float = 1.5
) -> np.ndarray:
    """Noise whose mean rectified value is `uv` on channel 1, after a second of rest."""
    rng = np.random.default_rng(8)
    emg = rng.standard_normal((round(seconds * rate_hz), 3)) * others_uv * (np.pi / 2) ** 0.5
    emg[rate_hz:, 1] *= uv / others_uv
    return emg


@pytest.mark.parametrize("rate_hz", [250, 1000, 2000])
def test_the_value_is_the_best_half_second(rate_hz: int) -> None:
    env = np.full((4 * rate_hz, 3), 2.0, np.float32)
    env[rate_hz : rate_hz + rate_hz // 4, 1] = 400  # a quarter of a second does not count whole
    env[2 * rate_hz : 3 * rate_hz, 1] = 300
    made = Attempt(1, NAMES, rate_hz, np.zeros_like(env), env)
    assert made.value_uv() == pytest.approx(300)
    env[2 * rate_hz : 3 * rate_hz, 1] = 100
    assert made.value_uv() == pytest.approx((400 + 2) / 2, rel=0.01)


def test_noise_that_is_held_gives_about_its_mean() -> None:
    made = attempt(held(300.0))
    assert made.value_uv() == pytest.approx(300, rel=0.12)
    assert made.doubts() == []


def test_steady_contractions_of_a_face_come_out_near_their_mean() -> None:
    """The best half second is some percent too high, the highest sample nearly half too high."""
    calm = dict.fromkeys(
        ("expressions_per_min", "nuisance_per_min", "speech_per_min", "pops_per_min"), 0.0
    )
    efforts = tuple(Effort(channel, 1.0, 4.0) for channel in range(8))
    best, highest = [], []
    for seed in range(4):
        settings = Settings(seed=seed, face=FaceSettings(cross_talk=0.0, mvc=efforts, **calm))
        counts, truth = render(settings, 6000, 1000)
        _, env = expected(counts, to_microvolts(counts[:1] * 0 + 1, settings, 1000), BAND, LOW)
        for channel, true_uv in enumerate(truth[0]["muscles"]["mvc_uv"]):
            best.append(Attempt(channel, NAMES, 1000, env, env).value_uv() / true_uv)
            highest.append(env[:, channel].max() / true_uv)
    assert np.percentile(best, [5, 50, 95]) == pytest.approx([1.0, 1.06, 1.13], abs=0.03)
    assert np.percentile(highest, [5, 50, 95]) == pytest.approx([1.28, 1.40, 1.56], abs=0.1)


@pytest.mark.parametrize(("seconds", "enough"), [(0.9, False), (1.1, True)])
def test_a_short_attempt_is_not_enough(seconds: float, enough: bool) -> None:
    assert attempt(np.ones((round(1000 * seconds), 3))).long_enough is enough


def test_another_muscle_is_named() -> None:
    emg = held(100.0)
    emg[:, 2] *= 100
    [said] = attempt(emg).doubts()
    assert said.startswith("c3 was stronger (")
    emg[:, 1] /= 50
    faint = attempt(emg).no_effort()
    assert re.match(r"it is only 1\.\d times what is there at rest, and c3 was stronger", faint)


def test_weak_against_rest() -> None:
    [said] = attempt(held(6.0)).doubts()
    assert said.startswith("it is only 3.")
    assert attempt(held(6.0), rest_uv=None).doubts() == []


@pytest.mark.parametrize("rate_hz", [250, 1000])
def test_rest_itself_is_no_effort_and_a_contraction_is_one(rate_hz: int) -> None:
    rest_uv = 2.0
    rng = np.random.default_rng(3)
    for _ in range(20):
        rest = attempt(rest_uv * rng.standard_normal((4 * rate_hz, 3)), rate_hz, rest_uv)
        assert rest.no_effort().startswith("it is only 1.")
    assert attempt(held(6.0)).no_effort() == ""
    assert attempt(held(2.0), rest_uv=None).no_effort() == ""


def test_a_jerk_is_told_from_a_held_contraction() -> None:
    emg = held(100.0, seconds=4.0)
    emg[2000:2040, 1] = 6000.0
    [said] = attempt(emg).doubts()
    assert said.startswith("for a moment the envelope was at ")


@pytest.mark.parametrize("mains_hz", [50, 60])
def test_mains_is_told_with_what_to_do(mains_hz: int) -> None:
    emg = held(100.0)
    emg[:, 1] += 150 * np.sin(2 * np.pi * mains_hz * np.arange(len(emg)) / 1000)
    [said] = attempt(emg).doubts()
    assert f"mains hum ({mains_hz} Hz)" in said
    assert f"filter.mains_hz = {mains_hz}" in said


def test_silence_gives_nothing_and_no_warning_of_numpy() -> None:
    silent = attempt(np.zeros((2000, 3)))
    assert silent.value_uv() == 0
    assert len(silent.doubts()) == 1  # weak


def test_the_largest_attempt_counts() -> None:
    assert best_uv([]) is None
    assert best_uv([210.0, 250.0, 240.0]) == 250.0


@pytest.mark.parametrize(
    ("attempts", "says"),
    [
        ([200.0], ""),
        ([200.0, 290.0], ""),
        ([200.0, 310.0], "the attempts differ much"),
        ([200.0, 310.0, 250.0], ""),
        ([200.0, 500.0, 250.0], "attempt 2 (500 uV) is far above"),
        ([200.0, 90.0, 180.0], "attempt 2 (90 uV) is far below"),
    ],
)
def test_an_attempt_that_stands_alone_is_told(attempts: list[float], says: str) -> None:
    said = far_from_the_others(attempts)
    assert said.startswith(says) if says else said == ""
