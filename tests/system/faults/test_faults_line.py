"""The line and the board break in every way there is; every sample is accounted for."""

import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from support import hand_board as hand
from support import spec_wire as wire
from support.account import before, check_account, check_log, check_ticks, runs_of, sent_of
from support.board import Board
from support.daemon import Daemon, Waiting
from support.hand_board import HandBoard
from support.process import listening_port, wait_until
from support.stream import Message, Subscriber

N = 20  # samples a packet


def test_a_board_that_is_killed_and_comes_back(lab: Waiting, tmp_path: Path) -> None:
    with lab.listening() as subscriber:
        for turn in range(3):
            folder = tmp_path / str(turn)
            folder.mkdir()
            with lab.board(folder, ramp=True):
                subscriber.next("raw")
                for _ in range(30):
                    subscriber.next("raw")
            subscriber.quiet(0.3)
        runs = runs_of(subscriber.seen)
        assert len(runs) == 3
        assert all(run.first == 0 for run in runs)
        health = subscriber.next("health")
        lost = health["lost"] - before(subscriber)[1]
        assert lost == sum(gap["missing"] for gap in subscriber.of("gap"))
        assert {gap["reason"] for gap in subscriber.of("gap")} == {"reconnect"}
        check_log(lab)


@pytest.mark.parametrize(
    "faults",
    [
        ["cut=0.7:0.6:again"],
        ["reboot=0.6:again"],
        ["drop=17:3", "repeat=5", "garbage=7", "corrupt=31"],
        ["jitter=30", "repeat=3"],
        ["silent=0.5:0.7"],
        ["burst=200", "drop=11"],
    ],
    ids="+".join,
)
def test_faults_of_the_board(lab: Waiting, tmp_path: Path, faults: list[str]) -> None:
    with lab.listening() as subscriber:
        with lab.board(tmp_path, ramp=True, fault=faults) as board:
            enough = 2 if any("again" in fault for fault in faults) else 1
            wait_until(
                lambda: sum(line["type"] == "stream" for line in board.truth) > enough - 1, "START"
            )
            for _ in range(90):
                subscriber.next("raw")
            board.end()
        subscriber.quiet(0.3)
        check_account(subscriber, sent_of(board), subscriber.next("health"), 3 * N)
        check_log(lab)


def test_a_board_faster_than_any_real_one(lab: Waiting, tmp_path: Path) -> None:
    """A flood: as fast as the line takes it, and nothing is lost."""
    total = 60_000
    with lab.listening() as subscriber:
        with lab.board(tmp_path, ramp=True, speed="max", samples=total):
            subscriber.until(lambda got: got.topic == "raw" and number_end(got) == total, "the end")
            subscriber.next("tick")
        subscriber.quiet(0.3)
        check_account(subscriber, [total], subscriber.next("health"))


def number_end(message: Message) -> int:
    return int(message.samples[-1, 0]) + 2**23 + 1


def test_a_board_at_half_its_rate(tmp_path: Path) -> None:
    """Its samples come half as often as it says: they are all there, and nothing is made up."""
    with (
        Waiting(tmp_path) as daemon,
        daemon.listening() as subscriber,
        daemon.board(tmp_path, ramp=True, speed=0.5) as board,
    ):
        for _ in range(40):
            subscriber.next("raw")
        board.end()
        subscriber.quiet(0.5)
        check_account(subscriber, sent_of(board), subscriber.next("health"))
        check_log(daemon)


class Hand:
    """A board typed by hand that sends ramp packets when told to."""

    def __init__(self, daemon: Waiting) -> None:
        wait_until(lambda: listening_port(daemon.pid) is not None, "a port for boards")
        port = listening_port(daemon.pid)
        assert port
        self.board = HandBoard(dial=("127.0.0.1", port))
        self.started_us = 0
        self.board.on_start = self._started

    def _started(self) -> None:
        self.started_us = self.board.clock_us()

    def packet(self, counter: int, n: int = N) -> bytes:
        t_us = self.started_us + counter * n * 1000
        return wire.data(counter, t_us, n, wire.ramp_packet(counter * n, n, 8))


def talk(
    daemon: Waiting, subscriber: Subscriber, say: Callable[[Hand], None], samples: int
) -> None:
    """Let a hand-made board stream, until so many samples have come."""
    hand_made = Hand(daemon)
    with hand_made.board as board:
        board.await_request(hand.START, within_s=20)
        say(hand_made)
        got = 0
        while got < samples:
            got += subscriber.next("raw")["n"]
        subscriber.quiet(0.2)


