"""Whole films: how many frames are read, and that none is read wrong."""

from pathlib import Path

import pytest
from support.led_film import Film, by_hand, lively_room, upright

from .conftest import Seen, read_film

TILTED = ((200, 150), (262, 156), (261, 190), (198, 186))
HARD = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "30")

GOOD = {
    "seen from the side": Film(corners=((150, 120), (255, 135), (258, 188), (148, 185)), seconds=4),
    "40 pixels wide, beside a face, past the last number": Film(
        corners=upright(200, 150, 40), noise=4, scene=lively_room, first=9940, seconds=4
    ),
    "filling the frame, leading places empty": Film(
        corners=upright(20, 60, 270), slant=0.17, first=0, blank_leading=True, seconds=4.5
    ),
    "60 frames a second, blue": Film(
        fps=60, seconds=3.5, shutter_s=0.008, color=(1, 0.1, 0.05), scene=lively_room
    ),
    "by hand, small, hard compressed": Film(
        corners=TILTED, shake=by_hand(1.5), scene=lively_room, noise=5, encoder=HARD, seconds=5
    ),
    "square figures as on a screen, green, noise and blur": Film(
        bar=20, slant=0, tails=False, color=(0.1, 1, 0.05), noise=8, blur=1.2, seconds=4
    ),
    "white with much glow": Film(glow=0.15, light=1.5, color=(0.9, 1, 1), seconds=4),
}


@pytest.mark.parametrize("name", GOOD)
def test_clean_frames_are_read_and_none_is_wrong(name: str, tmp_path: Path) -> None:
    seen = read_film(GOOD[name], tmp_path / "film.mp4")
    assert seen.wrong() == []
    assert seen.share_of_clean() >= 0.95


def test_a_frame_that_saw_two_numbers_is_left_out_or_shows_one_of_them(shutter_film: Seen) -> None:
    film = shutter_film.film
    two = [n for n in range(film.frames) if len(film.shown(n)) > 1]
    assert len(two) > 40
    assert shutter_film.wrong() == []
    assert shutter_film.share_of_clean() >= 0.95
    read = [n for n in two if shutter_film.number(n) is not None]
    assert len(read) < 0.7 * len(two)
    lesser = [n for n in read if film.shown(n)[shutter_film.number(n)] < 0.4]
    assert lesser == []


def test_two_numbers_that_clip_into_one_are_told_by_the_sequence(tmp_path: Path) -> None:
    film = Film(light=3, shutter_s=1 / 60, seconds=4)
    seen = read_film(film, tmp_path / "film.mp4")
    assert seen.read.readings.alone.any()
    assert seen.wrong() == []
    assert seen.share_of_clean() >= 0.95


def test_a_change_of_exposure_costs_little(tmp_path: Path) -> None:
    film = Film(exposure=lambda t: 1.0 if t < 2.5 else 0.3, scene=lively_room, seconds=5)
    seen = read_film(film, tmp_path / "film.mp4")
    assert seen.wrong() == []
    assert seen.share_of_clean() >= 0.9


def test_a_camera_that_is_knocked_finds_the_display_again(tmp_path: Path) -> None:
    film = Film(shake=lambda t: (-60, -40) if t > 4 else (0, 0), scene=lively_room, seconds=9)
    seen = read_film(film, tmp_path / "film.mp4")
    assert seen.wrong() == []
    later = [n for n in film.clean() if n > 6 * film.fps]
    assert sum(seen.number(n) is not None for n in later) >= 0.95 * len(later)
    assert len(seen.read.seen.places) == 2
    assert seen.share_of_clean() > 0.8


def test_a_display_that_is_cut_off_by_the_frames_edge_is_not_guessed(tmp_path: Path) -> None:
    film = Film(shake=lambda t: (50, 0) if t > 3.9 else (0, 0), seconds=6)
    seen = read_film(film, tmp_path / "film.mp4")
    assert seen.wrong() == []
    assert not any(seen.number(n) is not None for n in range(120, film.frames))
    before = [n for n in film.clean() if n < 110]
    assert sum(seen.number(n) is not None for n in before) >= 0.95 * len(before)
