"""emgd export, info and recover as users meet them."""

import io
import json

import emgd.recording
import numpy as np
import pytest
from emgd.export.progress import Bar
from emgd.study import parse


@pytest.fixture
def made(record, stream, study_text):
    stream.meta()
    for number in range(60):
        counts = None
        if number == 30:
            counts = np.full((20, 8), (1 << 23) - 1)
        stream.raw(counts)
        if number == 20:
            stream.gap(40)
    stream.mark("face_on", 1, sample=600)
    lead_off = [False] * 7 + [True]
    stream.say("health", lead_off=lead_off, recording=None, t_ns=stream.t_ns(0))
    stream.say("health", lead_off=lead_off, recording=None, t_ns=stream.t_ns(1000))
    return record(stream, "sub-1_task-x", study=parse(study_text), info={"participant": "P1"})


@pytest.mark.parametrize("to", ["bdf", "csv", "parquet", "mat", "bids"])
def test_export_says_where_it_went(made, command, capsys, to):
    assert command("export", made.path, "--to", to) == 0
    told = capsys.readouterr()
    path = made.path.with_name(made.path.name.replace(".mcap", f".{to}"))
    if to == "bids":
        assert told.out.strip().endswith("_bids/sub-1/emg/sub-1_task-x_emg.bdf")
    else:
        assert told.out == f"{path}\n"
        assert path.stat().st_size > 1000
    assert told.err == ""


def test_export_replaces_nothing(made, command, capsys, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("mine")
    assert command("export", made.path, "--to", "csv", "--out", path) == 1
    assert "exists already" in capsys.readouterr().err
    assert path.read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--to", "bdf", "--discontinuous"], "pyedflib refuses it"),
        (["--to", "bdf", "--unit", "uV"], "--unit says nothing"),
        (["--to", "csv", "--discontinuous"], "--discontinuous says nothing"),
    ],
)
def test_export_warns(made, command, capsys, words, said):
    assert command("export", made.path, *words) == 0
    assert said in capsys.readouterr().err


def test_export_of_a_torn_file_says_so(made, command, capsys, tmp_path):
    torn = tmp_path / "torn.mcap.part"
    torn.write_bytes(made.path.read_bytes()[:50_000])
    assert command("export", torn, "--to", "csv", "--out", tmp_path / "t.csv") == 0
    assert "ends inside a message" in capsys.readouterr().err


def test_commands_name_a_missing_file(command, capsys, tmp_path):
    for name, words in (("export", ["--to", "bdf"]), ("info", []), ("recover", [])):
        assert command(name, tmp_path / "none.mcap", *words) == 1
        assert f"emgd {name}:" in (err := capsys.readouterr().err)
        assert "none.mcap" in err


def test_export_names_a_study_with_faults(made, command, capsys, tmp_path):
    study = tmp_path / "study.toml"
    study.write_text('task = "x y"')
    assert command("export", made.path, "--to", "bids", "--study", study) == 1
    assert "mains_hz is missing" in capsys.readouterr().err


def test_info_tells_what_is_in_it(made, command, capsys):
    assert command("info", made.path) == 0
    told = capsys.readouterr().out
    for word in (
        "sub-1_task-x",
        "whole",
        "(1200 samples)",
        "1000 Hz (measured: 1000.000 Hz)",
        "c3: muscle 3, gain 24",
        "40 samples (3.23 %) in 1 gaps: lost 40",
        "face_on 1",
        "participant: P1",
        "clipped 0.02 s",
        "electrode off 2",
    ):
        assert word in told, word


def test_info_as_json(made, command, capsys):
    assert command("info", made.path, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["receipt"]["samples"] == 1200
    assert told["receipt"]["marks"] == {"face_on": 1}
    assert told["lost_by_reason"] == {"lost": 40}
    assert told["study"]["mains_hz"] == 50


def test_methods_are_sentences_of_what_is_known(made, command, capsys):
    assert command("info", made.path, "--methods") == 0
    told = capsys.readouterr().out
    for word in (
        "8 sites",
        "muscle 1, muscle 2",
        "on the left side of the face",
        "Ag/AgCl electrodes of 4 mm diameter and 10.0 mm inter-electrode distance",
        "according to Fridlund & Cacioppo 1986",
        "alcohol and abrasive gel",
        "gain 24",
        "1000 Hz (measured: 1000.00 Hz)",
        "20-450 Hz",
        "3.2 % of samples were lost in 1 gaps",
        "Electrode impedances: [not measured]",
    ):
        assert word in told, word


def test_methods_leave_a_place_for_what_is_not_known(record, stream, command, capsys):
    stream.meta()
    stream.raw()
    stream.say("impedance", impedance_kohm=[4.5, 9.0, None], sample=20)
    stream.raw()
    assert command("info", record(stream).path, "--methods") == 0
    told = capsys.readouterr().out
    assert "[electrode material]" in told
    assert "4.5 to 9 kOhm" in told
    assert "No sample was lost" in told


def test_the_picture_is_drawn(made, command, tmp_path, capsys):
    assert command("info", made.path, "--plot", tmp_path / "x.png") == 0
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")


def test_recover_says_what_is_in_it(made, command, capsys, tmp_path):
    torn = tmp_path / "torn.mcap.part"
    torn.write_bytes(made.path.read_bytes()[:50_000])
    assert command("recover", torn) == 0
    told = capsys.readouterr().out
    assert "were no whole message" in told
    assert emgd.recording.open(tmp_path / "torn.mcap").torn is None
    assert str(tmp_path / "torn.mcap") in told
    assert command("recover", torn) == 1
    assert "exists already" in capsys.readouterr().err


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_the_bar_is_for_terminals_only():
    screen, pipe = Terminal(), io.StringIO()
    for out in (screen, pipe):
        with Bar("x.mcap to bdf", out) as bar:
            for done in (0.0, 0.5, 1.0):
                bar(done)
    assert "100 %" in screen.getvalue()
    assert pipe.getvalue() == ""