def test_packets_out_of_order_and_twice(lab: Waiting) -> None:
    """A packet that comes after its successor is told missing, and not given out of order."""
    order = [0, 1, 3, 2, 4, 4, 5, 0, 6, 8, 7, 9]

    def say(it: Hand) -> None:
        it.board.say(*(it.packet(counter) for counter in order))

    with lab.listening() as subscriber:
        talk(lab, subscriber, say, 8 * N)
        assert [gap["missing"] for gap in subscriber.of("gap") if gap["reason"] == "lost"] == [N, N]
        [run] = runs_of(subscriber.seen)
        assert [part.start // N for part in run.numbers] == [0, 1, 3, 4, 5, 6, 8, 9]
        check_log(lab)


def test_half_open(tmp_path: Path) -> None:
    """The peer is gone without a word: no FIN, no RST, the line looks up and is dead."""
    with (
        Waiting(tmp_path, board__silence_s=1) as daemon,
        daemon.listening() as subscriber,
    ):
        hand_made = Hand(daemon)
        with hand_made.board as board:
            for kind in (hand.PING, hand.TUBE):
                board.behave[kind] = lambda tag, payload: []
            board.await_request(hand.START, within_s=20)
            board.say(*(hand_made.packet(counter) for counter in range(3)))
            subscriber.until(lambda got: got.topic == "raw" and got.end >= 3 * N, "its packets")
            daemon.wait_for_line("nothing came for 1 s; connecting again")
        with daemon.board(tmp_path, ramp=True):
            subscriber.next("gap", reason="reconnect")
            subscriber.next("raw")
        assert len(runs_of(subscriber.seen)) == 2
        check_log(daemon)


def test_a_board_that_starts_and_sends_nothing(lone: Waiting) -> None:
    hand_made = Hand(lone)
    with lone.listening(), hand_made.board as board:
        board.await_request(hand.START, within_s=20)
        lone.wait_for_line("the board answers but sends no samples that fit")
        board.await_request(hand.START, 2, within_s=20)
        assert lone.state == "waiting"
        check_log(lone)


def test_cut_at_every_byte_of_a_frame(tmp_path: Path) -> None:
    """Of each frame that was cut, nothing is taken; of each that was whole, everything."""
    with Waiting(tmp_path) as daemon, daemon.listening() as subscriber:
        hand_made = Hand(daemon)
        with hand_made.board as board:
            whole = wire.frame(hand_made.packet(1, n=1))
            for place in range(1, len(whole)):
                board.await_request(hand.START, place, within_s=20)
                board.say(hand_made.packet(0, n=1))
                board.send(wire.frame(hand_made.packet(1, n=1))[:place])
                board.cut()
            board.await_request(hand.START, len(whole), within_s=20)
            board.say(hand_made.packet(0, n=1), hand_made.packet(1, n=1))
            subscriber.until(
                lambda got: got.topic == "raw" and got.samples[0, 0] == 1 - 2**23, "a second packet"
            )
        runs = runs_of(subscriber.seen)
        assert [len(run.numbers) for run in runs] == [1] * (len(whole) - 1) + [2]
        check_log(daemon)


def test_the_daemon_dials_a_board_whose_line_flaps(tmp_path: Path) -> None:
    """Ten cuts in a row are ten gaps, and not ten times three lines in the log."""
    with Board(tmp_path, ramp=True, fault="cut=0.3:0.05:again") as board:
        with Daemon(tmp_path, board.url) as daemon, daemon.listening() as subscriber:
            for _ in range(10):
                subscriber.next("gap", reason="reconnect")
            subscriber.next("raw")
            runs = runs_of(subscriber.seen)
            daemon.end()
        assert len(runs) >= 10
        said = [line for line in daemon.lines if "connecting again" in line]
        assert len(said) <= 6, "five, and the sum of the others"
        check_log(daemon)


def test_the_packet_counter_wraps(lone: Waiting) -> None:
    """After 2^32 packets, that is; here it gets there in leaps, which are losses."""
    leap = 2**30 - 1
    counters = [0, leap, 2 * leap, 3 * leap, 2**32 - 1, 0, 1]
    places = [0, leap, 2 * leap, 3 * leap, 2**32 - 1, 2**32, 2**32 + 1]

    def say(it: Hand) -> None:
        for step, (counter, place) in enumerate(zip(counters, places, strict=True)):
            samples = wire.ramp_packet(place % 2**24, 1, 8)
            it.board.say(wire.data(counter, it.started_us + 1000 * step, 1, samples))

    with lone.listening() as subscriber:
        talk(lone, subscriber, say, len(counters))
        assert [block["first"] for block in subscriber.of("raw")] == places
        missing = [b - a - 1 for a, b in pairwise(places) if b > a + 1]
        assert [gap["missing"] for gap in subscriber.of("gap")[: len(missing)]] == missing
        assert [block["seq"] for block in subscriber.of("raw")] == list(range(len(places)))
        check_ticks(subscriber)
        check_log(lone)


class Wrapping(HandBoard):
    """Its clock has 32 bits and wraps 0.6 s after the first START."""

    def __init__(self, port: int) -> None:
        super().__init__(dial=("127.0.0.1", port))
        self.ahead_us = 0

    def clock_us(self) -> int:
        return (super().clock_us() + self.ahead_us) % 2**32

    def wrap_soon(self) -> None:
        self.ahead_us = 2**32 - 600_000 - super().clock_us()


def test_the_boards_clock_wraps(lone: Waiting) -> None:
    """The index goes by the counter; times stay right and never go back."""
    wait_until(lambda: lone.port_for_boards is not None, "a port for boards")
    assert lone.port_for_boards
    with lone.listening() as subscriber, Wrapping(lone.port_for_boards) as board:
        board.await_line(within_s=20)
        board.wrap_soon()
        board.await_request(hand.START, within_s=20)
        taken_ns: list[int] = []
        began_s = time.monotonic()
        for counter in range(75):
            wait_until(lambda at=counter: time.monotonic() > began_s + at * N / 1000, "its turn")
            taken_ns.append(time.monotonic_ns() - (N - 1) * 1_000_000)
            taken_us = (board.clock_us() - (N - 1) * 1000) % 2**32
            board.say(wire.data(counter, taken_us, N, wire.ramp_packet(counter * N, N, 8)))
        while len(subscriber.of("raw")) < 75:
            subscriber.take()
        subscriber.quiet(0.2)
        assert subscriber.of("gap") == []
        [run] = runs_of(subscriber.seen)
        assert len(run.numbers) == 75
        blocks = subscriber.of("raw")
        times = [block["t_ns"] for block in blocks]
        assert times == sorted(times)
        off_ms = [
            (t_ns - lone.utc_offset_ns() - taken) / 1e6
            for t_ns, taken in zip(times, taken_ns, strict=True)
        ]
        assert all(abs(off) < 100 for off in off_ms), off_ms
        check_log(lone)
