"""Somebody sets the PC's clock while samples come: they go on as before, and it is told."""

import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from support.board import Board
from support.control import done
from support.process import Program
from support.stream import Message, Subscriber

TESTS = Path(__file__).parents[1]


class SteppedDaemon(Program):
    """The daemon with a clock of the test's own."""

    def __init__(self, folder: Path, source: str) -> None:
        self.stream, self.control = f"ipc://{folder}/stream", f"ipc://{folder}/control"
        super().__init__(
            "support.stepped_daemon",
            *(source, self.stream, self.control),
            environment={"PYTHONPATH": str(TESTS)},
            stdin=subprocess.PIPE,
        )

    def ready(self) -> None:
        self.wait_for_line(r"stream on .*control on", within_s=60)

    def set_clock_by(self, seconds: float) -> None:
        stdin = self._process.stdin
        assert stdin
        stdin.write(f"{seconds}\n")
        stdin.flush()


@pytest.fixture(scope="module")
def stepped(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[SteppedDaemon, Subscriber, Board]]:
    """A daemon that has been set by +30 s and by -30 s, and what it said all the while."""
    folder = tmp_path_factory.mktemp("stepped")
    with (
        Board(folder, ramp=True) as board,
        SteppedDaemon(folder, board.url) as daemon,
        Subscriber(daemon.stream) as subscriber,
    ):
        subscriber.next("raw")
        subscriber.next("health", clock_steps=0)
        daemon.set_clock_by(+30)
        subscriber.next("mark")
        subscriber.next("health", clock_steps=1)
        daemon.set_clock_by(-30)
        subscriber.next("mark")
        subscriber.next("health", clock_steps=2)
        subscriber.next("health")
        yield daemon, subscriber, board


def test_each_step_gives_one_mark_with_its_size(
    stepped: tuple[SteppedDaemon, Subscriber, Board],
) -> None:
    _, subscriber, _ = stepped
    marks = subscriber.of("mark")
    assert [(mark["label"], mark["source"]) for mark in marks] == [("clock_step", "clock")] * 2
    assert [mark["value"] for mark in marks] == pytest.approx([30.0, -30.0], abs=0.001)


def test_index_and_times_go_on_as_if_nothing_had_been(
    stepped: tuple[SteppedDaemon, Subscriber, Board],
) -> None:
    daemon, subscriber, board = stepped
    blocks = subscriber.of("raw")
    for before, after in pairwise(blocks):
        assert after["first"] == before.end
        ends_ns = before["t_ns"] + before["n"] * before["step_ns"]
        assert after["t_ns"] == pytest.approx(ends_ns, abs=1000)
    [first_ns] = board.first_samples_ns
    offsets_ns = [block["t_ns"] - (first_ns + block["first"] * 1e6) for block in blocks]
    assert np.ptp(offsets_ns) < 20e6  # 30 s would be another matter
    assert done(daemon.control, "clock")["t_ns"] - blocks[-1]["t_ns"] < 20e9


def test_a_step_lies_at_the_sample_at_which_it_was_noticed(
    stepped: tuple[SteppedDaemon, Subscriber, Board],
) -> None:
    _, subscriber, _ = stepped
    for mark in subscriber.of("mark"):
        block = _last_before(subscriber.seen, mark)
        sample = block["first"] + (mark["t_ns"] - block["t_ns"]) / block["step_ns"]
        assert mark["sample"] == pytest.approx(sample, abs=5)
        assert 0 <= mark["sample"] - block["first"] < 2000


def test_health_and_log_tell_of_them(stepped: tuple[SteppedDaemon, Subscriber, Board]) -> None:
    daemon, subscriber, _ = stepped
    told = [health for health in subscriber.of("health") if health["clock_steps"]]
    once = [health for health in told if health["clock_steps"] == 1]
    assert [health["clock_step_s"] for health in once] == pytest.approx(
        [30.0] * len(once), abs=0.01
    )
    assert [health["clock_off_ms"] for health in once] == pytest.approx([3e4] * len(once), abs=10)
    assert told[-1]["clock_step_s"] == pytest.approx(-30.0, abs=0.01)
    assert told[-1]["clock_off_ms"] == pytest.approx(0.0, abs=10)
    warnings = [line for line in daemon.lines if "clock was set by" in line]
    assert [line.partition("set by ")[2].split()[0] for line in warnings] == ["+30.000", "-30.000"]


def _last_before(seen: list[Message], mark: Message) -> Message:
    earlier = seen[: seen.index(mark)]
    return next(message for message in reversed(earlier) if message.topic == "raw")
