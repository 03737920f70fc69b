"""A simulated board whose line is cut, or that reboots: the index moves on by the missing time."""

import pytest
from ads1299.block import Block
from ads1299.plan import BoardPlan
from support.ramp_blocks import assert_accounted, assert_ramp, take
from support.source_makers import Rig, Wanted, tcp_dial


def streams(rig: Rig) -> list[float]:
    """When the first sample of each stream was taken, by the board's own clock."""
    return [line["first_us"] for line in rig.told("stream")]


@pytest.mark.parametrize(("rate_hz", "cut_s", "ppm"), [(1000, 0.7, 0), (2000, 0.2, -5000)])
def test_a_line_that_was_cut_is_found_again_and_the_missing_time_counted(
    rate_hz: int, cut_s: float, ppm: int
) -> None:
    plan = BoardPlan(rate_hz, packet_samples=20)
    wanted = Wanted(plan, ("--ppm", str(ppm)), (f"cut=0.3:{cut_s}",))
    with tcp_dial(wanted) as rig:
        rig.source.start(lambda: None)
        blocks: list[Block] = []
        while not any(block.gap for block in blocks):
            blocks += take(rig.source, 1)
        blocks += take(rig.source, 3)
        gaps = [block for block in blocks if block.gap]
        assert len(gaps) == 1
        again = gaps[0]
        assert again.gap is not None
        assert again.gap.reason == "reconnect"
        assert_accounted(blocks)
        before = [block for block in blocks if block.first < again.first]
        after = [block for block in blocks if block.first >= again.first]
        assert_ramp(before, 8)
        assert_ramp(after, 8, start=again.first)

        first_us, again_us = streams(rig)
        true = (again_us - first_us) * 1e-6 * rate_hz
        assert again.gap.missing > 0.9 * cut_s * rate_hz
        assert abs(again.first - true) <= 20 + 0.01 * again.gap.missing
        assert rig.source.counters.reconnects == 1


def test_a_board_that_reboots_is_configured_again_and_streams_on() -> None:
    """Its registers, clock and counter begin anew; a HELLO of tag 0 tells of it."""
    with tcp_dial(Wanted(faults=("reboot=0.3",))) as rig:
        rig.source.start(lambda: None)
        blocks = take(rig.source, 25)
        again = next(block for block in blocks if block.gap)
        assert again.gap is not None
        assert again.gap.reason == "reconnect"
        assert_accounted(blocks)
        assert_ramp([block for block in blocks if block.first < again.first], 8)
        assert_ramp([block for block in blocks if block.first >= again.first], 8, again.first)
        took = (again.taken_ns - blocks[0].taken_ns) / 1e6
        assert abs(again.first - took) <= 20 + 0.01 * again.gap.missing
        assert [asked["args"].get("values") for asked in rig.asked("WREG")].count("e0") == 2
        assert len(rig.asked("START")) == 2


def test_delays_and_bursts_lose_nothing_and_move_no_time_by_as_much() -> None:
    with tcp_dial(Wanted(faults=("jitter=20", "burst=50"))) as rig:
        rig.source.start(lambda: None)
        blocks = take(rig.source, 32)
        assert_ramp(blocks, 8)
        assert assert_accounted(blocks) == 0
        late = [block.arrival_ns - 1000 * (block.board_us or 0) for block in blocks[8:]]
        taken = [block.taken_ns - 1000 * (block.board_us or 0) for block in blocks[8:]]
        assert max(late) - min(late) > 30_000_000
        assert max(taken) - min(taken) < 30_000_000
        assert all(block.taken_ns <= block.arrival_ns for block in blocks)
