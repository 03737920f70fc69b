"""`emgd spot` as users meet it: files in, events out, and a sentence where that cannot be."""

import csv
import json

import numpy as np
import pytest

BURSTS = [(12_000, 12_320), (20_000, 21_500), (33_000, 33_300)]
FIELDS = (
    *("id", "channel", "muscle", "also", "onset", "apex", "offset", "t_ns", "duration_ms"),
    *("peak_uv", "mvc_pct", "iemg", "kind", "aus", "emotions", "detector"),
)


def objects(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def written(value):
    """As a cell of a sheet."""
    listed = value if isinstance(value, list) else [] if value is None else [value]
    return " ".join(map(str, listed))


def meets(event, burst):
    common = min(event["offset"], burst[1]) - max(event["onset"], burst[0])
    whole = max(event["offset"], burst[1]) - min(event["onset"], burst[0])
    return common / whole


def test_json_lines_tell_each_movement_with_the_fields_of_interval(spot, face, capsys):
    options = ("--rate", 1000, "--unit", "uV", "--muscles", "zygomaticus major", "--mvc", 200)
    assert spot(face, *options, "--json") == 0
    events = objects(capsys)
    assert len(events) == len(BURSTS)
    for event, burst in zip(events, BURSTS, strict=True):
        assert set(FIELDS) <= set(event)
        assert meets(event, burst) > 0.7
        assert event["onset"] <= event["apex"] <= event["offset"]
        assert event["duration_ms"] == event["offset"] - event["onset"]
        assert event["muscle"] == "zygomaticus major"
        assert event["mvc_pct"] == pytest.approx(event["peak_uv"] / 2)
        assert event["aus"][0] in (11, 12)  # the muscle's units in the paper's table
        assert event["t_ns"] is None
    assert [event["kind"] for event in events] == ["ME", "MaE", "ME"]
    assert {event["detector"] for event in events} == {"online"}


def test_the_baseline_marks_what_rises_above_the_clip_s_mean(spot, face, capsys):
    options = ("--rate", 1000, "--unit", "uV", "--method", "baseline", "--json")
    assert spot(face, *options) == 0
    found = objects(capsys)
    assert {event["detector"] for event in found} == {"baseline"}
    for burst in BURSTS:
        assert max(meets(event, burst) for event in found) > 0.4
    assert spot(face, *options, "--clip") == 0
    (one,) = objects(capsys)
    assert one["onset"] == found[0]["onset"]
    assert one["offset"] == max(event["offset"] for event in found)
    assert spot(face, *options, "--set", "k=1000000") == 0
    assert objects(capsys) == []


def test_settings_go_by_the_paper_s_names_and_by_dotted_keys(spot, face, capsys):
    options = (face, "--rate", 1000, "--unit", "uV", "--method", "baseline", "--json")
    spot(*options, "--set", "Wf=0")
    short = objects(capsys)
    spot(*options, "--set", "baseline.Wf=0")
    assert objects(capsys) == short
    spot(*options, "--set", "Wf=4")
    assert objects(capsys)[0]["onset"] < short[0]["onset"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--set", "L=0", "--method", "baseline"), "baseline.L: 0 is not in 1 to"),
        (("--set", "spotter.treshold=3"), "did you mean spotter.threshold"),
        (("--set", "filter.mains_hz=55"), "55 is not one of 0, 50, 60"),
        (("--clip",), "--clip is for --method baseline"),
        (("--truth", "x"), "--truth is for --grid"),
        (("--grid", "k", "--method", "baseline"), "key=a,b,c"),
        (("--grid", "k=1;k=2", "--method", "baseline"), "k more than once"),
        (("--grid", "L=1..1000;S=1..1000", "--method", "baseline"), "1000000 combinations"),
        (("--grid", "L=0,60", "--method", "baseline"), "baseline.L: 0"),
        (("--grid", "k=1", "--plot", "x.png"), "--plot draws one file"),
        (("--plot", "x.xyz"), "its name must end in .png"),
        (("--set", "board.gain=12"), "board.gain: `emgd spot --method online` does not use it"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(spot, face, capsys, words, says):
    assert spot(face, "--rate", 1000, "--unit", "uV", *words) == 2
    assert says in capsys.readouterr().err


def test_a_file_that_does_not_say_its_rate_is_refused(spot, face, capsys):
    assert spot(face, "--unit", "uV") == 1
    assert "says nothing about its rate: say how fast" in capsys.readouterr().err
    assert spot(face, "--rate", 30, "--unit", "uV") == 1
    assert "30 Hz carries up to 13.5 Hz" in capsys.readouterr().err


def test_a_table_for_people(spot, face, capsys):
    assert spot(face, "--rate", 1000, "--unit", "uV") == 0
    head, _, first, *_ = capsys.readouterr().out.splitlines()
    assert "0:40 of 1 channels at 1000 Hz: 3 events (2 ME, 1 MaE)" in head
    assert first.split()[0].startswith(("0:11.9", "0:12.0"))
    assert "ME" in first


def test_csv_and_picture(spot, face, tmp_path, capsys):
    table, picture = tmp_path / "out.csv", tmp_path / "out.png"
    options = (face, "--rate", 1000, "--unit", "uV", "--csv", table, "--plot", picture)
    assert spot(*options, "--json") == 0
    events = objects(capsys)
    with table.open() as file:
        rows = list(csv.DictReader(file))
    assert [row["kind"] for row in rows] == ["ME", "MaE", "ME"]
    assert float(rows[0]["onset_s"]) == int(rows[0]["onset"]) / 1000
    for row, event in zip(rows, events, strict=True):
        assert {key: written(value) for key, value in event.items()} == {k: row[k] for k in event}
    assert picture.read_bytes().startswith(b"\x89PNG")
    before = table.read_bytes()
    assert spot(*options) == 1  # neither is overwritten
    assert table.read_bytes() == before


@pytest.mark.parametrize("method", ["online", "baseline"])
def test_a_file_that_begins_with_a_gap_keeps_its_times(spot, face, tmp_path, capsys, method):
    values = np.load(face)
    values[:9_000] = np.nan
    np.save(face, values)
    table = tmp_path / "out.csv"
    words = ("--rate", 1000, "--unit", "uV", "--method", method, "--csv", table)
    assert spot(face, *words, "--plot", tmp_path / "out.png") == 0
    with table.open() as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        assert float(row["onset_s"]) == pytest.approx(int(row["onset"]) / 1000)
    assert any(abs(float(row["onset_s"]) - 12.0) < 0.1 for row in rows)
    assert any(line.split()[0].startswith(("0:11.9", "0:12.0")) for line in _lines(capsys))


def _lines(capsys):
    return capsys.readouterr().out.splitlines()


def test_a_channel_keeps_its_name_where_some_are_chosen(spot, face, capsys):
    values = np.load(face)
    np.save(face, np.hstack([np.random.default_rng(3).normal(0, 1.5, values.shape), values]))
    assert spot(face, "--rate", 1000, "--unit", "uV", "--channels", "1,0") == 0
    assert {line.split()[3] for line in _lines(capsys)[2:]} == {"c2"}
    assert spot(face, "--rate", 1000, "--unit", "uV", "--channels", "1,1") == 1
    assert "--channels names 1 twice" in capsys.readouterr().err


def test_a_sheet_beside_a_signal_of_its_name_in_a_folder_is_no_signal(spot, face, capsys):
    (face.parent / "face.csv").write_text("onset,offset\n12000,12320\n")
    (face.parent / "other.csv").write_text("emg (uV)\n" + "0.5\n-0.5\n" * 2000)
    assert spot(face.parent, "--rate", 1000, "--unit", "uV", "--json") == 0
    files = {one["file"] for one in objects(capsys)}
    assert files == {str(face)}
    assert spot(face.parent, "--rate", 1000, "--unit", "uV") == 0
    said = capsys.readouterr().out
    assert "face.csv" not in said
    assert "other.csv" in said


def test_a_table_that_cannot_be_written_is_told_before_the_work(spot, face, tmp_path, capsys):
    nowhere = tmp_path / "nowhere" / "out.csv"
    assert spot(face, "--rate", 1000, "--unit", "uV", "--csv", nowhere) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert f"{nowhere}: No such file or directory" in told.err


def test_where_no_file_could_be_used_no_table_is_left_behind(spot, face, tmp_path, capsys):
    table = tmp_path / "out.csv"
    assert spot(tmp_path / "fce.npy", "--rate", 1000, "--unit", "uV", "--csv", table) == 1
    assert "fce.npy" in capsys.readouterr().err
    assert not table.exists()


def test_rows_that_cannot_be_channels(spot, face, capsys):
    assert spot(face, "--rate", 1000, "--unit", "uV", "--rows", "channels") == 1
    assert "40000 channels of 1 samples: give --rows samples" in capsys.readouterr().err


def test_events_are_drawn_where_they_are(face):
    from emgd.signals import Wanted
    from emgd.spot.order import Order
    from emgd.spot.picture import COLOURS
    from emgd.spot.work import spot as work

    result = work(Order(face, Wanted(rate_hz=1000, unit="uV"), traced=True))
    assert {event["kind"] for event in result.events} <= set(COLOURS)
    highest = result.trace.highest[:, 0]
    places = [int(np.nanargmax(highest[: 15_000 // 10])), int(np.nanargmax(highest[2_500:])) + 2500]
    assert 12_000 <= places[0] * result.trace.every <= 12_400
    assert 33_000 <= places[1] * result.trace.every <= 33_400


def test_a_broken_file_does_not_end_the_others(spot, face, tmp_path, capsys):
    (tmp_path / "broken.npy").write_bytes(b"not an array")
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "notes.md").write_text("no signal at all")
    np.save(tmp_path / "later.npy", np.load(face))
    assert spot(tmp_path, "--rate", 1000, "--unit", "uV", "--json", "--jobs", 2) == 1
    told = capsys.readouterr()
    files = [json.loads(line)["file"] for line in told.out.splitlines()]
    assert files == [str(face)] * 3 + [str(tmp_path / "later.npy")] * 3
    assert "broken.npy is no array" in told.err
    assert "empty.csv holds no columns" in told.err
    assert "2 of 4 files could not be used" in told.err


def test_a_folder_without_signals_is_told(spot, tmp_path, capsys):
    assert spot(tmp_path) == 2
    assert "no file that can be read" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("online", ("--set", "L=50")),
        ("online", ("--grid", "S=20,30;baseline.k=1")),
        ("baseline", ("--set", "spotter.threshold=5")),
        ("baseline", ("--grid", "L=50,60; spotter.release=0.1,0.2")),
    ],
)
def test_settings_of_the_other_method_are_refused(spot, face, capsys, method, words):
    assert spot(face, "--rate", 1000, "--unit", "uV", "--method", method, *words) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert f"`emgd spot --method {method}` does not use it" in told.err
