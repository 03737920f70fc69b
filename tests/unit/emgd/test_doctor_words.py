"""What the doctor says where it cannot examine, and how findings look."""

import io
import json
import socket
from pathlib import Path

import pytest
from boardsim.simboard import Settings as Sim
from boardsim.simboard import SimBoard
from emgd.cli import main
from emgd.config import load
from emgd.doctor.benches import open_bench
from emgd.doctor.examination import examine
from emgd.doctor.finding import Finding, State, skipped
from emgd.doctor.report import Report
from hypothesis import given
from hypothesis import strategies as st
from support.examined import sound_pc


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--source", "usb:"], "is no source"),
        (["--source", "file:///a.mcap"], "is a recording"),
        (["--set", "doctor.kohm=3"], "doctor.kohm"),
        (["--set", "doctor.impedance_kohm=-3"], "doctor.impedance_kohm"),
        (["--config", "/nowhere.toml"], "/nowhere.toml"),
    ],
)
def test_what_cannot_be_is_told(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", *arguments]) == 2
    told = capsys.readouterr()
    assert says in told.err
    assert told.out == ""


@pytest.mark.parametrize("seconds", ["1", "601", "long", "nan"])
def test_seconds_have_a_range(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["doctor", "--seconds", seconds])
    assert left.value.code == 2
    assert "seconds from 2 to 600" in capsys.readouterr().err


def test_a_board_that_another_program_has(tmp_path: Path) -> None:
    found: list[Finding] = []
    endpoints = [f"stream=ipc://{tmp_path}/stream", f"control=ipc://{tmp_path}/control"]
    with SimBoard(Sim()) as board, socket.create_connection(board.address) as other:
        assert other.recv(1)  # its HELLO: the board has taken it
        settings = load(None, endpoints, source=board.url)
        bench = open_bench(settings)
        examine(settings, bench, 2.0, sound_pc(), found.append, lambda _: lambda _left: None)
        bench.close()
        assert not [asked for asked in board.requests if asked["request"] != "STOP"]
    failed = [finding for finding in found if finding.state is State.FAIL]
    assert [finding.check for finding in failed] == ["board"]
    assert "another program" in failed[0].do


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=30)
SENTENCES = st.lists(WORDS, max_size=40).map(" ".join)


@given(SENTENCES, SENTENCES, st.lists(SENTENCES, max_size=20), st.integers(20, 200))
def test_lines_fit_the_terminal(text: str, do: str, detail: list[str], columns: int) -> None:
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(columns))
        report = Report(out, as_json=False, colour=False)
        report.say(Finding("hum", State.FAIL, text, do, detail=tuple(detail)))
        report.sum_up()
    assert all(len(line) <= max(columns, 41) for line in out.getvalue().splitlines())
    assert not report.fit


@given(SENTENCES, SENTENCES)
def test_json_is_an_object_a_line(text: str, do: str) -> None:
    out = io.StringIO()
    report = Report(out, as_json=True, colour=False)
    report.say(Finding("hum", State.FAIL, text, do, measured=12.5, limit=10, unit="uV rms"))
    report.say(Finding("clock", State.WARN, text))
    report.say(skipped("device", text))
    report.sum_up("noted")
    hum, clock, device, summary = (json.loads(line) for line in out.getvalue().splitlines())
    assert (hum["check"], hum["state"], hum["text"], hum["do"]) == ("hum", "fail", text, do)
    assert (hum["measured"], hum["limit"], hum["unit"]) == (12.5, 10, "uV rms")
    assert (clock["state"], device["state"]) == ("warn", "skipped")
    assert summary["summary"] == "not fit"
    assert (summary["failed"], summary["warned"]) == (["hum"], ["clock"])
    assert (summary["skipped"], summary["note"]) == (["device"], "noted")


def test_warnings_do_not_make_unfit() -> None:
    out = io.StringIO()
    report = Report(out, as_json=False, colour=False)
    report.say(Finding("ports", State.OK, "2 of 2 endpoints free"))
    report.say(Finding("clock", State.WARN, "not synchronised"))
    report.sum_up()
    assert report.fit
    assert out.getvalue().splitlines()[-1] == "Fit to record: 1 checks ok, 1 to know of (clock)."
