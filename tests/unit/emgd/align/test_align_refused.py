"""Readings that do not say when frames were taken are refused, in a sentence that helps."""

import numpy as np
import pytest
from emgd.align.camera import Camera, FitFault
from emgd.align.fit import fit
from emgd.align.shown import shown_of
from support.filmed import display, film

NTSC = 30000 / 1001


@pytest.fixture(scope="module")
def minute():
    """A minute of video in the middle of 25 minutes of a display that wraps each 400 s."""
    rng = np.random.default_rng(2)
    shown = display(1500, rng)
    filmed = film(shown, rng, seconds=60, start_s=610.0)
    frames = np.array([row.frame for row in filmed.rows])
    numbers = np.array([row.number for row in filmed.rows])
    return filmed, frames, numbers, shown_of(shown.lit_s, shown.numbers, 4)


def refused(frames, numbers, shown, **camera) -> str:
    with pytest.raises(FitFault) as fault:
        fit(frames, numbers, shown, Camera(**{"fps": NTSC, **camera}))
    return str(fault.value)


def test_a_video_that_fits_in_several_places_needs_a_start(minute):
    _, frames, numbers, shown = minute
    assert "fit in 4 ways, about 400 s apart" in refused(frames, numbers, shown)
    for about_s, begins_s in ((500.0, 610.0), (750.0, 610.0), (100.0, 210.0)):
        known = fit(frames, numbers, shown, Camera(NTSC, start_s=about_s, wrap_s=400.0))
        assert known.times(np.array([0]))[0] == pytest.approx(begins_s, abs=0.1)


def test_a_long_video_of_which_a_short_recording_fits_twice_needs_a_start():
    rng = np.random.default_rng(6)
    shown = display(600, rng)
    filmed = film(shown, rng, fps=25, seconds=550, ppm=200)
    frames = np.array([row.frame for row in filmed.rows])
    numbers = np.array([row.number for row in filmed.rows])
    kept = (shown.lit_s > 40) & (shown.lit_s < 100)
    known = shown_of(shown.lit_s[kept], shown.numbers[kept], 4)
    told = refused(frames, numbers, known, fps=25.0)
    assert "fit in 2 ways, about 400 s apart" in told
    begun = fit(frames, numbers, known, Camera(25.0, start_s=30.0, wrap_s=400.0))
    assert np.abs(begun.times(frames) - filmed.times_s[frames])[:2000].max() < 0.01


def test_a_wrong_frame_rate_is_named(minute):
    _, frames, numbers, shown = minute
    told = refused(frames, numbers, shown, fps=25.0, start_s=600.0, wrap_s=400.0)
    assert "a video of about 29.97 frames a second, not 25.00" in told


def test_numbers_of_another_recording(minute):
    _, frames, _, shown = minute
    numbers = np.random.default_rng(0).integers(0, 10_000, len(frames))
    assert "is it the right recording" in refused(frames, numbers, shown)


@pytest.mark.parametrize("readings", [1, 3])
def test_too_few_readings(minute, readings):
    _, frames, numbers, shown = minute
    told = refused(frames[:readings], numbers[:readings], shown)
    assert told == f"{readings} readings determine nothing: read 4 frames or more."


def test_a_camera_that_wavers_is_refused_too(minute):
    """Each frame 1/30 or 1/29 s, by chance: time walks away from the frame count in small steps."""
    *_, shown = minute
    rng = np.random.default_rng(8)
    times = 20 + np.cumsum(rng.choice([1 / 30, 1 / 29], 6000))
    numbers = shown.number[shown.at(times)]
    fps = float(5999 / np.ptp(times))
    told = refused(np.arange(6000), numbers, shown, fps=fps, start_s=20.0, wrap_s=400.0)
    assert "no constant frame rate" in told


def test_a_video_without_a_constant_rate_is_to_be_converted(minute):
    *_, shown = minute
    rng = np.random.default_rng(4)
    times = 610 + np.cumsum(rng.choice([1 / 30, 1 / 24, 1 / 20], 1500))
    numbers = shown.number[shown.at(times)]
    fps = float(len(times) / np.ptp(times))
    told = refused(np.arange(1500), numbers, shown, fps=fps, start_s=600.0, wrap_s=400.0)
    assert "no constant frame rate" in told
