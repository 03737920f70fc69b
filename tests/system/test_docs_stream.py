"""docs/stream.md against a running daemon: its tables, its refusals, its programs."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgpack
import pytest
import zmq
from support.board import Board
from support.control import exchange
from support.daemon import Daemon, Waiting
from support.process import WITHIN_S
from support.stream import Subscriber

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs/examples"
PAGE = (ROOT / "docs/stream.md").read_text(encoding="utf-8")
TOPICS = {"meta", "raw", "emg", "env", "tick", "gap", "mark", "health"}
MOVEMENTS = {"onset", "interval", "retract"}  # their tables are held to a face elsewhere


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """Records from a board that loses two packets of twenty."""
    folder = tmp_path_factory.mktemp("docs")
    with (
        Board(folder, channels=4, fault="drop=20:2") as board,
        Daemon(folder, board.url, "--record-dir", str(folder)) as running,
    ):
        running.wait_for_state("streaming")
        assert running.ask("record.start", name="docs")["ok"]
        yield running


@pytest.fixture
def stream(daemon: Daemon) -> Iterator[Subscriber]:
    """All that the daemon says."""
    with daemon.listening() as subscriber:
        yield subscriber


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon that no board dials, without a tube and without a folder to record into."""
    with Waiting(tmp_path_factory.mktemp("wait"), "--tube", "none:") as running:
        yield running


# -- tables


