"""What comes over a link unasked, and requests that nobody waits for."""

import logging
import socket
import struct
import time

import pytest
from mcubridge.link import Link
from mcubridge.messages import Reply, Request
from support import hand_board as hand
from support import spec_wire as wire
from support.hand_board import HandBoard
from support.links import no_idle, pump_until, say
from support.tcp_pair import tcp_pair


def test_link_begins_with_a_zero_that_ends_what_an_earlier_host_left_half_sent() -> None:
    with tcp_pair() as (line, theirs):
        Link(line, no_idle).ping()
        received = theirs.recv(100)
        assert received[0] == 0
        ping = wire.unframe(received[1:-1])
        assert ping is not None
        assert ping[0] == 0x87
        assert len(ping) == 2 + 8


def test_a_tag_under_way_is_not_given_twice(pair: tuple[Link, socket.socket]) -> None:
    link, theirs = pair
    over: list[int] = []
    replies: list[Reply | None] = []

    def post(number: int) -> None:
        def done(reply: Reply | None) -> None:
            over.append(number)
            replies.append(reply)

        link.post(Request.TUBE, wire.u32(number), done)

    for number in range(300):
        post(number)
    assert over == list(range(45))  # there are 255 tags: the oldest were given up
    assert replies == [None] * 45
    tags = [message[1] for message in heard(theirs, 300)]
    assert sorted(tags[45:]) == list(range(1, 256))


def heard(line: socket.socket, count: int) -> list[bytes]:
    received = b""
    while received.count(b"\0") < count:
        received += line.recv(1 << 16)
    messages = [wire.unframe(piece) for piece in received.split(b"\0") if piece]
    assert None not in messages
    return [message for message in messages if message]


def test_data_of_an_earlier_start_is_no_answer_and_is_dropped(board: HandBoard, link: Link) -> None:
    board.say(wire.data(77, 5, 1, bytes(27)))
    pump_until(link, lambda: link.data)
    link.start()
    assert not link.data


def test_data_is_handed_on_in_order_whatever_is_asked_meanwhile(
    board: HandBoard, link: Link
) -> None:
    def answer(tag: int, payload: bytes) -> list[bytes]:
        packets = [wire.data(i, i * 20_000, 2, bytes(54)) for i in range(10)]
        return [*packets[:5], wire.reply(tag, 0, payload + wire.u64(1)), *packets[5:]]

    board.behave[hand.PING] = answer
    before = time.monotonic_ns()
    link.ask(Request.PING, bytes(8))
    pump_until(link, lambda: len(link.data) == 10)
    assert [data.counter for data, _ in link.data] == list(range(10))
    arrivals = [at_ns for _, at_ns in link.data]
    assert arrivals == sorted(arrivals)
    assert before < arrivals[0] <= arrivals[-1] < time.monotonic_ns()


def test_unknown_types_and_broken_frames_are_counted_and_ignored(
    pair: tuple[Link, socket.socket],
) -> None:
    link, theirs = pair
    say(theirs, b"\x05\0later", b"\x7f\0", b"\x87\x01" + bytes(8))
    theirs.sendall(b"\x01\0garbage\0")
    say(theirs, b"\x02\0short", wire.data(3, 4, 1, bytes(27)))
    pump_until(link, lambda: link.data)
    assert [data.counter for data, _ in link.data] == [3]
    assert link.bad_frames == 6


@pytest.mark.parametrize(
    ("level", "severity"),
    [
        (0, logging.DEBUG),
        (1, logging.INFO),
        (2, logging.WARNING),
        (3, logging.ERROR),
        (200, logging.ERROR),
    ],
)
def test_a_note_goes_to_the_log_with_its_level(
    pair: tuple[Link, socket.socket],
    caplog: pytest.LogCaptureFixture,
    level: int,
    severity: int,
) -> None:
    caplog.set_level(logging.DEBUG)
    link, theirs = pair
    say(theirs, wire.note(level, "Akku 12 % \xb5".encode()), wire.note(level, b"\xff\xfe"))
    pump_until(link, lambda: len(caplog.records) >= 2)
    assert caplog.records[0].levelno == severity
    assert caplog.records[0].getMessage() == "pair: the board says: Akku 12 % \xb5"
    assert link.bad_frames == 0


