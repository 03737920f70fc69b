"""`emgd mvc` against a daemon: in a terminal, led by lines, and with a file."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.board import Board
from support.daemon import Daemon
from support.process import Program
from support.seat import Seat

MVC = [sys.executable, "-m", "emgd", "mvc"]
QUICK = ("--repetitions", "1", "--seconds", "1.5", "--rest", "0")
CALM = {"expressions_per_min": 0, "nuisance_per_min": 0, "speech_per_min": 0, "pops_per_min": 0}


class Lab:
    """A daemon with a board on which channel c1 holds its maximum all the time."""

    def __init__(self, folder: Path, daemon: Daemon, true_uv: list[float]) -> None:
        self.folder = folder
        self.daemon = daemon
        self.true_uv = true_uv

    def run(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        command = [*MVC, "--control", self.daemon.control, *arguments]
        return subprocess.run(
            command, input=given, capture_output=True, text=True, timeout=60, check=False
        )

    def known(self) -> list[float | None]:
        values: list[float | None] = self.daemon.status()["meta"]["mvc_uv"]
        return values


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("room")
    with (
        Board(folder, mvc="0:3:600", **CALM) as board,
        Daemon(folder, board.url, "--record-dir", str(folder)) as daemon,
    ):
        daemon.wait_for_state("streaming")
        yield Lab(folder, daemon, board.truth[0]["muscles"]["mvc_uv"])


def test_in_a_terminal(room: Lab) -> None:
    """Two muscles: the one that moves has its value, of the other one it is told who moved."""
    seat = Seat(
        MVC,
        *("--control", room.daemon.control, "--person", "P1", "--channels", "c1,c5", *QUICK),
    )
    try:
        seat.see("maximum contraction of P1", "1 of 2 c1 frontalis", "Raise both eyebrows", "space")
        seat.type("x ")
        seat.see("get ready: [123]")
        seat.see("HOLD IT")
        seat.see("this muscle is done", r"c1 \d+ uV")
        seat.type(" ")
        seat.see("2 of 2 c5 zygomaticus major", "Smile with all effort", "ready for attempt 1 of 1")
        seat.type("\n")
        seat.see("does not count", "times what is there at rest", "c1 was stronger")
        seat.type("q")
        assert seat.end() == 1  # c5 has no value
        assert seat.before == seat.after
        seat.hear(b"kept in ")
    finally:
        seat.close()
    kept = json.loads((room.folder / "mvc_P1.json").read_text())
    values = [channel["mvc_uv"] for channel in kept["channels"]]
    assert kept["person"] == "P1"
    assert 0.98 < values[0] / room.true_uv[0] < 1.2
    assert values == [values[0], *[None] * 7] == room.known()


def test_led_by_lines_and_kept_beside_what_the_person_had(room: Lab, tmp_path: Path) -> None:
    brow = {"mvc_uv": 321.5, "muscle": "frontalis"}
    earlier = {"emgd_mvc": 1, "filter": {"env_hz": 9}, "channels": [{}, brow, *[{}] * 6]}
    (tmp_path / "mvc_P2.json").write_text(json.dumps(earlier))
    more = ("--person", "P2", "--out", str(tmp_path), "--channels", "c1,c3", *QUICK)
    ended = room.run(*more, given="\n\ns\n")
    assert ended.returncode == 1  # c3 has no value
    said = ended.stderr.splitlines()
    assert said[0] == "1 of 2  c1 frontalis: Raise both eyebrows as high as you can."
    assert any(line.startswith("  attempt 1: ") for line in said)
    assert said[-1].startswith("  ready for attempt 1 of 1   (Enter: start, s: skip")
    table = ended.stdout.splitlines()
    assert table[0].startswith("c1 frontalis")
    assert table[1].split() == ["c3", "orbicularis", "oculi", "-", "uV"]
    kept = json.loads((tmp_path / "mvc_P2.json").read_text())
    values = [channel["mvc_uv"] for channel in kept["channels"]]
    assert values == [pytest.approx(room.true_uv[0], rel=0.2), 321.5, *[None] * 6]
    assert room.known() == values
    said = "kept from an earlier file: measure it again, unless no electrode moved"
    assert table[2] == f"! c2 has 321.5 uV from the file: {said}"
    assert table[3:5] == [
        "! c2 was on frontalis and is on corrugator supercilii",
        "! filter.env_hz was 9 and is 6.0",
    ]
    assert kept["channels"][1]["doubts"] == [said]
    room.run(*more, given="\n\ns\n")
    again = json.loads((tmp_path / "mvc_P2.json").read_text())
    assert again["channels"][1] == kept["channels"][1]


def test_a_daemon_that_forgot_has_the_values_again(room: Lab, tmp_path: Path) -> None:
    """As one does that is started again while the guide goes on."""
    more = ("--person", "P9", "--out", str(tmp_path), "--channels", "c1,c3", *QUICK)
    seat = Seat(MVC, "--control", room.daemon.control, *more)
    try:
        seat.see("ready for attempt 1 of 1")
        seat.type(" ")
        seat.see("this muscle is done")
        assert room.daemon.ask("mvc.set", mvc_uv=[None] * 8)["ok"]
        seat.type("q")
        assert seat.end() == 1
        seat.hear(b"the daemon had other values")
    finally:
        seat.close()
    kept = json.loads((tmp_path / "mvc_P9.json").read_text())
    values = [channel["mvc_uv"] for channel in kept["channels"]]
    assert values[0] > 0.9 * room.true_uv[0]
    assert room.known() == values


def test_the_end_of_the_input_ends_it(room: Lab, tmp_path: Path) -> None:
    ended = room.run("--person", "P3", "--out", str(tmp_path))
    assert ended.returncode == 1
    assert not list(tmp_path.iterdir())
    assert room.known() == [None] * 8  # of a new person nothing is known


def test_a_file_is_loaded_and_what_differs_is_told(room: Lab, tmp_path: Path) -> None:
    path = tmp_path / "mvc_P4.json"
    channels = [{"name": f"c{c}", "muscle": "frontalis", "mvc_uv": 100.0 + c} for c in range(8)]
    path.write_text(json.dumps({"emgd_mvc": 1, "filter": {"env_hz": 10.0}, "channels": channels}))
    ended = room.run("--load", str(path))
    assert ended.returncode == 0
    assert room.known() == [100.0 + c for c in range(8)]
    assert "! c2 was on frontalis and is on corrugator supercilii" in ended.stdout
    assert "! filter.env_hz was 10.0 and is 6.0" in ended.stdout
    path.write_text(json.dumps({"emgd_mvc": 1, "channels": channels[:7]}))
    ended = room.run("--load", str(path))
    assert ended.returncode == 1
    assert "mvc_uv has 7 values, the board has 8 channels" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ((), 2, "give --person ID"),
        (("--person", "a b"), 2, "letters, digits, - and _ only"),
        (("--person", "P5", "--seconds", "1"), 2, "not from 1.5 to 30 seconds"),
        (("--person", "P5", "--channels", "c9"), 2, "there is no channel c9; there are c1, c2"),
        (("--person", "P5", "--out", "/nowhere/x"), 1, "/nowhere/x cannot be written: No such"),
        (("--load", "/nowhere/x"), 1, "/nowhere/x: cannot be read: No such file"),
    ],
)
def test_what_cannot_be_is_told(
    room: Lab, arguments: tuple[str, ...], code: int, says: str
) -> None:
    ended = room.run(*arguments)
    assert ended.returncode == code
    assert says in ended.stderr
    assert ended.stdout == ""


def test_nobody_answers(tmp_path: Path) -> None:
    with Program(
        "emgd", "mvc", "--person", "P6", "--control", f"ipc://{tmp_path}/nobody"
    ) as program:
        program.wait_for_line("emgd mvc: no answer from .*is emgd running there")
        assert program.wait() == 3