def section(heading: str) -> str:
    """What stands under a heading, up to the next one."""
    [found] = re.findall(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", PAGE, re.M | re.S)
    return str(found)


def keys_of_table(text: str) -> set[str]:
    """The words in the first column of a table."""
    cells = re.findall(r"^\| (`[^|]*) \|", text, re.MULTILINE)
    return {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}


def flat(value: Any, name: str = "") -> Iterator[str]:
    """Dotted names of all keys; a list of maps is named once."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flat(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for inner in value:
            yield from flat(inner, f"{name}[]")
    else:
        yield name


def parts_of(key: str, listed: set[str]) -> set[str]:
    """The rows that tell of the parts of another row."""
    return {other for other in listed if other.startswith((f"{key}.", f"{key}[]"))}


def covering(key: str, listed: set[str]) -> str:
    """The row that tells of a key: its own, or that of a whole map."""
    wholes = [row for row in listed if key == row or key.startswith((f"{row}.", f"{row}[]"))]
    return max(wholes, key=len, default=f"{key} is in no row")


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_every_key_of_a_topic_stands_in_its_table(
    topic: str, daemon: Daemon, stream: Subscriber
) -> None:
    if topic == "mark":
        assert daemon.ask("mark", label="here")["ok"]
    header = daemon.status()["meta"] if topic == "meta" else stream.next(topic).header
    heading = "`emg` and `env`" if topic in ("emg", "env") else f"`{topic}`"
    common = keys_of_table(section("Messages"))
    assert common == {"v", "session", "seq"}
    listed = keys_of_table(section(heading)) | common
    assert {covering(key, listed) for key in flat(header)} == {
        key for key in listed if not parts_of(key, listed)
    }


def test_every_topic_has_its_section() -> None:
    headings = re.findall(r"^### (`.*`)$", section_of_topics(), re.MULTILINE)
    assert {word for heading in headings for word in re.findall(r"`(\w+)`", heading)} == (
        TOPICS | MOVEMENTS
    )


def section_of_topics() -> str:
    return PAGE[PAGE.index("\n## Topics\n") : PAGE.index("\n## Asking")]


def test_every_request_stands_in_the_table_with_what_it_gives(daemon: Daemon) -> None:
    asking = section("Asking: the control socket")
    _head, *rows = re.findall(r"^\| `([\w.]+)` \| ([^|]*)\| ([^|]*)\|$", asking, re.MULTILINE)
    known = daemon.ask("?")["error"].partition("there are ")[2].split(", ")
    assert {do for do, _, _ in rows} == set(known)
    values = {"label": "x", "value": 1, "t_ns": None, "number": 7, "address": 0, "count": 2}
    values |= {"participant": "07", "session": "1", "task": "films", "run": 2, "info": {"room": 1}}
    values |= {"channel": 0, "forget": "last", "discard": True, "mvc_uv": [None] * 4}
    assert daemon.ask("record.stop")["ok"]
    for do, takes, gives in rows:
        names = re.findall(r"`(\w+)`", takes)
        answer = daemon.ask(do, **{name: values[name] for name in names if name in values})
        assert answer.pop("ok") is True
        receipt = keys_of_table(section("The receipt"))
        assert set(answer) == (
            receipt if do == "record.stop" else set(re.findall(r"`(\w+)`", gives))
        )
    assert daemon.ask("record.start", name="docs")["ok"]


REFUSALS = re.findall(r"^\| `(\w+)` \| `([^`]+)`([^|]*) \|", section("Refusals"), re.MULTILINE)


@pytest.mark.parametrize(("code", "request_", "when"), REFUSALS)
def test_refusals_have_the_code_of_the_page(
    code: str, request_: str, when: str, daemon: Daemon, waiting: Daemon
) -> None:
    idle = when == " while nothing is recorded"
    if idle:
        assert daemon.ask("record.stop")["ok"]
    asked = daemon if idle or not when else waiting
    answer = ask(asked, json.loads(request_))
    assert (answer["ok"], answer["code"]) == (False, code)
    assert answer["error"]
    if idle:
        assert daemon.ask("record.start", name="docs")["ok"]


def ask(daemon: Daemon, request: Any) -> dict[str, Any]:
    """A question that need not be a map."""
    [answer] = exchange(daemon.control, zmq.REQ, [msgpack.packb(request)])
    answered: dict[str, Any] = msgpack.unpackb(answer)
    return answered


def test_the_page_names_all_codes_of_the_code() -> None:
    listed = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", section("Refusals"), re.MULTILINE)
    codes = {code for cell in listed for code in re.findall(r"`(\w+)`", cell)}
    written = "".join(path.read_text() for path in (ROOT / "daemon/emgd").rglob("*.py"))
    raised = re.findall(r'(?:Refused|RecordError)\(\s*"(\w+)"', written)
    assert codes == {"internal", *raised}


# -- programs


def start(program: str, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, str(EXAMPLES / program), *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def test_the_subscriber_prints_the_envelope(daemon: Daemon, stream: Subscriber) -> None:
    running = start("subscribe_env.py", daemon.stream)
    assert running.stdout is not None
    printed = [running.stdout.readline().split(" ", 1) for _ in range(3)]
    running.kill()
    running.communicate()
    for first, shown in printed:
        block = stream.next("env", first=int(first))
        values = json.loads(shown.replace("'", '"'))
        assert list(values) == ["c1", "c2", "c3", "c4"]
        assert list(values.values()) == pytest.approx(block.samples[-1].tolist(), abs=0.051)


def test_the_experiments_marks_come_in_the_stream(daemon: Daemon, stream: Subscriber) -> None:
    before_ns = time.time_ns()
    out, _ = start("marks.py", daemon.control).communicate(timeout=WITHIN_S)
    after_ns = time.time_ns()
    marks = [stream.next("mark") for _ in range(2)]
    assert [(mark["label"], mark["value"]) for mark in marks] == [
        ("film", 3),
        ("answer", "surprised"),
    ]
    for line, mark in zip(out.splitlines(), marks, strict=True):
        assert line == f"sample {mark['sample']} at {mark['t_ns']}"
        assert before_ns < mark["t_ns"] < after_ns
    raw = stream.next("raw")
    for mark in marks:
        by_line = raw["first"] + (mark["t_ns"] - raw["t_ns"]) / raw["step_ns"]
        assert mark["sample"] == pytest.approx(by_line, abs=2)


def test_marks_of_an_experiment_without_a_daemon_say_so(tmp_path: Path) -> None:
    program = [sys.executable, str(EXAMPLES / "marks.py"), f"ipc://{tmp_path}/nobody"]
    ended = subprocess.run(program, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "is emgd running there?" in ended.stderr


@pytest.mark.parametrize("mains_hz", [0, 50])
def test_scipy_gives_the_same_bits_over_gaps(mains_hz: int, tmp_path: Path) -> None:
    with Waiting(tmp_path, filter__mains_hz=mains_hz) as running:
        comparing = start("same_filters.py", running.stream, "1500")
        assert comparing.stdout is not None
        assert comparing.stdout.readline() == "listening\n"
        with running.board(tmp_path, channels=4, fault="drop=15:2"):
            said, _ = comparing.communicate(timeout=WITHIN_S)
    assert comparing.returncode == 0, said
    last = said.splitlines()[-1]  # it says that it listens once a second
    assert re.fullmatch(r"15\d\d samples over \d+ gaps: emg and env equal .*", last)
    assert int(last.split()[3]) >= 5
