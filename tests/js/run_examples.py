"""Runs the JavaScript of docs/examples against a daemon: `make test-js`.

Not part of `make test`: it needs Node.js, and the npm registry for two packages.
"""

import json
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.board import Board
from support.daemon import Daemon
from support.stream import Subscriber

EXAMPLES = Path(__file__).parents[2] / "docs/examples"
PACKAGES = ("zeromq@6", "@msgpack/msgpack@3")
PAGE = "http://localhost:8080"


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs beside the packages that they name, as a user would set them up."""
    made = tmp_path_factory.mktemp("js")
    npm = shutil.which("npm")
    assert npm, "npm is not installed: it comes with Node.js"
    subprocess.run([npm, "install", "--prefix", made, "--no-audit", *PACKAGES], check=True)
    for program in EXAMPLES.glob("*.mjs"):
        shutil.copy(program, made)
    return made


@pytest.fixture(scope="session")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    place = tmp_path_factory.mktemp("emgd")
    with Board(place, channels=4) as board, Daemon(place, board.url) as running:
        running.wait_for_state("streaming")
        yield running


@pytest.fixture
def stream(daemon: Daemon) -> Iterator[Subscriber]:
    with daemon.listening() as subscriber:
        yield subscriber


def start(folder: Path, program: str, *arguments: str) -> "subprocess.Popen[str]":
    node = shutil.which("node")
    assert node, "Node.js is not installed"
    return subprocess.Popen([node, folder / program, *arguments], stdout=subprocess.PIPE, text=True)


def test_the_subscriber_prints_the_envelope(
    folder: Path, daemon: Daemon, stream: Subscriber
) -> None:
    running = start(folder, "subscribe_env.mjs", daemon.stream)
    assert running.stdout is not None
    printed = [running.stdout.readline() for _ in range(3)]
    running.kill()
    running.communicate()
    for line in printed:
        read = re.fullmatch(r"(\d+) \{ (.*) \}\n", line)
        assert read, line
        values = dict(re.findall(r"(c\d): '(-?\d+\.\d)'", read[2]))
        newest = stream.next("env", first=int(read[1])).samples[-1]
        assert list(values) == ["c1", "c2", "c3", "c4"]
        assert list(map(float, values.values())) == pytest.approx(newest.tolist(), abs=0.051)


@pytest.fixture
def carrier(folder: Path, daemon: Daemon) -> Iterator[str]:
    """The address at which page_marks.mjs takes marks."""
    running = start(folder, "page_marks.mjs", PAGE, "0", daemon.control)
    assert running.stdout is not None
    yield running.stdout.readline().removeprefix("marks: ").strip()
    running.kill()
    running.communicate()


def post(address: str, body: str, page: str = PAGE) -> tuple[int, Any, Any]:
    asked = urllib.request.Request(address, body.encode(), {"Origin": page})
    try:
        with urllib.request.urlopen(asked) as answer:
            return answer.status, answer.headers, json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.headers, json.loads(refused.read() or b"null")


def test_a_pages_mark_comes_in_the_stream_with_its_time(carrier: str, stream: Subscriber) -> None:
    at_ms = time.time_ns() // 1000 / 1000
    status, headers, answer = post(
        carrier, json.dumps({"label": "film", "value": 3, "at_ms": at_ms})
    )
    assert (status, answer["ok"]) == (200, True)
    assert headers["Access-Control-Allow-Origin"] == PAGE
    mark = stream.next("mark")
    assert (mark["label"], mark["value"]) == ("film", 3)
    assert mark["t_ns"] == round(at_ms * 1000) * 1000 == int(answer["t_ns"])
    assert mark["sample"] == answer["sample"]


def test_a_page_that_does_not_say_when_marks_this_moment(carrier: str, stream: Subscriber) -> None:
    before_ns = time.time_ns()
    post(carrier, '{"label": "answer", "value": "überrascht"}')
    mark = stream.next("mark")
    assert mark["value"] == "überrascht"
    assert before_ns < mark["t_ns"] < time.time_ns()


@pytest.mark.parametrize("body", ['{"value": 3}', '{"lab', "[]", '{"label": "x", "value": {}}'])
def test_what_is_no_mark_is_refused_and_the_next_one_is_set(body: str, carrier: str) -> None:
    status, _, answer = post(carrier, body)
    assert (status, answer["ok"]) == (400, False)
    assert answer["error"]
    assert post(carrier, '{"label": "next"}')[0] == 200


def test_a_page_from_elsewhere_is_not_let_in(carrier: str) -> None:
    assert post(carrier, '{"label": "x"}', page="http://elsewhere.example")[0] == 403


def test_without_a_daemon_the_page_is_told(folder: Path, tmp_path: Path) -> None:
    running = start(folder, "page_marks.mjs", PAGE, "0", f"ipc://{tmp_path}/nobody")
    assert running.stdout is not None
    address = running.stdout.readline().removeprefix("marks: ").strip()
    status, _, answer = post(address, '{"label": "x"}')
    running.kill()
    running.communicate()
    assert status == 400
    assert "is emgd running there?" in answer["error"]
