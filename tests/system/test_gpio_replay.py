"""Marks of GPIO inputs in a recording, and in its replay."""

from pathlib import Path

import pytest
from support.daemon import Daemon, Waiting
from support.stream import Message, Subscriber

GPIO = "0.3=1,0.4=0,0.6=2,0.8=0"


def marks(subscriber: Subscriber) -> list[tuple[int, str, int, str]]:
    wanted = ("sample", "label", "value", "source")
    return [tuple(mark[key] for key in wanted) for mark in subscriber.of("mark")]


def last_words(subscriber: Subscriber) -> Message:
    """The `health` at a recording's end."""
    return subscriber.until(
        lambda got: got.topic == "health" and got["samples"] >= 1000, "the end of the recording"
    )


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of a board whose inputs show 1 and 2, recorded from its first sample."""
    folder = tmp_path_factory.mktemp("recorded")
    with (
        Waiting(
            folder, "--record-dir", str(folder), gpio__mode="code", board__bias__on="true"
        ) as daemon,
        daemon.listening() as subscriber,
    ):
        assert daemon.ask("record.start", name="pins")["ok"]
        with daemon.board(folder, ramp=True, gpio=GPIO, samples=1000):
            subscriber.until(lambda got: got.topic == "raw" and got.end >= 1000, "1000 samples")
            stopped = daemon.ask("record.stop")
        assert stopped["marks"] == {"code 1": 1, "code 2": 1}
    return Path(stopped["path"])


@pytest.mark.parametrize(
    ("settings", "labels"),
    [
        ({}, ["code 1", "code 2"]),  # as they were recorded
        ({"gpio__mode": "code", "gpio__codes": '{2="film"}'}, ["unexpected code 1", "film"]),
    ],
)
def test_a_replay_has_each_mark_once(
    recording: Path, tmp_path: Path, settings: dict[str, str], labels: list[str]
) -> None:
    """Without [gpio] the recorded marks; with it, those that it makes of the recorded inputs."""
    with (
        Daemon(tmp_path, f"file://{recording}?speed=0.3", **settings) as daemon,
        daemon.listening() as subscriber,
    ):
        last_words(subscriber)
    assert marks(subscriber) == [(300, labels[0], 1, "gpio"), (600, labels[1], 2, "gpio")]
    meta = subscriber.of("meta")[-1]
    assert meta["chip"][0]["bias_drive"] is True
    assert meta["chip"][0]["registers"]["CONFIG3"] == 0xEC
