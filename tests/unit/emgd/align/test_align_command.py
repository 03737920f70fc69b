"""`emgd align` as it is typed, on a recording whose samples and ticks are known."""

import argparse
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import emgd.commands.align as command
import numpy as np
import pytest
from support.aligned import Lab
from support.filmed import Film, display, film
from support.ticked import ZERO_NS, interval, recorded, rest

FPS = 30000 / 1001
PAUSE = (20_000, 20_600)  # samples that are missing
MOVES = [
    interval(12_000, 12_317, "ME"),
    interval(14_000, 15_161, "MaE", channel=0, aus=[1, 2]),
    interval(1_000, 1_300, "ME"),  # before the video
    interval(25_000, 25_120, "blink", mvc_pct=None, aus=[], emotions=[]),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[Path, Film]:
    rng = np.random.default_rng(6)
    shown = display(40, rng)
    filmed = film(shown, rng, seconds=25, start_s=4.0, ppm=120, dropped=[(300, 2)])
    folder = tmp_path_factory.mktemp("recording")
    return recorded(folder, shown, rest(40), [PAUSE], MOVES), filmed


@pytest.fixture
def lab(made, tmp_path) -> Lab:
    path, filmed = made
    digits = tmp_path / "digits.csv"
    rows = [f"{row.frame},{row.number:04d},0.8" for row in filmed.rows]
    digits.write_text("\n".join(["frame,number,confidence", *rows, "700,", "701,7?"]) + "\n")
    return Lab(path, digits, filmed)


@pytest.fixture
def summary(lab, capsys) -> Callable[..., dict[str, Any]]:
    def run(*words: object) -> dict[str, Any]:
        assert lab.run("--json", *words) == 0
        told: dict[str, Any] = json.loads(capsys.readouterr().out)
        return told

    return run


def test_every_frame_has_its_time_and_sample(lab, capsys):
    assert lab.run("--frames", len(lab.film.times_s)) == 0
    rows = lab.table("frames")
    assert list(rows[0]) == ["frame", "sample", "t_ns", "error_ms", "shown"]
    assert [int(row["frame"]) for row in rows] == list(range(len(lab.film.times_s)))
    off_s = np.array([int(row["t_ns"]) - ZERO_NS for row in rows]) / 1e9 - lab.film.times_s
    sure_s = np.array([float(row["error_ms"]) for row in rows]) / 1e3
    assert (np.abs(off_s) <= sure_s).all()
    assert np.median(np.abs(off_s)) < 1e-3
    samples = np.array([int(row["sample"]) for row in rows])
    assert np.abs(samples / 1e3 - (lab.film.times_s + off_s)).max() <= 0.5005e-3
    said = capsys.readouterr()
    assert "29.97" in said.err
    dropped = re.search(r"dropped     at frame (\d+)", said.err)
    assert dropped
    assert abs(int(dropped[1]) - 300) <= 4
    assert "2 frames are missing before it" in said.err
    assert said.out.split() == [
        str(lab.digits.with_name(f"digits_{what}.csv")) for what in ("frames", "readings")
    ]


def test_frames_up_to_the_last_row_and_beyond_the_recording(lab, summary, capsys):
    assert summary()["frames"] == max(701, *(row.frame for row in lab.film.rows)) + 1
    assert lab.run("--frames", 100, "--force") == 0
    last = max(row.frame for row in lab.film.rows if not row.planted)
    assert f"the readings go on up to frame {last}, beyond --frames" in capsys.readouterr().err
    told = summary("--frames", 1200, "--force")
    rows = lab.table("frames")
    assert told["frames"] == len(rows) == 1200
    assert told["outside_recording"] == sum(not row["sample"] for row in rows) > 90
    assert rows[-1]["sample"] == rows[-1]["shown"] == ""


def test_each_reading_has_a_verdict_and_a_reason(lab, summary):
    told = summary("--exposure", 1)
    rows = lab.table("readings")
    by_row = {int(row["row"]): row for row in rows}
    for line, read in enumerate(lab.film.rows, 2):
        row = by_row[line]
        assert (int(row["frame"]), int(row["number"])) == (read.frame, read.number)
        assert (row["verdict"] == "good") != read.planted
        assert bool(row["why"]) == read.planted
        if read.planted and row["verdict"] in ("misread", "not shown"):
            assert f"{row['shown']} was shown" in row["why"]
    assert rows[-1]["why"] == "'7?' is no number"
    read = told["readings"]
    assert read["used"] == sum(not row.planted for row in lab.film.rows)
    assert sum(read["thrown_out"].values()) == len(lab.film.planted)
    assert (read["empty"], read["unreadable"]) == (1, 1)
    assert told["residual_ms"]["rms"] < 0.5
    assert told["ppm"] == pytest.approx(120, abs=40)


def test_a_plot_is_a_picture(lab):
    path = lab.digits.with_name("plot.png")
    assert lab.run("--plot", path) == 0
    assert path.read_bytes().startswith(b"\x89PNG")


def test_nothing_is_overwritten_unasked(lab, capsys):
    frames = lab.digits.with_name("digits_frames.csv")
    frames.write_text("mine")
    assert lab.run() == 1
    assert f"{frames} exists already and is left alone" in capsys.readouterr().err
    assert frames.read_text() == "mine"
    assert lab.run("--force") == 0
    assert frames.read_text().startswith("frame,sample")
    assert lab.run("--force", "--out", lab.digits) == 1  # never what it reads


def test_what_cannot_be_written_is_told_before_anything_is(lab, capsys):
    folder = lab.digits.parent
    events = folder / "events.jsonl"
    events.write_text(json.dumps(MOVES[0]) + "\n")
    before = sorted(folder.iterdir())
    for words, sentence in (
        (("--out", folder / "none" / "a.csv"), f"there is no folder {folder / 'none'}; make it"),
        (("--out", folder), "is a folder: name a file"),
        (("--boris", folder / "a", "--plot", folder / "a"), "would be written twice"),
        (("--events-from", folder / "none.jsonl"), "none.jsonl cannot be read"),
        (("--events-from", events, "--boris", events, "--force"), "events.jsonl is read here"),
        (("--video", events, "--plot", events, "--force"), "events.jsonl is read here"),
    ):
        assert lab.run(*words) == 1
        assert sentence in capsys.readouterr().err
        assert sorted(folder.iterdir()) == before
    assert json.loads(events.read_text()) == MOVES[0]


def test_the_summary_says_when_the_film_begins(lab, capsys):
    """By its numbers a film fits into other sessions as well; by its date it does not."""
    assert lab.run() == 0
    begun_ns = ZERO_NS + round(lab.film.times_s[0] * 1e9)
    begun = np.datetime64(begun_ns // 10**9, "s").item()
    assert f"begins      {begun:%Y-%m-%d %H:%M:%S} UTC, +" in capsys.readouterr().err


def test_a_video_that_is_not_there_is_told(lab, capsys):
    path = lab.digits.with_name("film.eaf")
    assert lab.run("--elan", path, "--video", path.with_name("none.mp4")) == 0
    assert "none.mp4 is not there: ELAN will ask for it" in capsys.readouterr().err


def test_movements_as_frames(lab, capsys):
    assert lab.run("--events") == 0
    assert "1 of 4 movements lie outside the video" in capsys.readouterr().err
    rows = lab.table("events")
    assert [row["kind"] for row in rows] == ["ME", "MaE", "blink"]
    inside = [move for move in MOVES if move["onset"] > 4000]
    for row, move in zip(rows, inside, strict=True):
        for place in ("onset", "apex", "offset"):
            nearest = int(np.argmin(np.abs(lab.film.times_s - move[place] / 1e3)))
            assert abs(int(row[f"{place}_frame"]) - nearest) <= 1
            assert float(row[f"{place}_s"]) == pytest.approx(
                int(row[f"{place}_frame"]) / FPS, abs=1e-4
            )
            assert int(row[f"{place}_sample"]) == move[place]
    assert rows[0]["aus"] == "4 7"
    assert rows[0]["also"] == "3"
    assert rows[2]["mvc_pct"] == ""


def test_movements_of_a_file_and_a_line_that_is_none(lab, capsys):
    events = lab.digits.with_name("events.jsonl")
    events.write_text(json.dumps(MOVES[0]) + "\n\n" + json.dumps(MOVES[3]) + "\n")
    assert lab.run("--events-from", events) == 0
    assert [row["kind"] for row in lab.table("events")] == ["ME", "blink"]
    capsys.readouterr()
    for bad, sentence in (
        ("{", "line 1: this is no JSON object"),
        ('{"onset": 5, "apex": 4, "offset": 9}', "line 1: an event needs"),
        ("[1]", "line 1: an event needs"),
    ):
        events.write_text(bad + "\n")
        assert lab.run("--events-from", events, "--force") == 1
        assert sentence in capsys.readouterr().err


def test_a_table_to_paste_into_boris(lab):
    """BORIS refuses a row without exactly six columns, an empty last one too."""
    path = lab.digits.with_name("boris.tsv")
    assert lab.run("--boris", path) == 0
    rows = [line.split("\t") for line in path.read_text().split("\n")]
    assert {len(row) for row in rows} == {6}
    assert [row[2] for row in rows] == ["ME", "ME", "MaE", "MaE", "blink", "blink"]
    assert {row[1] for row in rows} == {"film"}
    seconds = [float(row[0]) for row in rows]
    assert seconds == sorted(seconds)
    assert all(float(row[0]) == pytest.approx(int(row[5]) / FPS, abs=6e-4) for row in rows)


def test_movements_at_the_same_time_are_pasted_one_after_the_other(lab):
    """BORIS takes every second event of a behaviour for a stop."""
    moves = [
        interval(12_000, 12_900, "MaE", flags=["speech"], au_scores=[0.75, 0.5]),
        interval(12_400, 13_300, "MaE", channel=0, muscle="frontalis"),
        interval(12_410, 14_000, "MaE", channel=2, muscle="third"),
        interval(12_500, 12_700, "blink"),
    ]
    events, path = lab.digits.with_name("events.jsonl"), lab.digits.with_name("boris.tsv")
    events.write_text("".join(json.dumps(move) + "\n" for move in moves))
    assert lab.run("--events-from", events, "--boris", path) == 0
    table = lab.table("events")
    assert (table[0]["flags"], table[0]["au_scores"]) == ("speech", "0.75 0.5")
    rows = [line.split("\t") for line in path.read_text().split("\n")]
    states = [row for row in rows if row[2] == "MaE"]
    starts, stops = states[::2], states[1::2]
    assert [row[4] for row in starts] == [row[4] for row in stops]
    assert starts[0][4] == "muscle 2 (speech)"
    frames = [int(row[5]) for row in states]
    assert frames == sorted(frames)
    assert frames[0] == int(table[0]["onset_frame"])
    assert frames[1] == frames[2] == int(table[1]["onset_frame"])
    assert frames[-1] == int(table[2]["offset_frame"])
    assert sum(row[2] == "blink" for row in rows) == 2


def test_files_that_are_not_there_or_hold_nothing(lab, tmp_path, capsys):
    lab.digits.write_text("frame,number\n1,\n")
    assert lab.run() == 1
    assert "holds no readings" in capsys.readouterr().err
    lab.digits.unlink()
    assert lab.run() == 1
    assert "cannot be read" in capsys.readouterr().err
    lab.digits.write_text("1,1\n")
    lab.recording = tmp_path / "none.mcap"
    assert lab.run() == 1
    assert "none.mcap cannot be read" in capsys.readouterr().err


def test_a_recording_without_a_display(tmp_path, capsys):
    rng = np.random.default_rng(1)
    path = recorded(tmp_path, display(0, rng), rest(1))
    digits = tmp_path / "digits.csv"
    digits.write_text("1,1\n")
    assert Lab(path, digits, Film(np.zeros(0))).run() == 1
    assert "holds no numbers of a sync display" in capsys.readouterr().err


def test_numbers_of_which_only_is_known_when_they_were_told(made, lab, tmp_path, capsys):
    rng = np.random.default_rng(6)
    shown = display(40, rng)
    lab.recording = recorded(tmp_path, shown, rest(40), lit=False)
    assert lab.run() == 0
    said = capsys.readouterr().err
    assert "it is only known when the display was told them" in said
    assert "not in error_ms" in said


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("29.97", 30000 / 1001),
        ("59.94", 60000 / 1001),
        ("23.976", 24000 / 1001),
        ("30000/1001", 30000 / 1001),
        ("25", 25.0),
        ("29.5", 29.5),
    ],
)
def test_frame_rates_by_their_usual_names(text, rate):
    assert command.fps(text) == rate


@pytest.mark.parametrize("text", ["0", "-25", "fast", "1/0", "nan", "inf", "25/x"])
def test_what_is_no_frame_rate(text):
    with pytest.raises(argparse.ArgumentTypeError, match="no frame rate"):
        command.fps(text)
