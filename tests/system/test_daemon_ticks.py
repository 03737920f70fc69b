"""The numbers on the tube: one for every second packet, at the right sample, as the board saw."""

from pathlib import Path

import pytest
from support.board import Board
from support.daemon import Daemon, Waiting
from support.process import wait_until
from support.stream import Message, Subscriber, check_sequence


def check_ticks(subscriber: Subscriber, packets_before: int = 0) -> list[Message]:
    """Number, packets and place of each tick, by the blocks that went out; gives the ticks."""
    blocks = subscriber.of("raw")
    ticks = subscriber.of("tick")
    last_packet = {packets_before + i + 1: block for i, block in enumerate(blocks)}
    for tick in ticks:
        assert tick["number"] == tick["packets"] // 2
        assert tick["packets"] % 2 == 0
        assert tick["sample"] == last_packet[tick["packets"]].end - 1
        assert set(tick.header) >= {"v", "session", "seq", "t_ns", "lit_ns"}
        assert tick.payload == b""
    numbers = [tick["number"] for tick in ticks]
    assert numbers == list(range(packets_before // 2 + 1, packets_before // 2 + 1 + len(ticks)))
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
        assert len(subscriber.of("gap")) >= 3  # packets that never came are not counted
        # when each was lit, by the board's own clock and the PINGs it wrote down
        utc_offset_ns = daemon.utc_offset_ns()
        lit_ns = board.host_times_ns("TUBE")
    for tick, true_ns in zip(ticks, lit_ns, strict=False):
        assert abs(tick["lit_ns"] - utc_offset_ns - true_ns) < 10e6
        assert tick["t_ns"] - 2e6 < tick["lit_ns"] < tick["t_ns"] + 500e6


@pytest.mark.parametrize(
    ("board_options", "daemon_options", "told"),
    [
        ({"fault": "no-tube-reply"}, [], True),
        ({"no_tube": True}, [], False),
        ({}, ["--tube=none:"], False),
    ],
    ids=["no-reply", "no-tube", "tube-none"],
)
def test_a_tube_that_cannot_tell(
    tmp_path: Path, board_options: dict[str, object], daemon_options: list[str], told: bool
) -> None:
    """The ticks go out all the same, in order and each once."""
    with (
        Waiting(tmp_path, *daemon_options) as daemon,
        daemon.listening() as subscriber,
        daemon.board(tmp_path, ramp=True, **board_options) as board,
    ):
        while len(subscriber.of("tick")) < 30:
            subscriber.take()
        ticks = check_ticks(subscriber)
        assert {tick["lit_ns"] for tick in ticks} == {None}
        check_sequence(subscriber.seen)
        if told:
            assert board.tube_numbers[:30] == [tick["number"] for tick in ticks]
        else:
            assert board.tube_numbers == []
            refusal = daemon.ask("tube.set", number=7)
            assert (refusal["ok"], refusal["code"]) == (False, "no_tube")


def test_a_number_set_by_hand(tmp_path: Path) -> None:
    with Board(tmp_path, ramp=True) as board, Daemon(tmp_path, board.url) as daemon:
        daemon.wait_for_state("streaming")
        for number in (0, 4_000_000_000, 0xFFFFFFFF):
            assert daemon.ask("tube.set", number=number) == {"ok": True}
            wait_until(lambda number=number: number in board.tube_numbers, f"{number} on the tube")
        for wrong in (-1, 2**32, 1.5, "7", None, True, [7]):
            assert daemon.ask("tube.set", number=wrong)["code"] == "bad_argument"
        with daemon.subscribe("tick") as subscriber:  # it goes on counting where it was
            tick = subscriber.next("tick")
        assert tick["number"] == tick["packets"] // 2
