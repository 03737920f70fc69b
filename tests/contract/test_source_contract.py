"""What the daemon may rely on, run on every `Source` there is (support/source_makers.py)."""

import time
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from ads1299.block import Gap
from ads1299.plan import BoardPlan
from ads1299.source import ChipError, Source, SourceError
from support.ramp_blocks import assert_accounted, assert_ramp, collect, take
from support.source_makers import LINE_MAKERS, MAKERS, Maker, Wanted


class Left(Exception):
    """Whoever waited was told to leave."""


@pytest.fixture(params=MAKERS)
def make(request: pytest.FixtureRequest) -> Maker:
    return MAKERS[request.param]


@pytest.fixture(params=LINE_MAKERS)
def make_on_a_line(request: pytest.FixtureRequest) -> Maker:
    return LINE_MAKERS[request.param]


def no_idle() -> None:
    """Nothing to do while waiting."""


def test_the_board_is_described_as_it_was_configured(make: Maker) -> None:
    gains = (1, 2, 4, 6, 8, 12, 24, 24)
    plan = BoardPlan(2000, gains, frozenset({3}), 10)
    with make(Wanted(plan, ("--vref-uv", "4500000"))) as rig:
        assert rig.source.board is None
        assert not rig.source.streaming
        info = rig.source.start(no_idle)
        assert rig.source.board is info
        assert rig.source.streaming
        assert (info.rate_hz, info.gains, info.channels, info.chips) == (2000, gains, 8, 1)
        assert info.active == (True, True, True, False, True, True, True, True)
        assert info.packet_samples == 10
        assert info.uv_per_count == pytest.approx([4.5e6 / 2**23 / gain for gain in gains])
        assert info.registers[0x00] & 0x1F == 0x1E
        assert info.registers[0x01] & 0x07 == 0x03
        assert info.registers[0x08] & 0x80
        assert rig.source.time_error_ns >= 0


@pytest.mark.parametrize("channels", [4, 6, 8])
def test_blocks_carry_every_count_in_its_place(make: Maker, channels: int) -> None:
    check_counts(make, channels)


def test_a_second_chip_follows_the_first(make_on_a_line: Maker) -> None:
    check_counts(make_on_a_line, 16)


def check_counts(make: Maker, channels: int) -> None:
    with make(Wanted(options=("--channels", str(channels)))) as rig:
        info = rig.source.start(no_idle)
        assert (info.channels, info.chips) == (channels, -(-channels // 8))
        blocks = collect(rig.source, 200)
        assert blocks[0].first == 0
        assert assert_accounted(blocks) == 0
        assert_ramp(blocks, channels)
        for block in blocks:
            assert block.counts.shape == (block.samples, channels)
            assert block.counts.flags.c_contiguous
            assert not block.counts.flags.writeable
            assert len(block.status) == 3 * info.chips * block.samples
            assert {byte >> 4 for byte in block.status[::3]} == {0xC}


def test_times_are_in_order_and_never_after_the_arrival(make: Maker) -> None:
    with make(Wanted()) as rig:
        before = time.monotonic_ns()
        rig.source.start(no_idle)
        blocks = collect(rig.source, 240)
        after = time.monotonic_ns()
        assert all(before < block.taken_ns <= block.arrival_ns < after for block in blocks)
        assert all(a.arrival_ns <= b.arrival_ns for a, b in pairwise(blocks))
        span_ms = (blocks[-1].taken_ns - blocks[0].taken_ns) / 1e6
        samples = blocks[-1].first - blocks[0].first
        assert span_ms == pytest.approx(samples, abs=20)  # at 1000 Hz
        own_us = [block.board_us for block in blocks if block.board_us is not None]
        assert len(own_us) in (0, len(blocks))
        assert all(a < b for a, b in pairwise(own_us))


def test_lost_samples_keep_their_place_and_are_told_once(make: Maker) -> None:
    with make(Wanted(faults=("drop=6:2",), options=("--speed", "8"))) as rig:
        rig.source.start(no_idle)
        blocks = collect(rig.source, 600)
        assert_ramp(blocks, 8)
        gaps = [block.gap for block in blocks if block.gap]
        assert gaps[:4] == [Gap(first, 40, "lost") for first in (100, 220, 340, 460)]
        assert assert_accounted(blocks) == 40 * len(gaps)


def test_read_comes_back_in_its_time_when_there_is_nothing(make: Maker) -> None:
    with make(Wanted(options=("--samples", "100", "--speed", "4"))) as rig:
        rig.source.start(no_idle)
        collect(rig.source, 100)
        for _ in range(3):
            before = time.monotonic()
            assert rig.source.read(0.05) is None
            assert time.monotonic() - before < 0.5


def test_whoever_waits_for_a_board_may_leave(make: Maker) -> None:
    """`deaf`: the board is there and hears nothing."""
    asked: list[float] = []

    def idle() -> None:
        asked.append(time.monotonic())
        if asked[-1] - asked[0] > 0.25:
            raise Left

    with make(Wanted(faults=("deaf",))) as rig:
        with pytest.raises(Left):
            rig.source.start(idle)
        assert max(b - a for a, b in pairwise(asked)) < 0.15
        assert not rig.source.streaming
        rig.source.close()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("wrong-id=92", r"register ID \(0x00\) is 0x92, expected 0x3E.*Usual cause: "),
        ("stuck=CH3SET:68", r"CH3SET \(0x07\) is 0x68, expected 0x60.*Usual cause: "),
    ],
)
def test_a_rejected_chip_is_refused_in_words(make: Maker, fault: str, words: str) -> None:
    with make(Wanted(faults=(fault,))) as rig:
        with pytest.raises(ChipError, match=words):
            rig.source.start(no_idle)
        assert not rig.source.streaming
        assert not rig.asked("START")
    assert issubclass(ChipError, SourceError)


