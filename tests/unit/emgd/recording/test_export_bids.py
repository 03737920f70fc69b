"""A dataset in EMG-BIDS, judged by the official validator."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import edfio
import pytest
from emgd.export.bids import write_bids
from emgd.export.timeline import ExportFault
from emgd.study import parse


@pytest.fixture
def study(study_text):
    return parse(study_text)


@pytest.fixture
def session(stream):
    stream.meta()
    for number in range(100):
        stream.raw()
        if number == 50:
            stream.gap(100)
        if number % 10 == 5:
            stream.mark("film on", number % 3)
        if number % 2:
            stream.tick(number)
    stream.mark("late", sample=30)
    stream.interval(500, 800)
    return stream


def validate(root):
    """Errors and warnings of the validator, as `code where`."""
    command = [str(Path(sys.executable).with_name("bids-validator-deno")), "--format", "json"]
    done = subprocess.run([*command, str(root)], capture_output=True, text=True, check=False)
    issues = json.loads(done.stdout)["issues"]["issues"]
    errors = [issue for issue in issues if issue["severity"] == "error"]
    return errors, {issue["code"] for issue in issues if issue["severity"] == "warning"}


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_the_validator_finds_no_error(record, session, study, tmp_path):
    root = tmp_path / "dataset"
    named = record(session, "sub-P01_ses-2_task-films_run-1", study=study)
    written = write_bids(named, root, named.study, {})
    assert written.missing == []
    assert written.bdf == root / "sub-P01/ses-2/emg/sub-P01_ses-2_task-films_run-1_emg.bdf"
    again = write_bids(named, root, named.study, {"participant": "P02", "run": "3"})
    assert again.bdf.exists()
    errors, warnings = validate(root)
    assert errors == []
    allowed = {
        "TOO_FEW_AUTHORS",
        "NO_AUTHORS",
        "JSON_KEY_RECOMMENDED",
        "SIDECAR_KEY_RECOMMENDED",
    }
    assert warnings <= allowed


def test_without_a_study_it_is_valid_too_and_says_what_is_missing(record, session, tmp_path):
    root = tmp_path / "dataset"
    rec = record(session, "pilot_3", info={"age": 31, "sex": "F"})
    written = write_bids(rec, root, {}, {})
    assert set(written.missing) == {
        "EMGPlacementSchemeDescription",
        "EMGReference",
        "PowerLineFrequency",
    }
    assert written.bdf.name == "sub-pilot3_task-unnamed_emg.bdf"
    assert validate(root)[0] == []
    (person,) = rows_of(root / "participants.tsv")
    assert person == {
        "participant_id": "sub-pilot3",
        "age": "31",
        "sex": "F",
        "handedness": "n/a",
    }


def test_the_fields_say_what_was_recorded(record, session, study, tmp_path):
    rec = record(session, "sub-1_task-x", study=study)
    bdf = write_bids(rec, tmp_path / "d", rec.study, {}).bdf
    side = json.loads(bdf.with_suffix(".json").read_text())
    assert side["TaskName"] == "x"
    assert (side["PowerLineFrequency"], side["EMGReference"]) == (50, "bipolar")
    assert (side["SamplingFrequency"], side["EMGChannelCount"]) == (1000, 8)
    assert side["RecordingType"] == "continuous"
    assert "Fridlund & Cacioppo 1986" in side["EMGPlacementSchemeDescription"]
    assert side["RecordingDuration"] == pytest.approx(2.1)
    channels = rows_of(bdf.with_name("sub-1_task-x_channels.tsv"))
    assert [row["name"] for row in channels] == [s.label for s in edfio.read_bdf(bdf).signals]
    assert {row["type"] for row in channels} == {"EMG"}
    assert {row["units"] for row in channels} == {"uV"}
    assert channels[3]["target_muscle"] == "muscle 4"
    (scan,) = rows_of(tmp_path / "d/sub-1/sub-1_scans.tsv")
    assert scan["filename"] == "emg/sub-1_task-x_emg.bdf"
    assert scan["acq_time"].startswith("2027-01-15T08:00:00.000000")


def test_events_are_in_order_and_at_their_samples(record, session, tmp_path):
    rec = record(session, "sub-1_task-x")
    bdf = write_bids(rec, tmp_path / "d", {}, {}).bdf
    rows = rows_of(bdf.with_name("sub-1_task-x_events.tsv"))
    onsets = [float(row["onset"]) for row in rows]
    assert onsets == sorted(onsets)
    for row in rows:
        assert float(row["onset"]) * 1000 == pytest.approx(int(row["sample"]), abs=0.01)
    kinds = {row["trial_type"] for row in rows}
    assert kinds == {"tick", "film on", "late", "ME", "BAD_ACQ_SKIP"}
    gap = next(row for row in rows if row["trial_type"] == "BAD_ACQ_SKIP")
    assert (gap["sample"], float(gap["duration"])) == ("1020", 0.1)
    marks = [row["value"] for row in rows if row["trial_type"] == "film on"]
    assert marks == [str(number % 3) for number in range(5, 100, 10)]


def test_nothing_is_replaced(record, session, tmp_path):
    rec = record(session, "sub-1_task-x")
    write_bids(rec, tmp_path / "d", {}, {})
    with pytest.raises(ExportFault, match="exists already"):
        write_bids(rec, tmp_path / "d", {}, {})
