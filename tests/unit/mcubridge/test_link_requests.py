"""Requests over a link: tags, time-outs, retries, refusals and late replies."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from mcubridge.line import LineDown
from mcubridge.link import Link, RequestFailed
from mcubridge.messages import Data, Request
from support import hand_board as hand
from support import spec_wire as wire
from support.hand_board import HandBoard
from support.links import linked, no_idle


def test_requests_and_their_replies(board: HandBoard, link: Link) -> None:
    assert link.ask(Request.RREG, b"\0\x03") == b"\x3e\x96\xc0"
    assert link.ask(Request.WREG, b"\x05\x10\x20") == b""
    assert link.ask(Request.RREG, b"\x04\x04") == b"\0\x10\x20\x61"
    assert [(a.kind, a.payload) for a in board.asked] == [
        (0x84, b"\0\x03"),
        (0x85, b"\x05\x10\x20"),
        (0x84, b"\x04\x04"),
    ]


def test_identify_gives_what_the_board_says() -> None:
    with HandBoard(greets=False) as board, linked(board) as link:
        board.chips[0][1] = 0x94
        hello = link.identify()
        assert (hello.board, hello.channels, hello.rate_hz) == ("hand", 8, 1000)
        assert board.of(hand.IDENTIFY)[0].payload == b""


def fail(kind: Request, payload: bytes, version: int = 1) -> tuple[str, list[hand.Asked], float]:
    """Ask a board that gives no answer; gives the failure, what the board heard and how long."""
    with HandBoard(greets=False, version=version) as board, linked(board) as link:
        if version == 1:
            board.behave = {kind: lambda *_: [] for kind in range(0x81, 0x8A)}
        own: dict[Request, Callable[[], object]] = {
            Request.IDENTIFY: link.identify,
            Request.START: link.start,
        }
        ask = own.get(kind, lambda: link.ask(kind, payload))
        before = time.monotonic()
        with pytest.raises(RequestFailed, match=f"tcp://127.0.0.1:{board.port}: ") as failure:
            ask()
        return str(failure.value), board.of(kind), time.monotonic() - before


def test_a_request_is_sent_three_times_500_ms_apart_and_then_fails() -> None:
    """All requests at once, each on a board of its own: it takes 1.5 s."""
    cases = {
        (Request.IDENTIFY, b""): "no answer to IDENTIFY ",
        (Request.START, b""): "no answer to START ",
        (Request.STOP, b""): "no answer to STOP ",
        (Request.RREG, b"\x05\x01"): "no answer to RREG at register 0x05 ",
        (Request.WREG, b"\x21\x94"): "no answer to WREG at register 0x21 ",
        (Request.PING, bytes(8)): "no answer to PING ",
        (Request.PACKET, b"\x14"): "no answer to PACKET ",
    }
    with ThreadPoolExecutor(len(cases) + 1) as pool:
        other_version = pool.submit(fail, Request.IDENTIFY, b"", 2)
        ways = [pool.submit(fail, kind, payload) for kind, payload in cases]
    for (kind, payload), way in zip(cases, ways, strict=True):
        said, sent, took = way.result()
        assert cases[kind, payload] in said
        assert [asked.payload for asked in sent] == [payload] * 3
        assert len({asked.tag for asked in sent}) == 1
        assert 1 <= sent[0].tag <= 255
        assert 1.45 < took < 2.2
        for first, second in pairwise(sent):
            assert 0.4 < second.at_s - first.at_s < 0.8
    assert "HELLO of link version 2; this host speaks version 1" in other_version.result()[0]


def test_an_answer_to_a_repeated_request_is_an_answer(board: HandBoard, link: Link) -> None:
    def second_time(tag: int, payload: bytes) -> list[bytes]:
        return board.answer(hand.RREG, tag, payload) if len(board.of(hand.RREG)) > 1 else []

    board.behave[hand.RREG] = second_time
    assert link.ask(Request.RREG, b"\0\x01") == b"\x3e"
    assert len(board.of(hand.RREG)) == 2


def test_late_replies_are_nobodys(board: HandBoard, link: Link) -> None:
    """What answers a request that is over must not answer the next."""
    link.ask(Request.RREG, b"\0\x01")
    over = board.of(hand.RREG)[0].tag
    board.behave[hand.RREG] = lambda tag, _: [
        wire.reply(over, 0, b"\xbb"),
        wire.reply(0, 0, b"\xcc"),
        wire.reply(tag % 255 + 1, 0, b"\xdd"),
        wire.reply(tag, 0, b"\xaa"),
    ]
    for _ in range(3):
        assert link.ask(Request.RREG, b"\0\x01") == b"\xaa"


@pytest.mark.parametrize(
    ("status", "words"),
    [(1, "does not know"), (2, "argument"), (3, "while streaming"), (4, "chip"), (99, "later")],
)
def test_a_refusal_is_told_in_words_and_not_asked_again(
    board: HandBoard, link: Link, status: int, words: str
) -> None:
    board.behave[hand.WREG] = lambda tag, _: [wire.reply(tag, status)]
    with pytest.raises(RequestFailed, match=rf"WREG at register 0x25 .*status {status}: .*{words}"):
        link.ask(Request.WREG, b"\x25\x60")
    assert len(board.of(hand.WREG)) == 1


def test_tags_run_from_1_to_255_and_begin_again(board: HandBoard, link: Link) -> None:
    for _ in range(300):
        link.ask(Request.RREG, b"\0\x01")
    tags = [asked.tag for asked in board.asked]
    assert set(tags) == set(range(1, 256))
    assert tags == [i % 255 + 1 for i in range(tags[0] - 1, tags[0] + 299)]


def test_start_is_answered_by_data_as_well(board: HandBoard, link: Link) -> None:
    """A REPLY lost on the way must not make START come again: the count would start anew."""
    board.behave[hand.START] = lambda *_: [wire.data(0, 5, 1, bytes(27))]
    link.start()
    assert [data for data, _ in link.data] == [Data(0, 5, 1, bytes(27))]
    assert len(board.of(hand.START)) == 1


def test_hello_with_tag_0_is_an_answer_to_identify_too() -> None:
    with HandBoard(hello_tag=0, greets=False) as board, linked(board) as link:
        assert link.identify().board == "hand"
        assert len(board.of(hand.IDENTIFY)) == 1


def test_hello_with_the_tag_of_another_request_is_none() -> None:
    with HandBoard(greets=False) as board, linked(board) as link:
        board.behave[hand.IDENTIFY] = lambda tag, _: [
            wire.hello(tag + 1, board="not me"),
            wire.hello(tag, board="me"),
        ]
        assert link.identify().board == "me"


def test_whoever_waits_is_asked_often_and_may_leave(board: HandBoard) -> None:
    class Left(Exception):
        pass

    asked: list[float] = []

    def idle() -> None:
        asked.append(time.monotonic())
        if len(asked) > 6:
            raise Left

    board.behave[hand.RREG] = lambda *_: []
    with linked(board, idle) as link, pytest.raises(Left):
        link.ask(Request.RREG, b"\0\x01")
    assert max(b - a for a, b in pairwise(asked)) < 0.1


class Busy:
    """A line on a PC that goes away for a while as soon as it has looked, and found nothing."""

    name = "busy"

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self._looks = 0

    def read(self, timeout_s: float) -> bytes:
        self._looks += 1
        if self._looks == 1:
            until_s = time.monotonic() + 0.6
            while time.monotonic() < until_s:
                time.sleep(0.05)
            return b""
        return wire.frame(wire.reply(1))

    def write(self, data: bytes) -> bool:
        self.written.append(data)
        return True

    def close(self) -> None: ...


def test_an_answer_that_came_while_the_pc_was_busy_counts() -> None:
    """Asked again, START would begin the count anew and throw away what is under way."""
    line = Busy()
    Link(line, no_idle).start()
    assert len([said for said in line.written if said.strip(b"\0")]) == 1


def test_a_line_that_goes_down_ends_the_waiting(board: HandBoard, link: Link) -> None:
    def cut(tag: int, payload: bytes) -> list[bytes]:
        board.cut()
        return []

    board.behave[hand.RREG] = cut
    before = time.monotonic()
    with pytest.raises(LineDown, match=f"tcp://127.0.0.1:{board.port}: "):
        link.ask(Request.RREG, b"\0\x01")
    assert time.monotonic() - before < 0.45
