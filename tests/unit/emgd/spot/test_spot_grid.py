"""Grids of settings over many files: each combination once, with what it finds."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from emgd.spot.grid import GridFault, variants_of
from support.process import wait_until

BURSTS = [(12_000, 12_320), (20_000, 21_500), (33_000, 33_300)]
OPTIONS = ("--rate", 1000, "--unit", "uV", "--method", "baseline")


def test_the_900_combinations_of_the_docs():
    docs = (Path(__file__).parents[4] / "docs" / "spot.md").read_text()
    grid = docs.partition("--grid '")[2].partition("'")[0]
    variants = variants_of([grid])
    assert len(set(variants)) == len(variants) == 900
    for published in (("L=60", "S=30", "Sn=5", "Wf=2", "Wb=6"), ("L=50", "S=20", "Sn=3", "Wf=4")):
        assert any(set(published) <= set(variant) for variant in variants)


def test_values_ranges_and_several_grids():
    assert variants_of(["k=0.5,1", "Sn=3..4"]) == [
        ("k=0.5", "Sn=3"),
        ("k=0.5", "Sn=4"),
        ("k=1", "Sn=3"),
        ("k=1", "Sn=4"),
    ]
    for wrong in ("k", "=1", "k=", "k=1,,2", ";", "Sn=5..3"):
        with pytest.raises(GridFault):
            variants_of([wrong])


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_a_row_for_each_combination_over_all_files(spot, face, tmp_path, capsys):
    np.save(tmp_path / "again.npy", np.load(face))
    grid = ("--grid", "Wf=0,2;k=1,1000000")
    assert spot(tmp_path, *OPTIONS, *grid) == 0
    told = rows(capsys.readouterr().out)
    assert [(row["Wf"], row["k"]) for row in told] == [
        *(("0", "1"), ("0", "1000000"), ("2", "1"), ("2", "1000000"))
    ]
    for row in told:
        assert row["files"] == "2"
        assert float(row["minutes"]) == pytest.approx(80 / 60, abs=1e-3)
        assert int(row["ME"]) + int(row["MaE"]) == int(row["events"])
    assert told[1]["events"] == "0"
    assert spot(face, *OPTIONS, "--json", "--set", "Wf=0") == 0
    alone = len(capsys.readouterr().out.splitlines())
    assert int(told[0]["events"]) == 2 * alone


def test_a_truth_gives_each_row_its_score(spot, face, tmp_path, capsys):
    truth = tmp_path / "face.jsonl"
    with truth.open("w") as file:
        for onset, offset in BURSTS:
            kind = "ME" if offset - onset <= 500 else "MaE"
            told = {"type": "event", "kind": kind, "onset": onset, "offset": offset}
            print(json.dumps({**told, "channels": [0]}), file=file)
    found = tmp_path / "found.csv"
    grid = ("--grid", "spotter.floor_uv=1,1000", "--truth", truth, "--csv", found)
    assert spot(face, "--rate", 1000, "--unit", "uV", *grid) == 0
    usual, deaf = rows(found.read_text())
    assert float(usual["f1"]) == 1.0
    assert float(usual["iou_of_hits"]) > 0.7
    assert float(usual["onset_ms"]) < 60
    assert float(deaf["recall"]) < 1.0
    told = capsys.readouterr().out
    assert "2 combinations over 1 files: 2 rows" in told
    assert told.index("floor_uv 1 ") < told.index("floor_uv 1000")


def test_a_broken_file_is_left_out_and_told(spot, face, tmp_path, capsys):
    (tmp_path / "broken.npy").write_bytes(b"no array")
    assert spot(tmp_path, *OPTIONS, "--grid", "k=1,2") == 1
    told = capsys.readouterr()
    assert {row["files"] for row in rows(told.out)} == {"1"}
    assert "broken.npy is no array" in told.err
    assert "1 of 2 files could not be used" in told.err


def test_a_truth_that_is_missing_is_told(spot, face, tmp_path, capsys):
    assert spot(face, *OPTIONS, "--grid", "k=1", "--truth", tmp_path) == 1
    assert "has no truth for face.npy: face.jsonl or face.csv" in capsys.readouterr().err


def test_ctrl_c_ends_it_and_its_processes(face, tmp_path):
    for i in range(30):
        (tmp_path / f"more{i}.npy").write_bytes(face.read_bytes())
    words = [sys.executable, "-m", "emgd", "spot", str(tmp_path), *map(str, OPTIONS)]
    # who ignores it, bequeaths that
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    running = subprocess.Popen(
        [*words, "--grid", "L=50..150;S=20..60", "--jobs", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    signal.signal(signal.SIGINT, before)
    try:
        while len(workers_of(running.pid)) < 3:  # two that help, and the first that works
            assert running.poll() is None, running.communicate()[1]
        os.killpg(running.pid, signal.SIGINT)  # as the terminal does
        out, err = running.communicate(timeout=60)
    finally:
        running.kill()
    assert running.returncode == 130
    assert "stopped" in err
    assert "Traceback" not in err
    assert out == ""
    wait_until(lambda: not workers_of(running.pid), "the end of its processes")


def workers_of(session: int) -> list[int]:
    """Processes of a session beside its first one, that fork server and helpers started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(") ")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        if int(fields[3]) == session and fields[0] != "Z" and int(stat.parent.name) != session:
            found.append(int(stat.parent.name))
    return found
