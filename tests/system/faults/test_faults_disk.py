"""The disk stalls or is full: the stream goes on, the recording says what it lacks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.account import check_account, check_log, check_recording, sent_of
from support.board import Board
from support.daemon import Waiting
from support.moody_disk import MOOD
from support.process import Program
from support.stream import Message, Subscriber

TESTS = Path(__file__).parents[2]


class Moody(Waiting):
    """A daemon that records to a disk of the test's moods."""

    program = "support.moody_disk"

    def __init__(self, folder: Path) -> None:
        self.mood = folder / "mood"
        self.mood.write_text("")
        self.records = folder / "records"
        self.records.mkdir()
        environment = {MOOD: str(self.mood), "PYTHONPATH": str(TESTS)}
        super().__init__(folder, "--record-dir", str(self.records), environment=environment)


@pytest.fixture
def moody(tmp_path: Path) -> Iterator[Moody]:
    with Moody(tmp_path) as daemon:
        yield daemon


@pytest.fixture
def scene(moody: Moody, tmp_path: Path) -> Iterator[tuple[Subscriber, Board]]:
    """A recording that has been under way for a second."""
    with moody.listening() as subscriber, moody.board(tmp_path, ramp=True) as board:
        subscriber.next("raw")
        assert moody.ask("record.start", name="film")["ok"]
        for _ in range(50):
            subscriber.next("raw")
        yield subscriber, board


def problem(message: Message) -> str:
    recording = message["recording"] if message.topic == "health" else None
    return str(recording["problem"] or "") if recording else ""


def settle(daemon: Moody, subscriber: Subscriber, board: Board) -> None:
    board.end()
    subscriber.quiet(0.5)
    check_account(subscriber, sent_of(board), subscriber.next("health"))
    check_log(daemon)


@pytest.mark.parametrize(
    ("mood", "words"), [("stalled", "has not answered for"), ("full", "The disk is full")]
)
def test_what_waited_is_written_later(
    moody: Moody, scene: tuple[Subscriber, Board], mood: str, words: str
) -> None:
    subscriber, board = scene
    moody.mood.write_text(mood)
    subscriber.until(lambda got: words in problem(got), f"health to say {words!r}")
    for _ in range(50):
        subscriber.next("raw")
    moody.mood.write_text("")
    subscriber.until(lambda got: got.topic == "health" and not problem(got), "all to be well")
    receipt = moody.ask("record.stop")
    assert receipt["lost_by_recorder"] == 0
    assert any(words in told for told in receipt["problems"])
    settle(moody, subscriber, board)
    check_recording([receipt["path"], *receipt["parts"]], subscriber)


def test_full_to_the_end(moody: Moody, scene: tuple[Subscriber, Board]) -> None:
    """The file keeps its suffix, says how far it goes, and no empty receipt lies beside it."""
    subscriber, board = scene
    moody.mood.write_text("full")
    subscriber.until(lambda got: bool(problem(got)), "health to say so")
    receipt = moody.ask("record.stop")
    assert receipt["ok"], receipt
    assert receipt["lost_by_recorder"] > 0
    assert any("could not be written" in told for told in receipt["problems"])
    [part] = moody.records.glob("*.mcap.part")
    assert part.stat().st_size > 0
    settle(moody, subscriber, board)
    with Program("emgd", "info", part) as info:
        assert info.wait() == 0
    assert "The file was not closed" in info.said
    words = " ".join(info.said.split())
    assert "lost: nothing up to the file's end what came after its last sample is not in" in words
    assert list(moody.records.glob("*.receipt.txt")) == []
