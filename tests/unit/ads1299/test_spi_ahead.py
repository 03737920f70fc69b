"""A source read by a thread of its own."""

import threading
from collections.abc import Callable
from queue import SimpleQueue

import numpy as np
import pytest
from ads1299.ahead import ReadAhead
from ads1299.block import Block, Gap
from ads1299.source import BoardInfo, ChipError, Idle, LineCounters
from support.process import wait_until

BOARD = BoardInfo("scripted", "", 1000, (24,) * 8, (True,) * 8, (0.02,) * 8, 20, False)


def block(first: int, n: int = 20, gap: Gap | None = None) -> Block:
    return Block(first, np.zeros((n, 8), np.int32), bytes(3 * n), None, first, first + n, gap)


class Scripted:
    """Gives what the test puts in, and notes who called what."""

    def __init__(self) -> None:
        self.counters = LineCounters()
        self.board: BoardInfo | None = None
        self.streaming = False
        self.time_error_ns = 7
        self.coming: SimpleQueue[Block | Exception] = SimpleQueue()
        self.there = threading.Event()
        self.calls: list[tuple[str, str]] = []

    def _note(self, what: str) -> None:
        self.calls.append((what, threading.current_thread().name))

    def start(self, idle: Idle) -> BoardInfo:
        self._note("start")
        while not self.there.wait(0.01):
            idle()
        self.board = BOARD
        self.streaming = True
        return BOARD

    def read(self, timeout_s: float) -> Block | None:
        if self.coming.empty():
            threading.Event().wait(0.002)
            return None
        got = self.coming.get()
        if isinstance(got, Exception):
            raise got
        return got

    def show(self, number: int, done: Callable[[int | None], None]) -> None:
        raise AssertionError("from another thread")

    def stop(self) -> None:
        self._note("stop")

    def close(self) -> None:
        self._note("close")


def idle() -> None:
    pass


def take(ahead: ReadAhead, count: int) -> list[Block]:
    blocks: list[Block] = []
    wait_until(lambda: _took(ahead, blocks) >= count, f"{count} blocks")
    return blocks


def _took(ahead: ReadAhead, blocks: list[Block]) -> int:
    got = ahead.read(0.01)
    if got is not None:
        blocks.append(got)
    return len(blocks)


def test_all_blocks_in_their_order_and_all_calls_in_one_thread() -> None:
    source = Scripted()
    source.there.set()
    prepared = []
    ahead = ReadAhead(source, lambda: prepared.append(threading.current_thread().name))
    assert ahead.start(idle) is BOARD
    sent = [block(20 * n) for n in range(100)]
    for one in sent:
        source.coming.put(one)
    assert take(ahead, 100) == sent
    assert ahead.read(0.0) is None
    assert (ahead.streaming, ahead.time_error_ns) == (True, 7)
    shown: list[int | None] = []
    ahead.show(3, shown.append)
    assert shown == [None]
    ahead.stop()
    ahead.close()
    assert prepared == ["read"]
    assert source.calls == [("start", "read"), ("stop", "read"), ("close", "read")]
    assert "read" not in [thread.name for thread in threading.enumerate()]


def test_the_board_changes_with_the_block_that_it_gave() -> None:
    source = Scripted()
    source.there.set()
    ahead = ReadAhead(source)
    ahead.start(idle)
    source.coming.put(block(0))
    wait_until(source.coming.empty, "the block read")
    wait_until(lambda: bool(ahead._blocks), "the block kept")
    other = BoardInfo("another", "", 500, (1,) * 8, (True,) * 8, (0.5,) * 8, 20, False)
    source.board = other
    source.coming.put(block(20))
    take(ahead, 1)
    assert ahead.board is BOARD
    take(ahead, 1)
    assert ahead.board is other
    ahead.close()


def test_it_idles_while_it_waits_for_the_board_and_may_leave() -> None:
    class Leave(Exception):
        pass

    source = Scripted()
    ahead = ReadAhead(source)
    calls = []

    def leave() -> None:
        calls.append(1)
        if len(calls) == 4:
            raise Leave

    with pytest.raises(Leave):
        ahead.start(leave)
    ahead.close()
    assert [what for what, _ in source.calls] == ["start", "stop", "close"]


def test_what_fails_in_the_thread_is_raised_where_blocks_are_taken() -> None:
    source = Scripted()
    source.there.set()
    ahead = ReadAhead(source)
    ahead.start(idle)
    source.coming.put(block(0))
    source.coming.put(ChipError("the chip is another one"))
    take(ahead, 1)
    with pytest.raises(ChipError, match="another one"):
        take(ahead, 1)
    ahead.close()
    assert source.calls[-1] == ("close", "read")

    refused = Scripted()
    refused.start = lambda idle: (_ for _ in ()).throw(ChipError("no chip there"))
    with pytest.raises(ChipError, match="no chip there"):
        ReadAhead(refused).start(idle)


def test_what_nobody_takes_is_let_go_and_told_as_a_gap(caplog: pytest.LogCaptureFixture) -> None:
    source = Scripted()
    source.there.set()
    ahead = ReadAhead(source, room=3)
    ahead.start(idle)
    for n in range(3):
        source.coming.put(block(20 * n))
    source.coming.put(block(65, gap=Gap(60, 5, "lost")))
    source.coming.put(block(85))
    wait_until(lambda: "from 60 on are lost" in caplog.text, "the loss told")
    wait_until(source.coming.empty, "all read")
    wait_until(lambda: len(take(ahead, 1)) == 1, "room for one")
    source.coming.put(block(110, gap=Gap(105, 5, "overrun")))
    blocks = take(ahead, 3)
    assert [one.first for one in blocks] == [20, 40, 110]
    assert blocks[-1].gap == Gap(60, 50, "overrun")
    ahead.close()
