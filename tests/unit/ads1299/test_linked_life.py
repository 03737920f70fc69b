"""The life of a linked source: waiting for its board, the tube, odd clocks, the end."""

import logging
import socket
import time
from itertools import pairwise

import pytest
from ads1299.linked import LinkedSource
from ads1299.plan import BoardPlan
from ads1299.source import ChipError
from mcubridge.line import Dial, Line
from support import hand_board as hand
from support import spec_wire as wire
from support.hand_board import HandBoard
from support.linked import dialled, packet, streaming
from support.ramp_blocks import collect


class Left(Exception):
    """Whoever waited was told to leave."""


class Counted(Dial):
    """Notes when it is asked to dial."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, port)
        self.tried: list[float] = []

    def open(self, timeout_s: float) -> Line | None:
        self.tried.append(time.monotonic())
        return super().open(timeout_s)


def test_it_waits_for_a_board_that_is_not_there_with_growing_pauses(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    opener = Counted("127.0.0.1", port)
    source = LinkedSource(opener, BoardPlan())
    asked: list[float] = []
    until = time.monotonic() + 0.6

    def idle() -> None:
        asked.append(time.monotonic())
        if asked[-1] > until:
            raise Left

    with pytest.raises(Left):
        source.start(idle)
    source.close()
    assert not source.streaming
    assert source.board is None
    assert max(b - a for a, b in pairwise(asked)) < 0.15
    pauses = [b - a for a, b in pairwise(opener.tried)]
    assert len(pauses) == 2
    assert pauses[0] >= 0.1
    assert pauses[1] >= 0.2
    (said,) = [record.getMessage() for record in caplog.records]  # once, not at each try
    assert f"tcp://127.0.0.1:{port}: connection refused" in said
    assert "trying again, at the latest in 5 s" in said


def test_a_refused_chip_ends_the_first_contact() -> None:
    with dialled(HandBoard(chip_ids=(0x92,))) as source:
        with pytest.raises(ChipError, match="is 0x92, expected 0x3E"):
            source.start(lambda: None)
        assert not source.streaming


def test_what_it_knows_once_it_streams() -> None:
    with streaming(HandBoard(board="Lab 1")) as source:
        assert source.streaming
        assert source.board is not None
        assert source.board.board == "Lab 1"
        assert 0 < source.time_error_ns < 100_000_000


# -- time


def test_samples_are_timed_by_the_boards_clock() -> None:
    """A packet held up on the way is as old as its clock says."""
    board = HandBoard()
    with streaming(board) as source:
        taken = time.monotonic_ns()
        held = packet(board, 0)
        time.sleep(0.15)
        board.say(held)
        block = collect(source, 20)[0]
        assert abs(block.taken_ns - taken) < 15_000_000
        assert block.arrival_ns - block.taken_ns > 140_000_000
        assert block.board_us is not None


@pytest.mark.parametrize("offset_us", [-500_000, 60_000_000, 2**62 + 60_000_000])
def test_a_board_with_two_clocks_is_timed_by_arrival_and_told_of_once(
    offset_us: int, caplog: pytest.LogCaptureFixture
) -> None:
    board = HandBoard()
    board.ping_offset_us = offset_us
    with streaming(board, BoardPlan(rate_hz=1000)) as source:
        for counter in range(3):
            before = time.monotonic_ns()
            board.say(packet(board, counter))
            block = collect(source, 20 * (counter + 1))[0]
            after = time.monotonic_ns()
            last_sample_ns = block.taken_ns + 19_000_000
            assert before <= block.arrival_ns <= after
            assert abs(last_sample_ns - block.arrival_ns) < 0.025 * 19e6  # by the board's true rate
        lit: list[int | None] = []
        source.show(5, lit.append)
        board.await_request(hand.TUBE)
        while not lit:
            source.read(0.02)
        assert lit == [None]  # nobody can tell when that was
    told = [r for r in caplog.records if "clock in DATA and in PING differ" in r.getMessage()]
    assert len(told) == 1
    assert told[0].levelno == logging.WARNING


def test_a_clock_that_begins_anew_makes_no_sample_older_or_younger_than_it_can_be() -> None:
    """As one of 32 bits does after 71 minutes: nothing was taken before what came before it."""
    board = HandBoard()
    with streaming(board) as source:
        board.say(packet(board, 0))
        first = collect(source, 20)[0]
        for counter, t_us in enumerate((2**64 - 1, 0, 17, 10**12, 0), 1):
            board.say(wire.data(counter, t_us, 20, wire.ramp_packet(20 * counter, 20, 8)))
            block = collect(source, 20 * (counter + 1))[0]
            assert first.taken_ns - 20_000_000 <= block.taken_ns <= block.arrival_ns


# -- the tube


def test_a_number_is_shown_and_the_time_of_lighting_told() -> None:
    board = HandBoard()
    with streaming(board) as source:
        board.say(packet(board, 0))
        collect(source, 20)
        for number in (0, 1, 4_294_967_295):
            lit: list[int | None] = []
            before = time.monotonic_ns()
            source.show(number, lit.append)
            while not lit:
                source.read(0.02)
            assert lit[0] is not None
            assert before - 10_000_000 < lit[0] < time.monotonic_ns() + 10_000_000
            assert board.of(hand.TUBE)[-1].payload == number.to_bytes(4, "little")
        assert len(board.of(hand.TUBE)) == 3


def test_a_board_that_never_answers_tube_costs_nothing_else() -> None:
    board = HandBoard()
    board.behave[hand.TUBE] = lambda *_: []
    with streaming(board) as source:
        lit: list[int | None] = []
        shown = []
        deadline = time.monotonic() + 5.0
        for counter in range(1000):
            board.say(packet(board, counter))
            source.show(counter, lit.append)
            shown.append(counter)
            assert collect(source, 20 * (counter + 1))[0].gap is None
            if len(lit) > 20 and counter > 40:
                break
            time.sleep(0.01)
            assert time.monotonic() < deadline
        assert set(lit) == {None}
        board.await_request(hand.TUBE, len(shown))
        numbers = [int.from_bytes(asked.payload, "little") for asked in board.of(hand.TUBE)]
        assert numbers == shown  # each once: by the time its reply is late, a later one is lit
        source.close()
        assert len(lit) == len(shown)


def test_a_board_without_a_tube_is_not_asked() -> None:
    board = HandBoard(flags=0)
    with streaming(board) as source:
        lit: list[int | None] = []
        source.show(7, lit.append)
        assert lit == [None]
        source.stop()
        assert not board.of(hand.TUBE)


def test_nothing_is_shown_where_no_board_is() -> None:
    with dialled(HandBoard()) as source:
        lit: list[int | None] = []
        source.show(7, lit.append)
        assert lit == [None]


@pytest.mark.parametrize("status", [1, 2, 3])
def test_a_board_that_refuses_a_number_is_not_believed_to_show_it(status: int) -> None:
    board = HandBoard()
    board.behave[hand.TUBE] = lambda tag, _: [wire.reply(tag, status, bytes(8))]
    with streaming(board) as source:
        board.say(packet(board, 0))
        collect(source, 20)
        lit: list[int | None] = []
        source.show(7, lit.append)
        while not lit:
            source.read(0.02)
        assert lit == [None]


# -- the end


def test_stop_leaves_the_board_quiet() -> None:
    board = HandBoard()
    with streaming(board) as source:
        assert board.streaming
        source.stop()
        assert not board.streaming
        assert board.asked[-1].kind == hand.STOP
        assert board.asked[-1].tag != 0
        source.close()
        source.close()
        assert not source.streaming


def test_stop_is_waited_for_although_the_daemon_leaves() -> None:
    """What left the waiting of `read` must not leave the waiting for the answer to STOP."""
    board = HandBoard()
    leaving = False

    def idle() -> None:
        if leaving:
            raise Left

    def slowly(tag: int, payload: bytes) -> list[bytes]:
        time.sleep(0.2)
        return board.answer(hand.STOP, tag, payload)

    with streaming(board, idle=idle) as source:
        board.behave[hand.STOP] = slowly
        leaving = True
        source.stop()
        assert not board.streaming


@pytest.mark.parametrize("gone", [True, False])
def test_a_board_that_cannot_be_stopped_holds_nobody_up(gone: bool) -> None:
    board = HandBoard()
    with streaming(board) as source:
        if gone:
            board.cut()
        board.behave[hand.STOP] = lambda tag, _: [wire.reply(tag, 1)]
        before = time.monotonic()
        source.stop()
        source.close()
        assert time.monotonic() - before < 1.0


def test_closing_before_the_start_and_twice() -> None:
    with dialled(HandBoard()) as source:
        source.stop()
        source.close()
        source.close()
