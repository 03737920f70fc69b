"""A film of the display of a running daemon: the truth is the simulated board's own log."""

from pathlib import Path

import numpy as np
from support.aligned import Lab
from support.board import Board
from support.control import done
from support.daemon import Daemon
from support.filmed import Display, film
from support.process import wait_until

SECONDS = 8.0
FPS = 30000 / 1001


def test_frames_of_a_film_of_a_running_daemon(tmp_path):
    with Board(tmp_path, seed=5) as board:
        with Daemon(
            tmp_path, board.url, "--record-dir", str(tmp_path), "--record", "film"
        ) as daemon:
            numbers = round(SECONDS / 0.04) + 50
            wait_until(lambda: len(board.tube_numbers) > numbers, "numbers", within_s=60)
            ahead_ns = daemon.utc_offset_ns()
            recording = Path(done(daemon.control, "record.stop")["path"])
        lit_ns = np.array(board.host_times_ns("TUBE"))  # by the board, in the monotonic clock
        shown = Display((lit_ns - lit_ns[0]) / 1e9, np.array(board.tube_numbers))

    rng = np.random.default_rng(3)
    filmed = film(shown, rng, seconds=SECONDS, start_s=1.0, ppm=-60)
    digits = tmp_path / "digits.csv"
    digits.write_text("".join(f"{row.frame},{row.number:04d}\n" for row in filmed.rows))
    lab = Lab(recording, digits, filmed)
    assert lab.run("--exposure", "1", "--frames", len(filmed.times_s)) == 0

    frames = lab.table("frames")
    told_s = np.array([int(row["t_ns"]) - int(lit_ns[0]) - ahead_ns for row in frames]) / 1e9
    assert len(frames) == len(filmed.times_s)
    assert np.abs(told_s - filmed.times_s).max() < 10e-3
    readings = lab.table("readings")
    good = np.array([row["verdict"] == "good" for row in readings])
    planted = np.array([row.planted for row in filmed.rows])
    assert planted.sum() > 5
    assert not (good & planted).any()
    assert (~good & ~planted).sum() <= 2  # a busy machine may be told late when one was lit
