"""Filmed displays whose every frame's true time is known; the films know nothing of the fit."""

import numpy as np
import pytest
from support.filmed import Row, display, film

NTSC = 30000 / 1001
MS = 1e-3


def just_beside(shown, filmed, row, within_s) -> bool:
    """Whether a misreading is the number that was shown so shortly before or after the exposure."""
    t = filmed.times_s[row.frame]
    around = shown.at(np.array([t - within_s, t + within_s]))
    return row.number in shown.numbers[around] % 10_000


def test_ten_minutes_with_misread_and_missing_digits(laid):
    rng = np.random.default_rng(1)
    shown = display(660, rng)
    filmed = film(shown, rng, fps=NTSC, seconds=600, ppm=35, drift_ppm=4)
    outcome = laid(shown, filmed, 30000 / 1001)

    assert len(filmed.planted) > 600
    assert len(filmed.rows) < 0.81 * len(filmed.times_s)
    assert np.abs(outcome.off_s).max() < 10 * MS
    assert np.abs(outcome.off_s).max() < 0.5 * MS  # the constraints together give far more
    assert not outcome.missed()
    assert not outcome.wronged()
    assert (np.abs(outcome.off_s) <= outcome.sure_s).all()
    assert 1e6 * (1 / outcome.fitted.line.frame_s / NTSC - 1) == pytest.approx(35, abs=2)


@pytest.mark.parametrize(
    ("fps", "ppm"), [(25, 150), (25, -500), (30, 500), (50, -500), (60, 500), (120, -500)]
)
def test_rates_and_cameras_that_are_off(laid, fps, ppm):
    rng = np.random.default_rng(fps)
    shown = display(200, rng)
    outcome = laid(shown, film(shown, rng, fps=fps, seconds=180, ppm=ppm), fps, exposure_s=MS)
    assert np.abs(outcome.off_s).max() < 10 * MS
    assert not outcome.missed()
    assert not outcome.wronged()
    assert not outcome.fitted.cuts


def test_25_frames_in_step_with_the_display_are_told_to_be_unsure(laid):
    """A frame each tick, never nearer to a change: nobody can say where between two changes."""
    rng = np.random.default_rng(3)
    shown = display(80, rng, ppm=0.0, late_s=1e-5)
    outcome = laid(shown, film(shown, rng, fps=25, seconds=60, exposure_s=1e-4), 25)
    assert (outcome.sure_s > 18 * MS).all()
    assert (outcome.sure_s < 25 * MS).all()
    assert (np.abs(outcome.off_s) <= outcome.sure_s).all()


@pytest.mark.parametrize("exposure_ms", [0.001, 4, 10])
def test_exposures_across_a_change(laid, exposure_ms):
    rng = np.random.default_rng(5)
    shown = display(320, rng)
    filmed = film(shown, rng, seconds=300, exposure_s=exposure_ms * MS)
    for known in (None, exposure_ms * MS):
        outcome = laid(shown, filmed, NTSC, exposure_s=known)
        assert np.abs(outcome.off_s).max() < 1.0 * MS
        assert not outcome.wronged()
        end_s = exposure_ms * MS / 2 + 1 * MS
        assert all(just_beside(shown, filmed, row, end_s) for row in outcome.missed())
        assert len(outcome.missed()) <= 2


@pytest.mark.parametrize("fps", [NTSC, 50, 120])
def test_dropped_frames_are_found_to_a_few(laid, fps):
    rng = np.random.default_rng(7)
    shown = display(150, rng)
    dropped = [(1000, 1), (1700, 2), (1900, 1), (3000, 45)]
    filmed = film(shown, rng, fps=fps, seconds=130, dropped=dropped, ppm=60)
    outcome = laid(shown, filmed, fps)
    found = outcome.fitted.cuts
    assert [cut.skipped for cut in found] == [many for _, many in dropped]
    assert not any(cut.new_group for cut in found)
    gone = 0
    for cut, (frame, many) in zip(found, dropped, strict=True):
        assert cut.earliest <= frame - gone <= max(cut.latest, cut.earliest)
        gone += many
    unsure = sum(cut.latest - cut.earliest for cut in found)
    assert unsure <= 30
    assert (np.abs(outcome.off_s) <= outcome.sure_s).all()
    assert (np.abs(outcome.off_s) > 10 * MS).sum() <= unsure
    assert not outcome.missed()
    assert not outcome.wronged()


