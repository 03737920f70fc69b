"""A linked source on a board typed by hand: losses, repeats, resets, silence, noise."""

import logging
import random
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from ads1299.block import Block, Gap
from ads1299.linked import LinkedSource
from ads1299.plan import BoardPlan
from support import hand_board as hand
from support import spec_wire as wire
from support.hand_board import HandBoard
from support.linked import dialled, packet, streaming
from support.ramp_blocks import assert_accounted, assert_ramp, collect, take


def drain(source: LinkedSource, within_s: float = 0.1) -> list[Block]:
    """What there is, until nothing more comes for a while."""
    blocks = []
    while (block := source.read(within_s)) is not None:
        blocks.append(block)
    return blocks


def read_until_reconnected(source: LinkedSource, count: int = 1, within_s: float = 5.0) -> None:
    deadline = time.monotonic() + within_s
    while source.counters.reconnects < count:
        assert time.monotonic() < deadline, "the source did not connect again"
        assert source.read(0.05) is None


# -- losses and repeats


def test_packets_lost_at_the_very_start_keep_their_place() -> None:
    board = HandBoard()
    with streaming(board) as source:
        board.say(packet(board, 3), packet(board, 4))
        blocks = collect(source, 100)
        assert [(block.first, block.gap) for block in blocks] == [
            (60, Gap(0, 60, "lost")),
            (80, None),
        ]
        assert_ramp(blocks, 8)


def test_a_repeated_packet_is_counted_and_given_once() -> None:
    board = HandBoard()
    with streaming(board) as source:
        packets = [packet(board, counter) for counter in range(4)]
        board.say(packets[0], packets[1], packets[1], packets[0], packets[2], packets[3])
        blocks = collect(source, 80)
        assert [block.first for block in blocks] == [0, 20, 40, 60]
        assert all(block.gap is None for block in blocks)
        assert source.counters.duplicates == 2


def test_packets_of_changing_length_follow_one_another() -> None:
    board = HandBoard()
    with streaming(board) as source:
        first = 0
        for counter, n in enumerate((1, 32, 7, 20)):
            board.say(wire.data(counter, board.clock_us(), n, wire.ramp_packet(first, n, 8)))
            first += n
        blocks = collect(source, 60)
        assert [block.samples for block in blocks] == [1, 32, 7, 20]
        assert_ramp(blocks, 8)
        assert assert_accounted(blocks) == 0


