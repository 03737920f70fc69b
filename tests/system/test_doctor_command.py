"""`emgd doctor` as a program: what it says, what it leaves behind, when it refuses."""

import json
import os
import pty
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from boardsim.simboard import Settings as Sim
from boardsim.simboard import SimBoard
from emgd.config import load
from emgd.doctor.benches import open_bench
from emgd.doctor.examination import examine
from emgd.doctor.finding import Finding
from support import spec_wire as wire
from support.board import Board
from support.daemon import Daemon
from support.examined import sound_pc
from support.process import Program

QUICK = ("--seconds=2", "--set=doctor.late_ms=3000")

# What a board may come up with: a rate, gains, references, bias and lead-off of its own.
POWER_UP = (
    *("CONFIG1:95", "CONFIG2:D1", "CONFIG3:EC", "LOFF:07", "CH1SET:68", "CH2SET:B1", "CH8SET:45"),
    *("BIAS_SENSP:03", "BIAS_SENSN:81", "LOFF_SENSP:11", "LOFF_SENSN:20", "LOFF_FLIP:02"),
    *("GPIO:0C", "MISC1:20", "CONFIG4:02"),
)
CAME_UP_WITH = bytes.fromhex("3e 95d1ec07 68b1616161616145 0381 1120 02 0000 0c 200002")


def own_endpoints(folder: Path) -> tuple[str, str]:
    return f"--set=stream=ipc://{folder}/stream", f"--set=control=ipc://{folder}/control"


def doctor(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "emgd", "doctor", *own_endpoints(folder), *QUICK, *arguments],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env={**os.environ, **environment},
    )


def objects(said: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said.splitlines()]


def registers(address: tuple[str, int]) -> bytes:
    """All 24, asked for with frames typed from the specification."""
    with socket.create_connection(address, timeout=10) as line:
        line.sendall(wire.frame(bytes((0x84, 9, 0, 24))))
        got = b""
        while True:
            got += line.recv(4096)
            for piece in got.split(b"\0")[:-1]:
                message = wire.unframe(piece)
                if message is not None and message[:2] == bytes((0x03, 9)):
                    assert message[2] == 0
                    return message[3:]


def address_of(url: str) -> tuple[str, int]:
    host, _, port = url.removeprefix("tcp://").rpartition(":")
    return host, int(port)


@contextmanager
def odd_board(folder: Path, **options: object) -> Iterator[Board]:
    with Board(folder, power_up=POWER_UP, packet=7, **options) as board:
        assert registers(address_of(board.url)) == CAME_UP_WITH
        yield board


def test_a_healthy_board_is_fit(tmp_path: Path) -> None:
    ended = doctor(tmp_path, "--json", "--record-dir", str(tmp_path))
    assert ended.returncode == 0, ended.stdout
    assert ended.stderr == ""
    *findings, summary = objects(ended.stdout)
    assert {finding["state"] for finding in findings} <= {"ok", "warn", "skipped"}
    assert summary["summary"] == "fit"
    assert summary["failed"] == []
    assert set(summary["warned"]) <= {"clock", "realtime"}  # they are this PC's
    kept = json.loads((tmp_path / "impedance.json").read_text())
    assert [(each["channel"], each["electrode"]) for each in kept["electrodes"]] == [
        (channel, side) for channel in range(8) for side in "PN"
    ]
    assert kept["method"]["uncertainty_pct"] == 20
    assert kept["electrodes"][3]["muscle"] == "corrugator supercilii"
    assert list(tmp_path.glob(".*")) == []  # nothing of its own is left


