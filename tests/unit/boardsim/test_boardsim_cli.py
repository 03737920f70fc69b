"""The program as a process: its one line, its ends, its files."""

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

FACE = ["--noise-uv", "0.5", "--hum-uv", "0", "--drift-uv", "0", "--offset-mv", "5"]
FACE += ["--spread", "0", "--tone-pct", "0", "--cross-talk", "0", "--pops-per-min", "0"]

PLACES = ("begins", "onset", "apex", "offset", "ends")


@pytest.fixture
def spawn() -> Iterator[Callable[..., subprocess.Popen]]:
    """Start `python -m boardsim`; whatever is left at the end is killed."""
    processes = []

    def start(*arguments: str, **more) -> subprocess.Popen:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        command = [sys.executable, "-m", "boardsim", *arguments]
        processes.append(subprocess.Popen(command, text=True, **(pipes | more)))
        return processes[-1]

    yield start
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.wait(10)
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:
                pipe.close()


def port_of(process: subprocess.Popen) -> int:
    line = process.stdout.readline()
    found = re.fullmatch(r"listening on tcp://127\.0\.0\.1:(\d+)\n", line)
    assert found, (line, process.poll())
    return int(found[1])


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM])
def test_one_line_and_a_clean_end(spawn, dial, sig) -> None:
    process = spawn("--ramp")
    host = dial(port_of(process))
    assert host.next_message()[0] == 1
    host.start()
    process.send_signal(sig)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (0, "", "")
    host.until_closed()


def test_ends_with_stdin_and_leaves_sigint_to_the_parent(spawn, dial) -> None:
    process = spawn("--exit-with-stdin", "--ramp", "--speed", "max")
    host = dial(port_of(process))
    host.next_message()
    host.start()  # and then nobody reads: a full line must not keep it alive
    process.send_signal(signal.SIGINT)
    host.take(100)
    process.stdin.write("what is written there does not matter")
    process.stdin.flush()
    host.take(3000)
    assert process.poll() is None
    process.stdin.close()
    assert process.wait(10) == 0


def test_a_full_disk_is_told(spawn, dial) -> None:
    process = spawn("--truth", "/dev/full")
    _, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert re.fullmatch("boardsim: cannot .*No space left on device\n", err)


