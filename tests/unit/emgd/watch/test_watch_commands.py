"""`emgd status` and `emgd mark`, against a fake daemon in another process."""

import argparse
import json
import subprocess
import sys
import time

import pytest
from emgd.commands import mark, status, watch


def run(command, *words):
    parser = argparse.ArgumentParser()
    command.arguments(parser)
    return command.run(parser.parse_args(words))


def test_status_is_a_table_for_people(fake, capsys):
    assert run(status, "--control", fake.control) == 0
    said = capsys.readouterr().out
    lines = {line.split()[0]: line for line in said.splitlines() if line}
    assert lines["state"].split() == ["state", "streaming"]
    assert "fake board, firmware 0.9, emgd 9.9-fake" in lines["board"]
    assert "1000 Hz nominal, 999.980 Hz measured (-20 ppm)" in lines["rate"]
    assert "lost 0" in lines["samples"]
    assert "p50 0.31, p99 0.84, max 2.10 ms" in lines["latency"]
    assert lines["recording"].split() == ["recording", "none"]
    assert lines["stream"].split() == ["stream", fake.stream]
    assert lines["1"].split() == ["1", "c1", "frontalis", "24", "1.50", "400.0"]
    assert lines["5"].split() == ["5", "c5", "zygomaticus", "major", "24", "1.50", "-"]


def test_status_tells_how_the_tube_is(capsys):
    from emgd.watch.report import as_text

    tube = {"name": "serial:///dev/ttyUSB1", "state": "failing", "error": "was unplugged"}
    counts = {"number": 42, "shown": 40, "failed": 3, "late": 2, "slowest_ms": 7.25}
    for health, said in [
        ({"tube": tube | counts}, "serial:///dev/ttyUSB1 failing: was unplugged; number 42, "
         "not shown 3, late 2, slowest 7.2 ms"),
        ({"tube": {"name": "board:", "state": "ok", "number": 7, "failed": 0, "late": 0}},
         "board: ok; number 7, not shown 0, late 0"),
        ({"tube": None}, "none"),
    ]:  # fmt: skip
        lines = as_text({"health": health}, "tcp://here").splitlines()
        assert f"tube       {said}" in lines


def test_status_as_json_is_the_whole_answer(fake, capsys):
    assert run(status, "--control", fake.control, "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["meta"]["channels"][4]["muscle"] == "zygomaticus major"
    assert answer["health"]["clock_ppm"] == -20.0
    assert answer["endpoints"] == [fake.stream]


def test_json_has_hex_for_bytes_and_null_for_what_is_no_number():
    from emgd.watch.report import as_json

    answer = {"ok": True, "key": b"\x01\xff", "noise_uv": [float("nan"), 1.5], 3: None}
    assert json.loads(as_json(answer)) == {
        "ok": True,
        "key": "01ff",
        "noise_uv": [None, 1.5],
        "3": None,
    }


@pytest.mark.parametrize("command", [(status,), (mark, "label")])
def test_nobody_there_is_a_sentence_and_an_exit_code(command, tmp_path, capsys):
    endpoint = f"ipc://{tmp_path}/nobody"
    assert run(command[0], *command[1:], "--control", endpoint) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert f"no answer from {endpoint} within 2 s" in err
    assert err.count("\n") == 1


def test_mark_says_where_it_went(fake, capsys):
    at_ns = time.time_ns()
    assert run(mark, "--control", fake.control, "film_on", "3", "--at-ns", str(at_ns)) == 0
    said = capsys.readouterr().out.split()
    assert said[0] == "sample"
    assert int(said[1]) >= 0
    day, clock = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at_ns // 10**9)).split()
    assert said[2:] == [day, f"{clock}.{at_ns % 10**9 // 1000:06}", "UTC"]


def test_a_refused_mark_gives_the_sentence_of_the_daemon(fake, capsys):
    assert run(mark, "--control", fake.control, "") == 1
    assert "NO MARK WAS SET" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("3", 3),
        ("-1", -1),
        ("0", 0),
        ("0.5", 0.5),
        ("-2.", -2.0),
        ("1e3", 1000.0),
        ("007", "007"),
        ("1_000", "1_000"),
        ("nan", "nan"),
        ("inf", "inf"),
        ("smile", "smile"),
        (" 3", " 3"),
        ("9" * 30, "9" * 30),
        ("1e999", "1e999"),
    ],
)
def test_a_value_is_what_was_typed(typed, value):
    read = mark.typed(typed)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize("at_ns", ["1750075200", "soon", "-5", str(2**63), "1" * 5000])
def test_a_time_that_is_not_in_nanoseconds_is_refused_with_an_example(at_ns, capsys):
    with pytest.raises(SystemExit) as refused:
        run(mark, "label", "--at-ns", at_ns)
    assert refused.value.code == 2
    assert "date +%s%N" in capsys.readouterr().err or at_ns == "-5"


@pytest.mark.parametrize("command", [watch, status, mark])
def test_help_tells_the_exit_codes(command):
    parser = argparse.ArgumentParser()
    command.arguments(parser)
    assert "Exit code 0" in parser.format_help()
    assert "tcp://127.0.0.1:5557" in parser.format_help()


def test_building_the_parsers_imports_nothing_slow():
    code = (
        "import argparse, sys; from emgd.commands import mark, status, watch; "
        "[c.arguments(argparse.ArgumentParser()) for c in (mark, status, watch)]; "
        "print([m for m in ('zmq', 'numpy', 'curses', 'msgpack') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