@pytest.mark.parametrize("channels", [4, 7, 9, 16])
def test_a_packet_for_another_number_of_channels_is_broken_and_lost(channels: int) -> None:
    board = HandBoard()
    with streaming(board) as source:
        odd = wire.data(1, board.clock_us(), 2, bytes(2 * (3 * -(-channels // 8) + 3 * channels)))
        board.say(packet(board, 0), odd, packet(board, 2))
        blocks = collect(source, 60)
        assert blocks[-1].gap == Gap(20, 20, "lost")
        assert_ramp(blocks, 8)
        assert source.read(0.02) is None
        assert source.counters.bad_frames == 1


def test_status_bytes_come_as_they_were_sent() -> None:
    board = HandBoard(chip_ids=(0x3E, 0x3E))
    with streaming(board) as source:
        first = wire.chip_sample([1] * 8, b"\xc1\x23\x45") + wire.chip_sample(
            [2] * 8, b"\xc6\x78\x9a"
        )
        board.say(wire.data(0, board.clock_us(), 1, first))
        block = collect(source, 1)[0]
        assert block.status == bytes.fromhex("c12345 c6789a")
        assert block.counts.tolist() == [[1] * 8 + [2] * 8]


def test_start_whose_reply_is_lost_loses_no_sample() -> None:
    """DATA answers START as well; asking again would start the count anew."""
    board = HandBoard()
    board.behave[hand.START] = lambda *_: [packet(board, 0), packet(board, 1)]
    with streaming(board) as source:
        board.say(packet(board, 2))
        blocks = collect(source, 60)
        assert assert_accounted(blocks) == 0
        assert_ramp(blocks, 8)
        assert len(board.of(hand.START)) == 1


def test_samples_of_an_earlier_host_are_none_of_ours() -> None:
    board = HandBoard()
    with dialled(board) as source:
        board.streaming = True
        board.behave[hand.IDENTIFY] = lambda tag, _: [
            *(packet(board, counter) for counter in range(500, 520)),
            board.greet(tag),
        ]
        board.on_start = lambda: board.say(packet(board, 0))
        source.start(lambda: None)
        blocks = collect(source, 20)
        assert [(block.first, block.gap) for block in blocks] == [(0, None)]


# -- boards that are reset


def test_samples_that_came_before_a_reset_are_given_then_the_board_is_configured_again() -> None:
    board = HandBoard()
    with streaming(board) as source:
        before = [packet(board, counter) for counter in range(5)]
        board.on_start = lambda: board.say(packet(board, 0))
        board.chips[0][:] = hand.RESETS
        board.say(*before, board.greet(0))
        blocks = take(source, 6)
        assert [block.first for block in blocks[:5]] == [0, 20, 40, 60, 80]
        assert_ramp(blocks[:5], 8)
        assert blocks[5].gap is not None
        assert blocks[5].gap.reason == "reconnect"
        assert_ramp(blocks[5:], 8, start=blocks[5].first)
        assert board.chips[0][0x01] == 0x94
        assert source.counters.reconnects == 1
        assert board.starts == 2


def test_a_counter_that_begins_anew_is_a_board_that_was_reset() -> None:
    """Without a HELLO; its clock went on."""
    board = HandBoard()
    with streaming(board) as source:
        board.say(*(packet(board, counter) for counter in range(5)))
        collect(source, 100)
        board.on_start = lambda: board.say(packet(board, 0))
        board.say(packet(board, 0))
        block = take(source, 1)[0]
        assert block.gap is not None
        assert block.gap.reason == "reconnect"
        assert board.starts == 2


def forgets_start() -> None:
    """It answers PING and sends no samples."""
    board = HandBoard()
    with streaming(board) as source:
        board.say(packet(board, 0))
        collect(source, 20)
        board.on_start = lambda: board.say(packet(board, 0))
        before = time.monotonic()
        block = take(source, 1)[0]
        assert 1.5 < time.monotonic() - before < 4.0
        assert block.gap is not None
        assert board.starts == 2


def says_only_what_it_said() -> None:
    """Its clock and counter began anew and its HELLO was lost: all it sends looks repeated."""
    board = HandBoard()
    with streaming(board) as source:
        board.say(*(wire.data(i, 50_000_000 + i, 1, bytes(27)) for i in range(200)))
        collect(source, 200)
        board.on_start = lambda: board.say(packet(board, 0, n=1))
        deadline, counter = time.monotonic() + 5.0, 0
        while source.counters.reconnects == 0:
            assert time.monotonic() < deadline, "its samples were dropped in silence"
            board.say(wire.data(counter % 100, counter, 1, bytes(27)))
            counter += 1
            assert source.read(0.02) is None
        assert take(source, 1)[0].gap is not None


def test_boards_that_talk_but_give_nothing_new_are_started_again() -> None:
    """Both at once: each takes 2 s."""
    with ThreadPoolExecutor() as pool:
        ways = [pool.submit(way) for way in (forgets_start, says_only_what_it_said)]
    for way in ways:
        way.result()


# -- lines that fail


def test_a_silent_line_is_given_up_after_the_set_time() -> None:
    board = HandBoard()
    with streaming(board, silence_s=0.4) as source:
        board.behave[hand.PING] = lambda *_: []
        board.say(packet(board, 0))
        collect(source, 20)
        before = time.monotonic()
        board.behave[hand.PING] = lambda tag, payload: (
            board.answer(hand.PING, tag, payload) if board.lines > 1 else []
        )
        read_until_reconnected(source)
        assert 0.3 < time.monotonic() - before < 2.0
        assert board.lines == 2


@pytest.mark.parametrize("rudely", [False, True])
def test_a_line_cut_in_the_middle_of_a_frame(rudely: bool) -> None:
    board = HandBoard()
    with streaming(board) as source:
        board.say(*(packet(board, counter) for counter in range(3)))
        board.send(wire.frame(packet(board, 3))[:100])
        board.on_start = lambda: board.say(packet(board, 0), packet(board, 1))
        board.cut(reset=rudely)
        blocks = take(source, 5)
        assert [block.first for block in blocks[:3]] == [0, 20, 40]
        assert blocks[3].gap is not None
        assert (blocks[3].gap.first, blocks[3].gap.reason) == (60, "reconnect")
        assert_accounted(blocks)
        assert_ramp(blocks[3:], 8, start=blocks[3].first)


def test_a_line_that_drops_again_and_again() -> None:
    board = HandBoard()

    def two_packets_and_gone() -> None:
        board.say(packet(board, 0), packet(board, 1))
        board.cut()

    board.on_start = two_packets_and_gone
    with streaming(board) as source:
        blocks = take(source, 10)
        assert_accounted(blocks)
        assert [block.gap is not None for block in blocks] == [False, False] + [True, False] * 4
        starts = [block.first for block in blocks if block.gap]
        assert starts == sorted(starts)


def test_a_chip_that_is_wrong_after_a_reconnect_is_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """In the first contact it ends the daemon; a recording under way waits for its board."""
    board = HandBoard()
    with streaming(board) as source:
        board.say(packet(board, 0))
        collect(source, 20)
        board.chips[0][0] = 0x00
        board._hello["chip_id"] = 0x00
        board.behave[hand.IDENTIFY] = lambda tag, _: [
            board.greet(tag),
            *([mend()] if len(board.of(hand.IDENTIFY)) > 4 else []),
        ]

        def mend() -> bytes:
            board.chips[0][0] = board._hello["chip_id"] = 0x3E
            return wire.note(1, b"mended")

        board.cut()
        read_until_reconnected(source)
        errors = [r for r in caplog.records if r.levelno == logging.ERROR]
        assert errors
        assert "register ID (0x00) is 0x00, expected 0x3E" in errors[0].getMessage()


# -- noise


def test_broken_frames_of_boards_that_never_got_ready_are_counted_too() -> None:
    class Left(Exception):
        pass

    board = HandBoard(greets=False)
    board.behave[hand.IDENTIFY] = lambda *_: [b"\x55later"] * 10

    def idle() -> None:
        asked = board.of(hand.IDENTIFY)
        if asked and time.monotonic() - asked[0].at_s > 0.1:
            raise Left

    with dialled(board) as source:
        with pytest.raises(Left):
            source.start(idle)
        assert source.counters.bad_frames >= 10


@pytest.mark.parametrize("seed", range(3))
def test_noise_and_odd_packets_never_end_the_source(seed: int) -> None:
    """Sound frames of any content between good packets: nothing raises, the index adds up."""
    chance = random.Random(seed)
    board = HandBoard()
    board.on_start = lambda: board.say(packet(board, 0))
    with streaming(board, BoardPlan(packet_samples=20)) as source:
        blocks: list[Block] = []
        for turn in range(150):
            board.say(*(odd_message(chance) for _ in range(3)), packet(board, turn))
            board.send(chance.randbytes(chance.randrange(60)) + b"\0")
            block = source.read(0.001)
            blocks += [block] if block else []
        blocks += drain(source)
        assert len(blocks) > 10
        ends = 0
        for block in blocks:
            assert block.first >= ends
            ends = block.end


def odd_message(chance: random.Random) -> bytes:
    kind = chance.choice((0x01, 0x02, 0x02, 0x02, 0x03, 0x04, chance.randrange(256)))
    if kind == 0x01 and chance.random() < 0.9:  # each HELLO of tag 0 is a reset
        return wire.hello(chance.randrange(1, 256))
    if kind == 0x02 and chance.random() < 0.5:
        counter = chance.choice((0, 1, 2**31 - 1, 2**31, 2**32 - 1, chance.randrange(300)))
        return wire.data(counter, chance.randrange(2**64), 1, chance.randbytes(27))
    return bytes((kind, chance.randrange(256))) + chance.randbytes(chance.randrange(60))
