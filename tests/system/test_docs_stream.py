"""docs/stream.md against a running daemon: its tables, its refusals, its programs."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgpack
import numpy as np
import pytest
import zmq
from boardsim.faults import Faults
from boardsim.simboard import Settings, SimBoard

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "stream.md").read_text(encoding="utf-8")
WITHIN_MS = 20_000
TOPICS = {"meta", "raw", "emg", "env", "tick", "gap", "mark", "health"}


class Daemon:
    """`emgd run` as a process, a subscriber to all it says, and its control socket."""

    def __init__(self, folder: Path, source: str, *options: str) -> None:
        self.stream, self.control = f"ipc://{folder}/stream", f"ipc://{folder}/control"
        command = [sys.executable, "-m", "emgd", "run", "--source", source, *options]
        endpoints = ["--stream", self.stream, "--control", self.control]
        self._process = subprocess.Popen([*command, *endpoints, "--log-level", "error"])
        self._context: zmq.Context[Any] = zmq.Context()
        self._subscriber = self._context.socket(zmq.SUB)
        self._subscriber.rcvhwm = 0
        self._subscriber.subscribe(b"")
        self._subscriber.connect(self.stream)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.wait()
        self._context.destroy(linger=0)

    def next(self, topic: str) -> tuple[dict[str, Any], bytes]:
        """The next message of a topic."""
        while self._subscriber.poll(WITHIN_MS):
            got, header, payload = self._subscriber.recv_multipart()
            if got.decode() == topic:
                return msgpack.unpackb(header), payload
        raise TimeoutError(topic)

    def ask(self, request: Any) -> dict[str, Any]:
        socket = self._context.socket(zmq.REQ)
        socket.connect(self.control)
        socket.send(msgpack.packb(request))
        assert socket.poll(WITHIN_MS)
        answer: dict[str, Any] = msgpack.unpackb(socket.recv())
        socket.close()
        return answer


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A board that loses two packets of twenty."""
    settings = Settings(channels=4, faults=Faults(drop=(20, 2)))
    with (
        SimBoard(settings) as board,
        Daemon(tmp_path_factory.mktemp("docs"), board.url) as running,
    ):
        running.next("env")
        yield running


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon that no board dials, and without a tube."""
    folder = tmp_path_factory.mktemp("wait")
    with Daemon(folder, "tcp-listen://127.0.0.1:0", "--tube", "none:") as running:
        running.next("health")
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


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_every_key_of_a_topic_stands_in_its_table(topic: str, daemon: Daemon) -> None:
    if topic == "mark":
        assert daemon.ask({"do": "mark", "label": "here"})["ok"]
    if topic == "meta":
        header = daemon.ask({"do": "status"})["meta"]
    else:
        header, _ = daemon.next(topic)
    heading = "`emg` and `env`" if topic in ("emg", "env") else f"`{topic}`"
    common = keys_of_table(section("Messages"))
    assert common == {"v", "session", "seq"}
    assert set(flat(header)) == keys_of_table(section(heading)) | common


def test_every_topic_has_its_section() -> None:
    headings = re.findall(r"^### (`.*`)$", section_of_topics(), re.MULTILINE)
    assert {word for heading in headings for word in re.findall(r"`(\w+)`", heading)} == TOPICS


def section_of_topics() -> str:
    return PAGE[PAGE.index("\n## Topics\n") : PAGE.index("\n## Asking")]


def test_every_request_stands_in_the_table_with_what_it_gives(daemon: Daemon) -> None:
    _head, *rows = re.findall(
        r"^\| `([\w.]+)` \| ([^|]*)\| ([^|]*)\|$",
        section("Asking: the control socket"),
        re.MULTILINE,
    )
    named = {do: set(re.findall(r"`(\w+)`", gives)) for do, _, gives in rows}
    known = daemon.ask({"do": "?"})["error"].partition("there are ")[2].split(", ")
    assert set(named) == set(known)
    values = {"label": "x", "value": 1, "t_ns": None, "number": 7, "address": 0, "count": 2}
    for do, takes, _ in rows:
        fields = {name: values[name] for name in re.findall(r"`(\w+)`", takes)}
        answer = daemon.ask({"do": do, **fields})
        assert answer.pop("ok") is True
        assert set(answer) == named[do]


REFUSALS = re.findall(r"^\| `(\w+)` \| `([^`]+)`([^|]*) \|", section("Refusals"), re.MULTILINE)


@pytest.mark.parametrize(("code", "request_", "when"), REFUSALS)
def test_refusals_have_the_code_of_the_page(
    code: str, request_: str, when: str, daemon: Daemon, waiting: Daemon
) -> None:
    asked = waiting if when else daemon
    answer = asked.ask(json.loads(request_))
    assert (answer["ok"], answer["code"]) == (False, code)
    assert answer["error"]


def test_there_are_enough_refusals_in_the_page() -> None:
    assert len(REFUSALS) == 10


# -- programs


def start(program: str, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, str(DOCS / "examples" / program), *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def test_the_subscriber_prints_the_envelope(daemon: Daemon) -> None:
    running = start("subscribe_env.py", daemon.stream)
    assert running.stdout is not None
    printed = [running.stdout.readline().split(" ", 1) for _ in range(3)]
    running.kill()
    running.communicate()
    blocks = {}
    while len(blocks) < 3:
        header, payload = daemon.next("env")
        if str(header["first"]) in {first for first, _ in printed}:
            blocks[str(header["first"])] = np.frombuffer(payload, "<f4").reshape(-1, 4)[-1]
    for first, shown in printed:
        values = json.loads(shown.replace("'", '"'))
        assert list(values) == ["c1", "c2", "c3", "c4"]
        assert list(values.values()) == pytest.approx(blocks[first].tolist(), abs=0.051)


def test_the_experiments_marks_come_in_the_stream(daemon: Daemon) -> None:
    before_ns = time.time_ns()
    out, _ = start("marks.py", daemon.control).communicate(timeout=WITHIN_MS / 1000)
    after_ns = time.time_ns()
    marks = [daemon.next("mark")[0] for _ in range(2)]
    assert [(mark["label"], mark["value"]) for mark in marks] == [
        ("film", 3),
        ("answer", "surprised"),
    ]
    for line, mark in zip(out.splitlines(), marks, strict=True):
        assert line == f"sample {mark['sample']} at {mark['t_ns']}"
        assert before_ns < mark["t_ns"] < after_ns
    raw, _ = daemon.next("raw")
    for mark in marks:
        by_line = raw["first"] + (mark["t_ns"] - raw["t_ns"]) / raw["step_ns"]
        assert mark["sample"] == pytest.approx(by_line, abs=2)


def test_marks_of_an_experiment_without_a_daemon_say_so(tmp_path: Path) -> None:
    program = [sys.executable, str(DOCS / "examples/marks.py"), f"ipc://{tmp_path}/nobody"]
    ended = subprocess.run(program, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "is emgd running there?" in ended.stderr


@pytest.mark.parametrize("mains_hz", [0, 50])
def test_scipy_gives_the_same_bits_over_gaps(mains_hz: int, tmp_path: Path) -> None:
    board = SimBoard(Settings(channels=4, faults=Faults(drop=(15, 2))))
    with Daemon(tmp_path, board.url, "--set", f"filter.mains_hz={mains_hz}") as running:
        comparing = start("same_filters.py", running.stream, "1500")
        assert comparing.stdout is not None
        assert comparing.stdout.readline() == "listening\n"
        with board:
            said, _ = comparing.communicate(timeout=WITHIN_MS / 1000)
    assert comparing.returncode == 0, said
    assert re.fullmatch(r"15\d\d samples over \d+ gaps: emg and env equal .*\n", said)
    assert int(said.split()[3]) >= 5
