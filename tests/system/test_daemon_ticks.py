"""The numbers on the tube: one for every second packet, at the right sample, as the board saw."""

from pathlib import Path

import pytest
from support.board import Board
from support.control import refused
from support.daemon import Daemon, Waiting
from support.process import wait_until
from support.stream import Message, Subscriber, check_sequence


def check_ticks(subscriber: Subscriber) -> list[Message]:
    """Number, packets and place of each tick, by the blocks that went out; gives the ticks."""
    ticks = subscriber.of("tick")
    ends = [block.end for block in subscriber.of("raw")]
    before = ticks[0]["packets"] - ends.index(ticks[0]["sample"] + 1) - 1
    for tick in ticks:
        assert tick["number"] == tick["packets"] // 2
        assert tick["packets"] % 2 == 0
        assert tick["sample"] == ends[tick["packets"] - before - 1] - 1
        assert set(tick.header) >= {"v", "session", "seq", "t_ns", "lit_ns"}
        assert tick.payload == b""
    first = ticks[0]["number"]
    assert [tick["number"] for tick in ticks] == list(range(first, first + len(ticks)))
    assert before in (0, 2 * first - 2, 2 * first - 1)  # the first number is not late
    return ticks


def test_the_board_shows_what_the_stream_says(tmp_path: Path) -> None:
    with (
        Waiting(tmp_path) as daemon,
        daemon.listening() as subscriber,
        daemon.board(tmp_path, ramp=True, fault="drop=30:3") as board,
    ):
        while len(subscriber.of("tick")) < 50:
            subscriber.take()
        ticks = check_ticks(subscriber)
        check_sequence(subscriber.seen)
        assert board.tube_numbers[:50] == [tick["number"] for tick in ticks]
        tube = subscriber.next("health")["tube"]
        assert (tube["name"], tube["state"], tube["error"]) == ("board:", "ok", None)
        assert tube["shown"] >= 20
        assert tube["failed"] == tube["late"] == 0
        assert tube["number"] in [tick["number"] for tick in subscriber.of("tick")]
        assert len(subscriber.of("gap")) >= 3  # packets that never came are not counted
        # when each was lit, by the board's own clock and the PINGs it wrote down
        utc_offset_ns = daemon.utc_offset_ns()
        lit_ns = board.host_times_ns("TUBE")
    for tick, true_ns in zip(ticks, lit_ns, strict=False):
        assert abs(tick["lit_ns"] - utc_offset_ns - true_ns) < 10e6
        assert tick["t_ns"] - 2e6 < tick["lit_ns"] < tick["t_ns"] + 500e6


@pytest.mark.parametrize("options", [{"fault": "no-tube-reply"}, {"no_tube": True}], ids=str)
def test_a_tube_that_cannot_tell(tmp_path: Path, options: dict[str, object]) -> None:
    """The ticks go out all the same, in order and each once."""
    with (
        Waiting(tmp_path) as lab,
        lab.listening() as subscriber,
        lab.board(tmp_path, ramp=True, **options) as board,
    ):
        while len(subscriber.of("tick")) < 30:
            subscriber.take()
        ticks = check_ticks(subscriber)
        assert {tick["lit_ns"] for tick in ticks} == {None}
        check_sequence(subscriber.seen)
        tube = subscriber.of("health")[-1]["tube"]
        if "fault" in options:
            assert board.tube_numbers[:30] == [tick["number"] for tick in ticks]
            assert (tube["state"], tube["shown"], tube["number"]) == ("untold", 0, None)
            assert tube["failed"] > 0
            assert "does not say when it lights its numbers" in tube["error"]
        else:
            assert (tube["state"], tube["error"]) == ("absent", None)
            assert board.tube_numbers == []
            assert refused(lab.control, "tube.set", number=7)["code"] == "no_tube"


def test_no_tube_at_all(tmp_path: Path) -> None:
    with (
        Board(tmp_path, ramp=True) as board,
        Daemon(tmp_path, board.url, "--tube=none:") as daemon,
        daemon.subscribe("tick") as subscriber,
    ):
        assert subscriber.next("tick")["lit_ns"] is None
        assert refused(daemon.control, "tube.set", number=7)["code"] == "no_tube"
        assert board.tube_numbers == []
        with daemon.subscribe("health") as health:
            assert health.next("health")["tube"] is None


def test_a_number_set_by_hand(tmp_path: Path) -> None:
    with Board(tmp_path, ramp=True) as board, Daemon(tmp_path, board.url) as daemon:
        daemon.wait_for_state("streaming")
        with daemon.subscribe("tick") as subscriber:
            before = subscriber.next("tick")
            assert before["number"] == before["packets"] // 2
            for number in (0, 4_000_000_000, 0xFFFFFFFF):
                assert daemon.ask("tube.set", number=number) == {"ok": True}
                tick = subscriber.next("tick", number=number)
                after = subscriber.next("tick")  # the count goes on from it, in the link's 32 bits
                assert after["number"] == (number + 1) % 2**32
                assert after["packets"] == tick["packets"] + 2
                assert after["sample"] == tick["sample"] + 40
            ticks = subscriber.of("tick")
        for wrong in (-1, 2**32, 1.5, "7", None, True, [7]):
            assert daemon.ask("tube.set", number=wrong)["code"] == "bad_argument"
        wait_until(lambda: after["number"] in board.tube_numbers[5:], "the last one on the tube")
        # every number that was ever shown has a tick, and the other way round
        told = [tick["number"] for tick in ticks]
        start = board.tube_numbers.index(told[0])
        assert board.tube_numbers[start : start + len(told)] == told


def test_the_count_goes_on_where_it_was_when_a_board_comes_back(tmp_path: Path) -> None:
    with Waiting(tmp_path) as daemon, daemon.listening() as subscriber:
        with daemon.board(tmp_path, ramp=True):
            while len(subscriber.of("tick")) < 5:
                subscriber.take()
        (tmp_path / "again").mkdir()
        with daemon.board(tmp_path / "again", ramp=True) as board:
            subscriber.next("gap", reason="reconnect")
            for _ in range(5):
                subscriber.next("tick")
            ticks = subscriber.of("tick")
            numbers = [tick["number"] for tick in ticks]
            assert numbers == list(range(1, len(numbers) + 1))
            assert [tick["packets"] for tick in ticks] == [2 * number for number in numbers]
            assert board.tube_numbers[0] in numbers
            assert board.tube_numbers[0] > 5