def test_a_faulty_board_is_not(tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    with odd_board(tmp_path, fault=["impedance=1:40"]) as board:
        ended = doctor(tmp_path, "--source", board.url, "--save", str(kept), COLUMNS="80")
        assert registers(address_of(board.url)) == CAME_UP_WITH
    assert ended.returncode == 1
    lines = ended.stdout.splitlines()
    assert all(len(line) <= 80 for line in lines if str(kept) not in line)
    assert "\r" not in ended.stdout
    assert ended.stderr == ""
    at = next(i for i, line in enumerate(lines) if line.startswith("FAIL impedance"))
    assert "limit 10 kOhm" in lines[at]
    assert "±20 %" in lines[at]
    said = " ".join(line.strip() for line in lines[at:])
    assert "-> c2 (corrugator supercilii) P" in said
    assert "NOT fit to record: impedance." in said
    packets = [line["args"] for line in board.log if line.get("request") == "PACKET"]
    assert packets[-1] == {"packet_samples": 7}
    assert json.loads(kept.read_text())["electrodes"][2]["kohm"] == pytest.approx(40, rel=0.1)


@pytest.mark.parametrize("until", ["noise", "bridge"])
def test_ctrl_c_puts_the_board_back(until: str, tmp_path: Path) -> None:
    with odd_board(tmp_path) as board:
        arguments = (*own_endpoints(tmp_path), *QUICK, "--source", board.url)
        program = Program("emgd", "doctor", *arguments)
        try:
            program.wait_for_line(rf"\b{until}\b")
            program.signal(signal.SIGINT)
            program.signal(signal.SIGINT)  # nor does impatience keep it from that
            assert program.wait() == 130
        finally:
            program.kill()
        assert "interrupted" in program.said
        assert "Traceback" not in program.said
        assert registers(address_of(board.url)) == CAME_UP_WITH


def test_a_failure_half_way_puts_the_board_back(tmp_path: Path) -> None:
    def say(finding: Finding) -> None:
        if finding.check == "gain":
            raise OSError("the terminal is gone")

    with SimBoard(Sim(power_up={1: 0x95, 5: 0x68})) as board:
        before = registers(board.address)
        endpoints = [f"stream=ipc://{tmp_path}/stream", f"control=ipc://{tmp_path}/control"]
        settings = load(None, endpoints, source=board.url)
        bench = open_bench(settings)
        with pytest.raises(OSError, match="the terminal is gone"):
            examine(settings, bench, 2.0, sound_pc(), say, lambda _: lambda _left: None)
        bench.close()
        assert registers(board.address) == before


def test_it_says_what_it_measures_on_a_terminal_only(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    with odd_board(tmp_path) as board:
        words = (*own_endpoints(tmp_path), *QUICK, "--source", board.url)
        program = subprocess.Popen(
            [sys.executable, "-m", "emgd", "doctor", *words],
            stdout=subprocess.PIPE,
            stderr=theirs,
            text=True,
        )
        os.close(theirs)
        seen = b""
        while b"measuring noise" not in seen:
            seen += os.read(ours, 1024)
        program.send_signal(signal.SIGTERM)
        said, _ = program.communicate(timeout=30)
        os.close(ours)
    assert program.returncode == 130
    assert "measuring" not in said
    assert "\r" not in said


def test_it_leaves_a_daemon_alone(tmp_path: Path) -> None:
    with Board(tmp_path) as board, Daemon(tmp_path, board.url) as daemon:
        daemon.wait_for_state("streaming")
        ended = doctor(tmp_path, "--source", board.url)
        assert ended.returncode == 1
        assert ended.stdout == ""
        assert "a daemon is running" in ended.stderr
        assert board.url in ended.stderr
        assert daemon.state == "streaming"
        health = daemon.status()["health"]
        assert (health["reconnects"], health["lost"]) == (0, 0)


def test_a_chip_on_spi(tmp_path: Path) -> None:
    """On a PC whose spidev and gpiod are simulated, in real time."""
    tests = Path(__file__).parents[1]
    paths = [str(tests / "support" / "pi"), str(tests), os.environ.get("PYTHONPATH", "")]
    ended = subprocess.run(
        [sys.executable, str(tests / "support" / "pi" / "doctor_on_pi.py"), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "FACE": "1"},
    )
    *findings, chip = objects(ended.stdout)
    failed = {finding["check"] for finding in findings if finding["state"] == "fail"}
    assert failed <= {"loss"}  # a chip has no memory for the samples of a busy PC
    skipped = {finding["check"] for finding in findings if finding["state"] == "skipped"}
    assert skipped == {"usb-latency", "record-folder", "disk-room", "disk-speed"}
    measured = {finding["check"]: finding["measured"] for finding in findings}
    assert measured["noise"] == pytest.approx(0.28, rel=0.15)
    assert measured["impedance"] == pytest.approx(10, rel=0.05)  # what the chip alone comes with
    assert abs(measured["rate"]) < 1000
    assert chip == {"same": True}