def test_a_note_cannot_write_lines_of_its_own_into_the_log(
    pair: tuple[Link, socket.socket], caplog: pytest.LogCaptureFixture
) -> None:
    link, theirs = pair
    say(theirs, wire.note(3, b"one\nERROR two\x1b[2J\r" + b"x" * 2000))
    pump_until(link, lambda: caplog.records)
    message = caplog.records[0].getMessage()
    assert message.isprintable()
    assert len(message) < 600


def test_a_hello_that_nobody_asked_for_tells_of_a_reset(board: HandBoard, link: Link) -> None:
    link.identify()
    link.start()
    board.say(board.greet(tag=9))  # a late answer to an IDENTIFY that was asked again
    link.ask(Request.PING, bytes(8))
    assert not link.rebooted
    board.say(board.greet())
    pump_until(link, lambda: link.rebooted)
    link.start()
    assert not link.rebooted


def test_post_gives_the_reply_or_none_after_500_ms_once(board: HandBoard, link: Link) -> None:
    answers: list[Reply | None] = []
    link.post(Request.TUBE, wire.u32(7), answers.append)
    pump_until(link, lambda: answers)
    assert answers[0] is not None
    assert (answers[0].status, len(answers[0].payload)) == (0, 8)
    assert board.of(hand.TUBE)[0].payload == b"\7\0\0\0"

    board.behave[hand.TUBE] = lambda *_: []
    before = time.monotonic()
    link.post(Request.TUBE, wire.u32(8), answers.append)
    pump_until(link, lambda: len(answers) == 2)
    assert answers[1] is None
    assert 0.45 < time.monotonic() - before < 1.0
    board.say(wire.reply(board.of(hand.TUBE)[1].tag, 0, bytes(8)))
    link.ask(Request.RREG, b"\0\x01")  # by then the late reply was read
    assert len(answers) == 2


def test_closing_tells_those_who_wait(board: HandBoard, link: Link) -> None:
    board.behave[hand.TUBE] = lambda *_: []
    answers: list[Reply | None] = []
    for _ in range(3):
        link.post(Request.TUBE, wire.u32(7), answers.append)
    link.close()
    link.close()
    assert answers == [None] * 3


def test_a_board_that_reads_nothing_gets_nothing_posted() -> None:
    with tcp_pair() as (line, _):
        link = Link(line, no_idle)
        while line.write(bytes(1000)):
            pass
        while line.write(b"\0"):
            pass
        answers: list[Reply | None] = []
        before = time.monotonic()
        link.post(Request.TUBE, wire.u32(1), answers.append)
        assert answers == [None]
        assert time.monotonic() - before < 0.1


def test_ping_sets_the_boards_clock_against_ours(board: HandBoard, link: Link) -> None:
    for _ in range(4):
        link.ping_and_wait()
    assert link.clock.ready
    board_us, now_ns = board.clock_us(), time.monotonic_ns()
    assert abs(link.clock.to_host_ns(board_us) - now_ns) < 20_000_000
    assert 0 < link.clock.rtt_ns < 500_000_000


@pytest.mark.parametrize(
    "payload", [b"", bytes(8), bytes(15), bytes(17), struct.pack("<QQ", 2**64 - 1, 1), bytes(16)]
)
def test_a_ping_reply_that_makes_no_sense_sets_no_clock(
    board: HandBoard, link: Link, payload: bytes
) -> None:
    board.behave[hand.PING] = lambda tag, _: [wire.reply(tag, 0, payload)]
    link.ping_and_wait()
    assert not link.clock.ready