def test_does_not_outlive_a_killed_parent(dial) -> None:
    parent = textwrap.dedent("""
        import subprocess, sys, time
        child = subprocess.Popen(
            [sys.executable, "-m", "boardsim", "--exit-with-stdin"], stdin=subprocess.PIPE
        )
        time.sleep(60)
    """)
    with subprocess.Popen(
        [sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True
    ) as process:
        host = dial(port_of(process))
        host.next_message()
        process.kill()
        host.until_closed()  # the child's end of the line goes with it


def test_truth_and_log_files(spawn, dial, tmp_path) -> None:
    """Event times in the file are where the counts move."""
    truth, log = tmp_path / "truth.jsonl", tmp_path / "log.jsonl"
    more = ["--expressions-per-min", "40", "--nuisance-per-min", "0", "--samples", "30000"]
    more += ["--speech-per-min", "0"]
    files = ["--truth", str(truth), "--log", str(log), "--seed", "3"]
    process = spawn("--speed", "max", "--external-reference", *FACE, *more, *files)
    host = dial(port_of(process))
    host.next_message()
    host.configure()
    host.start()
    data = host.take(1500)
    assert host.ask(0x83) == (0, b"")
    lines = [json.loads(line) for line in truth.read_text().splitlines()]
    assert [line["type"] for line in lines[:2]] == ["settings", "stream"]
    assert lines[0]["seed"] == 3
    assert lines[0]["noise_uv"] == 0.5
    assert lines[1]["registers"][0].startswith("3e94c0e000" + "60" * 8)
    assert lines[-1] == {"type": "end", "stream": 1, "samples": 30_000, "packets": 1500}
    events = [line for line in lines if line["type"] == "event" and line["complete"]]
    assert len(events) > 8

    counts = np.array([row for packet in data for row in packet.counts()])
    uv = (counts - counts[:100].mean(axis=0)) * 0.0223517
    quiet = np.ones(len(uv), dtype=bool)
    for event in events:
        begins, onset, apex, offset, ends = (event[name] for name in PLACES)
        middle = slice((onset + apex) // 2, (apex + offset) // 2)
        quiet[begins - 15 : ends + 20] = False  # a potential lasts 20 ms
        strongest = max(event["channels"], key=lambda c: c["peak_uv"])
        assert strongest["mvc_pct"] == event["mvc_pct"]
        if strongest["peak_uv"] > 10:
            level = np.abs(uv[middle, strongest["channel"]]).mean()
            assert 0.4 < level / strongest["peak_uv"] < 1.3
        packet = data[onset // 20]
        assert abs(event["onset_us"] - packet.t_us - onset % 20 * 1000) <= 1
    last = max(event["ends"] for event in events)
    assert np.abs(uv[:last][quiet[:last]]).max() < 4

    asked = [json.loads(line) for line in log.read_text().splitlines()]
    assert asked[0]["event"] == "connected"
    assert [line["request"] for line in asked[1:]] == ["WREG", "WREG", "PACKET", "START", "STOP"]
    assert asked[1] == asked[1] | {
        "args": {"address": 1, "values": "94c0e0"},
        "status": 0,
        "tag": 7,
    }


def test_the_same_seed_gives_the_same_counts(spawn, dial) -> None:
    streams = []
    for seed in "7", "7", "8":
        host = dial(port_of(spawn("--speed", "max", "--seed", seed, "--external-reference")))
        host.next_message()
        host.configure()
        host.start()
        streams.append(b"".join(packet.samples for packet in host.take(300)[:300]))
    assert streams[0] == streams[1]
    assert streams[0] != streams[2]


def test_power_up_registers_gpio_and_chip_faults(spawn, dial) -> None:
    process = spawn(
        *("--speed", "max", "--rate", "1000", "--packet", "10", "--channels", "16"),
        *("--power-up", "CONFIG3:E0", "--power-up", "23:E0", "--power-up", "CONFIG2:D3"),
        *("--power-up", "25:65", "--power-up", "CH1SET:65", "--power-up", "22:D3"),
        *("--fault", "gain=8:0.5", "--fault", "offset=1:100", "--gpio", "2:0.02:0.005"),
        *("--power-up", "CH2SET:60"),
    )
    host = dial(port_of(process))
    hello = host.next_message()
    assert hello[6:8] == (1000).to_bytes(2, "little")
    _, registers = host.ask(0x84, bytes([0x20, 7]))
    assert registers == bytes([0x3E, 0x94, 0xD3, 0xE0, 0, 0x65, 0x61])
    host.start()
    samples = b"".join(packet.samples for packet in host.take(20)[:20])
    sample = samples[54 * 190 :][:54]

    def uv(channel: int) -> float:
        at = 3 + 3 * channel + 3 * (channel > 7)
        return int.from_bytes(sample[at : at + 3], "big", signed=True) * 0.0223517

    assert uv(0) == pytest.approx(-1875, abs=50)  # the reference is 200 ms old
    assert uv(8) == pytest.approx(-1875 / 2, abs=25)
    assert abs(uv(1) - 100_000) < 25_000
    assert [samples[54 * s + 2] for s in range(40)] == ([2] * 5 + [0] * 15) * 2


def test_gpio_codes_and_pulses_together(spawn, dial) -> None:
    process = spawn(
        *("--speed", "max", "--ramp", "--gpio", "0.1=8,0.2=1,0.21=0", "--gpio", "2:0.25:0.01")
    )
    host = dial(port_of(process))
    host.next_message()
    host.configure()
    host.start()
    samples = b"".join(packet.samples for packet in host.take(15)[:15])
    pins = [samples[27 * s + 2] & 15 for s in range(300)]
    expected = [2] * 10 + [0] * 90 + [8] * 100 + [1] * 10 + [0] * 40 + [2] * 10 + [0] * 40
    assert pins == expected


def test_serial_port_on_a_pseudo_terminal(spawn, tmp_path) -> None:
    """The host opens a path; raw bytes go both ways; a second host after the first is served."""
    link, log = tmp_path / "port", tmp_path / "log.jsonl"
    process = spawn("--pty", str(link), "--log", str(log), "--ramp")
    assert process.stdout.readline() == f"listening on serial://{link}\n"
    for hosts in 1, 2:
        with os.fdopen(os.open(link, os.O_RDWR | os.O_NOCTTY), "r+b", buffering=0) as port:
            got = b""
            while b"\0" not in got:
                got += port.read(4096)
            assert got[1] == 1  # HELLO, behind the code that COBS begins with
        deadline = time.monotonic() + 20
        while log.read_text().count('"disconnected"') < hosts:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert not link.is_symlink()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--fault", "drop=x"], "--fault drop=x: 'x' is not a whole number"),
        (["--fault", "open=8"], "--fault for channel 8: the board has 0 to 7"),
        (["--power-up", "25:60"], "register 0x25: only --channels 16 has a second chip"),
        (["--listen", "nowhere"], "'nowhere' is not HOST:PORT"),
        (["--speed", "-1"], "the speed is a number above 0"),
        (["--packet", "33"], "a packet has 1 to 32 samples, not 33"),
        (["--power-up", "NOPE:1"], "NOPE"),
        (["--gpio", "5:1:1"], "'5:1:1' is not PIN:PERIOD:WIDTH"),
        (["--gpio", "0.5=16"], "'0.5=16' is not PIN:PERIOD:WIDTH"),
        (["--gpio", "2=1,1=0"], "'2=1,1=0' is not PIN:PERIOD:WIDTH"),
        (["--pty", "/nowhere/port"], "cannot start: .*/nowhere/port"),
        (["--truth", "/nowhere/truth"], "cannot start: .*/nowhere/truth"),
    ],
)
def test_wrong_arguments_are_told(spawn, arguments, says) -> None:
    process = spawn(*arguments)
    out, err = process.communicate(timeout=20)
    assert process.returncode != 0
    assert out == ""
    assert re.search(says, err.splitlines()[-1])


def test_the_page_tells_of_every_fault_and_rule() -> None:
    from boardsim import fault_grammar

    page = (Path(__file__).parents[3] / "docs" / "boardsim.md").read_text()
    rooms = Path(fault_grammar.__file__).parent.glob("*.py")
    rules = re.findall(r'violate\(\s*"([a-z-]+)"', "".join(room.read_text() for room in rooms))
    assert len(rules) > 10
    for name in (*fault_grammar._SETTERS, *rules):
        assert f"`{name}" in page, name


def test_help_tells_of_every_option_and_fault(spawn) -> None:
    from boardsim.cli import build_parser
    from boardsim.fault_grammar import _SETTERS

    out, _ = spawn("--help").communicate(timeout=20)
    for option in build_parser()._option_string_actions:
        assert option in out
    for fault in _SETTERS:
        assert re.search(rf"^  {fault}\b", out, re.MULTILINE), fault