def test_every_number_is_answered_once(make: Maker) -> None:
    with make(Wanted()) as rig:
        rig.source.start(no_idle)
        lit: list[int | None] = []
        for number in (1, 2, 3):
            rig.source.show(number, lit.append)
        read_until(rig.source, lambda: len(lit) >= 3)
        collect(rig.source, 40)
        assert len(lit) == 3


def test_a_number_is_shown_and_answered_once(make_on_a_line: Maker) -> None:
    with make_on_a_line(Wanted()) as rig:
        rig.source.start(no_idle)
        collect(rig.source, 40)
        lit: list[int | None] = []
        before = time.monotonic_ns()
        for number in (1, 2, 3):
            rig.source.show(number, lit.append)
        read_until(rig.source, lambda: len(lit) == 3)
        assert rig.board.tube_numbers == [1, 2, 3]
        for lit_ns in lit:
            assert lit_ns is None or before - 2e7 < lit_ns < time.monotonic_ns() + 2e7


@pytest.mark.parametrize("without", [("--no-tube",), ("--fault", "no-tube-reply")])
def test_a_number_that_nobody_lights_is_answered_with_none(
    make_on_a_line: Maker, without: tuple[str, ...]
) -> None:
    with make_on_a_line(Wanted(options=without)) as rig:
        info = rig.source.start(no_idle)
        lit: list[int | None] = []
        rig.source.show(7, lit.append)
        read_until(rig.source, lambda: bool(lit))
        assert lit == [None]
        assert info.has_tube == ("--no-tube" not in without)


def read_until(source: Source, ready: Callable[[], bool], within_s: float = 5.0) -> None:
    deadline = time.monotonic() + within_s
    while not ready():
        assert time.monotonic() < deadline
        source.read(0.02)


def test_stop_leaves_the_board_quiet_and_close_gives_it_back(make: Maker) -> None:
    with make(Wanted()) as rig:
        rig.source.start(no_idle)
        collect(rig.source, 100)
        rig.source.stop()
        assert rig.told("end")
        rig.source.close()
        rig.source.close()
        assert not rig.source.streaming


def test_closing_before_the_start(make: Maker) -> None:
    with make(Wanted()) as rig:
        rig.source.stop()
        rig.source.close()


# -- sources whose line can be cut


def test_a_line_that_comes_back_goes_on_behind_a_gap(make_on_a_line: Maker) -> None:
    with make_on_a_line(Wanted(faults=("cut=0.2:0.2",))) as rig:
        rig.source.start(no_idle)
        info = rig.source.board
        blocks = take(rig.source, 15)
        again = next(block for block in blocks if block.gap)
        assert again.gap is not None
        assert again.gap.reason == "reconnect"
        assert again.gap.missing > 180
        assert_accounted(blocks)
        assert_ramp([block for block in blocks if block.first < again.first], 8)
        assert_ramp([block for block in blocks if block.first >= again.first], 8, again.first)
        took_ms = (again.taken_ns - blocks[0].taken_ns) / 1e6
        assert abs(again.first - took_ms) <= 20 + 0.01 * again.gap.missing
        assert rig.source.counters.reconnects == 1
        assert rig.source.board is not None
        assert info is not None
        assert rig.source.board.registers == info.registers


def test_broken_bytes_are_counted_and_cost_nothing(make_on_a_line: Maker) -> None:
    faults = ("bytes", "garbage=3", "badcrc=4")
    with make_on_a_line(Wanted(options=("--speed", "8"), faults=faults)) as rig:
        rig.source.start(no_idle)
        blocks = collect(rig.source, 600)
        assert_ramp(blocks, 8)
        assert assert_accounted(blocks) == 0
        assert rig.source.counters.bad_frames >= len(blocks) // 4
        assert np.concatenate([block.counts for block in blocks]).shape == (600, 8)
