"""What the doctor does to a board's registers, as a board typed by hand sees it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from ads1299.plan import BoardPlan
from ads1299.source import ChipError
from emgd.doctor.bench import restore, write_plan
from emgd.doctor.bench_link import LinkBench
from emgd.doctor.board import check_registers
from emgd.doctor.finding import State
from mcubridge.line import Dial
from support import spec_wire as wire
from support.hand_board import PACKET, READ_ONLY, STOP, WREG, HandBoard

CONFIG1, LOFF, CH3SET, LOFF_SENSP, LOFF_SENSN, GPIO = 0x01, 0x04, 0x07, 0x0F, 0x10, 0x14


@contextmanager
def on_bench(board: HandBoard) -> Iterator[LinkBench]:
    with board:
        bench = LinkBench(Dial("127.0.0.1", board.port), silence_s=3.0)
        try:
            yield bench
        finally:
            bench.close()


def states(board: HandBoard) -> Iterator[bytes]:
    """The registers of the first chip after each write, as the requests tell."""
    registers = bytearray(24)
    for asked in board.of(WREG):
        first, values = asked.payload[0], asked.payload[1:]
        if first < 0x20:
            registers[first : first + len(values)] = values
            yield bytes(registers)


def test_meeting_stops_and_reads_the_board() -> None:
    board = HandBoard(chip_ids=(0x3E, 0x3E), gains=(24,) * 16, packet_samples=12)
    with on_bench(board) as bench:
        identity, found = bench.meet()
    assert (identity.board, identity.firmware) == ("hand", "hand 1")
    assert (identity.channels, identity.chips, identity.packet_samples) == (16, 2, 12)
    assert found == [bytes(chip) for chip in board.chips]
    assert len(board.of(STOP)) == 1
    assert not board.of(WREG)


def test_all_registers_are_tried_over_one_line() -> None:
    board = HandBoard(chip_ids=(0x3E, 0x3E), gains=(24,) * 16)
    with on_bench(board) as bench:
        identity, found = bench.meet()
        finding = check_registers(bench, BoardPlan(), identity)
        assert finding.state is State.OK, finding.text
        assert restore(bench, identity, found) == []
        assert [bytes(chip) for chip in board.chips] == found
    assert board.lines == 1
    tried = {a for asked in board.of(WREG) for a in range(asked.payload[0], _end(asked.payload))}
    assert tried == {0x20 * chip + a for chip in (0, 1) for a in range(24) if a not in READ_ONLY}


def test_what_is_tried_harms_nobody() -> None:
    board = HandBoard()
    board.chips[0][CONFIG1] = 0xB6  # CLK_EN: a second chip runs on this one's clock
    with on_bench(board) as bench:
        identity, found = bench.meet()
        check_registers(bench, BoardPlan(), identity)
        restore(bench, identity, found)
    seen = list(states(board))
    assert len({state[LOFF] for state in seen}) > 2
    for state in seen:
        microampere = state[LOFF] & 0x08
        assert not (microampere and (state[LOFF_SENSP] or state[LOFF_SENSN]))
        assert state[GPIO] & 0x0F in (0, 0x0F)  # 0: not written yet; no pin becomes an output
        assert state[CONFIG1] & 0x20 or not state[CONFIG1]


def test_one_register_that_does_not_take_it() -> None:
    board = HandBoard()

    def forgetful(tag: int, payload: bytes) -> list[bytes]:
        answer = board.answer(WREG, tag, payload)
        board.chips[0][CH3SET] &= 0xF7  # SRB2 cannot be switched on
        return answer

    board.behave[WREG] = forgetful
    with on_bench(board) as bench:
        identity, _ = bench.meet()
        finding = check_registers(bench, BoardPlan(), identity)
    assert finding.state is State.FAIL
    assert "CH3SET (0x07) reads 0x22, 0x2A was written" in finding.text
    assert finding.measured == 1


def test_a_register_that_does_not_come_back_is_told() -> None:
    board = HandBoard()
    with on_bench(board) as bench:
        identity, found = bench.meet()
        write_plan(bench, BoardPlan(), identity.channels)
        board.behave[WREG] = lambda tag, _: [wire.reply(tag, 0)]  # heard, and not obeyed
        wrong = restore(bench, identity, found)
    assert "CONFIG1 is 0x94, was 0x96" in wrong
    assert "CH3SET is 0x60, was 0x61" in wrong
    assert board.of(PACKET)[-1].payload == bytes((20,))


def test_a_chip_of_another_kind() -> None:
    with on_bench(HandBoard(chip_ids=(0x92,))) as bench, pytest.raises(ChipError, match="0x92"):
        bench.meet()


def _end(payload: bytes) -> int:
    return payload[0] + len(payload) - 1