def test_repeated_frames_push_the_rest_back(laid):
    rng = np.random.default_rng(9)
    shown = display(80, rng)
    filmed = film(shown, rng, seconds=60)
    # frame 800 is in the video twice: a copy that took no time
    filmed.times_s = np.insert(filmed.times_s, 800, filmed.times_s[800])
    filmed.rows = [Row(r.frame + (r.frame >= 800), r.number, r.planted) for r in filmed.rows]
    outcome = laid(shown, filmed, NTSC)
    assert [cut.skipped for cut in outcome.fitted.cuts] == [-1]
    assert (np.abs(outcome.off_s) <= outcome.sure_s).all()
    assert not outcome.missed()


def test_numbers_that_wrap_and_a_counter_that_begins_again(laid):
    rng = np.random.default_rng(12)
    shown = display(700, rng, restart_at=12_000)  # wraps at 400 s, begins again at 480 s
    filmed = film(shown, rng, fps=25, seconds=330, start_s=300.0, ppm=-90)
    outcome = laid(shown, filmed, 25, exposure_s=MS)
    assert np.abs(outcome.off_s).max() < 10 * MS
    # frames in step with the display lie at a change for seconds
    assert all(just_beside(shown, filmed, row, 1.5 * MS) for row in outcome.missed())
    # none is thrown out but for those in the 3 s in which the display stood still
    stood = [row for row in outcome.wronged() if not 479 < filmed.times_s[row.frame] < 484]
    assert not stood


def test_a_late_display_gives_no_worse_times(laid):
    """Numbers lit up to 100 ms late, as behind Wi-Fi: it is known when, so it does not matter."""
    rng = np.random.default_rng(13)
    shown = display(140, rng, late_s=0.015)
    outcome = laid(shown, film(shown, rng, seconds=120), NTSC)
    assert np.abs(outcome.off_s).max() < 1 * MS
    assert not outcome.wronged()


def test_a_coder_who_reads_a_frame_every_half_minute(laid):
    rng = np.random.default_rng(15)
    shown = display(660, rng)
    filmed = film(shown, rng, seconds=600, missing=0.0, misread=0.0, ppm=80)
    filmed.rows = filmed.rows[::900]
    filmed.rows[7].number += 300  # one misread
    filmed.rows[7].planted = True
    outcome = laid(shown, filmed, NTSC)
    assert len(filmed.rows) == 20
    assert not outcome.missed()
    assert not outcome.wronged()
    assert (np.abs(outcome.off_s) <= outcome.sure_s).all()
    assert np.abs(outcome.off_s).max() < 20 * MS


def test_several_readings_of_a_frame(laid):
    rng = np.random.default_rng(17)
    shown = display(60, rng)
    filmed = film(shown, rng, seconds=40)
    twice = [Row(r.frame, r.number, r.planted) for r in filmed.rows[::3]]
    filmed.rows = sorted([*filmed.rows, *twice], key=lambda row: row.frame)
    outcome = laid(shown, filmed, NTSC)
    assert np.abs(outcome.off_s).max() < 1 * MS
    assert not outcome.missed()
    assert not outcome.wronged()


def test_digits_misread_alike_for_a_while_do_not_divert(laid):
    """A 1 taken for a 7 for two seconds: all these readings agree with each other."""
    rng = np.random.default_rng(19)
    shown = display(80, rng)
    filmed = film(shown, rng, seconds=60, misread=0.0)
    for row in filmed.rows[500:560]:
        row.number, row.planted = (row.number + 600) % 10_000, True
    outcome = laid(shown, filmed, NTSC, exposure_s=MS)
    assert np.abs(outcome.off_s).max() < 1 * MS
    assert not outcome.missed()
    assert not outcome.wronged()


def test_a_video_that_begins_before_the_recording_and_ends_after_it(laid):
    rng = np.random.default_rng(21)
    shown = display(80, rng)
    filmed = film(shown, rng, seconds=60, start_s=8.0)
    kept = (shown.lit_s > 25) & (shown.lit_s < 50)
    shown.lit_s, shown.numbers = shown.lit_s[kept], shown.numbers[kept]
    outcome = laid(shown, filmed, NTSC, exposure_s=MS)
    inside = (filmed.times_s > 25) & (filmed.times_s < 50)
    assert np.abs(outcome.off_s[inside]).max() < 1 * MS
    assert (np.abs(outcome.off_s) <= outcome.sure_s).all()
    lost = [row for row in outcome.wronged() if inside[row.frame]]
    assert not lost
    assert not [row for row in outcome.missed() if inside[row.frame]]
