"""From a video to the time of each of its frames, without a human: read-tube, then align."""

import csv
from pathlib import Path

import numpy as np
from emgd.cli import main
from support.aligned import Lab
from support.filmed import Display
from support.led_film import Film
from support.ticked import ZERO_NS, recorded, rest

NTSC = 30000 / 1001
START_S = 6.25  # of the film, in the recording
SECONDS = 10.0


def faulty(number: int) -> int:
    """A display that shows a wrong hundred for almost a second."""
    return number + 500 if 290 <= number < 310 else number


def test_frames_of_a_film_have_their_times(tmp_path: Path) -> None:
    film = Film(
        first=120,
        shows=faulty,
        fps=NTSC * (1 + 150e-6),  # the camera's clock is off
        seconds=SECONDS,
        noise=4,
        shake=lambda t: (1.5 * np.sin(2 * t), np.sin(3 * t)),
    )
    video = tmp_path / "face.mp4"
    film.write(video, rate="30000/1001")
    numbers = np.arange(1, 700)
    lit_s = START_S + film.first_tick_s + (numbers - film.first - 1) * film.tick_s
    recording = recorded(tmp_path, Display(lit_s, numbers), rest(30), [], [])

    digits = tmp_path / "digits.csv"
    assert main(["read-tube", str(video), "--out", str(digits)]) == 0
    lab = Lab(recording, digits)
    assert lab.run("--frames", film.frames) == 0

    frames = lab.table("frames")
    assert len(frames) == film.frames
    told_s = np.array([int(row["t_ns"]) - ZERO_NS for row in frames]) / 1e9
    true_s = START_S + np.arange(film.frames) / film.fps + film.shutter_s / 2
    assert np.abs(told_s - true_s).max() < 10e-3

    with digits.open() as rows:
        read = {
            int(row["frame"]): int(row["number"]) for row in csv.DictReader(rows) if row["number"]
        }
    assert sum(read.get(n) in film.shown(n) for n in film.clean()) >= 0.95 * len(film.clean())
    honest = Film(first=120, fps=film.fps, seconds=SECONDS)
    wrong = {n for n, number in read.items() if number not in honest.shown(n)}
    assert len(wrong) > 15  # the reader tells what it sees
    good = {int(row["frame"]) for row in lab.table("readings") if row["verdict"] == "good"}
    assert not wrong & good
    assert len(good) >= 0.98 * (len(read) - len(wrong))
