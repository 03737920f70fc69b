"""Known counts through a real line, bit for bit, whatever the line does to the bytes.

boardsim's ramp: sample s since START of channel c is ((s + c*1000003) mod 2^24) - 2^23.
"""

import pytest
from ads1299.block import Gap
from ads1299.plan import BoardPlan
from support.ramp_blocks import assert_accounted, assert_ramp, collect
from support.source_makers import Wanted, tcp_dial

ALL_GAINS = (1, 2, 4, 6, 8, 12, 24, 24)
UV = {
    1: 0.536442,
    2: 0.268221,
    4: 0.134110,
    6: 0.0894070,
    8: 0.0670552,
    12: 0.0447035,
    24: 0.0223517,
}
LINES = {
    "clean": (),
    "single bytes": ("bytes",),
    "coalesced": ("coalesce=7",),
    "garbage and broken frames": ("garbage=2", "badcrc=3"),
    "all of it": ("bytes", "garbage=3", "badcrc=4", "coalesce=3"),
}


def wanted(
    faults: tuple[str, ...] = (), plan: BoardPlan | None = None, samples: int = 600, *more: str
) -> Wanted:
    options = ("--speed", "max", "--samples", str(samples), *more)
    return Wanted(plan or BoardPlan(), options, faults)


@pytest.mark.parametrize(
    ("line", "rate_hz"),
    [
        *((line, rate_hz) for line in ("clean", "all of it") for rate_hz in (250, 500, 1000, 2000)),
        *((line, 1000) for line in ("single bytes", "coalesced", "garbage and broken frames")),
    ],
)
def test_every_count_of_every_gain_at_every_rate(line: str, rate_hz: int) -> None:
    with tcp_dial(wanted(LINES[line], BoardPlan(rate_hz, ALL_GAINS))) as rig:
        info = rig.source.start(lambda: None)
        assert (info.rate_hz, info.gains) == (rate_hz, ALL_GAINS)
        assert info.uv_per_count == pytest.approx([UV[gain] for gain in ALL_GAINS], rel=4e-6)
        blocks = collect(rig.source, 600)
        assert_ramp(blocks, 8)
        assert assert_accounted(blocks) == 0
        assert all(block.gap is None for block in blocks)
        assert rig.source.read(0.05) is None  # the board has no more; all that came is counted
        assert (rig.source.counters.bad_frames > 0) == (line in list(LINES)[3:])


@pytest.mark.parametrize("line", ["clean", "all of it"])
@pytest.mark.parametrize("channels", [4, 6, 16])
def test_boards_of_other_sizes(channels: int, line: str) -> None:
    with tcp_dial(wanted(LINES[line], None, 600, "--channels", str(channels))) as rig:
        assert rig.source.start(lambda: None).channels == channels
        blocks = collect(rig.source, 600)
        assert_ramp(blocks, channels)
        assert assert_accounted(blocks) == 0
        assert all(len(block.status) == 3 * -(-channels // 8) * block.samples for block in blocks)


@pytest.mark.parametrize("packet", [1, 7, 32])
def test_packets_of_any_size(packet: int) -> None:
    with tcp_dial(wanted((), BoardPlan(packet_samples=packet), 32 * 7 * 3)) as rig:
        assert rig.source.start(lambda: None).packet_samples == packet
        blocks = collect(rig.source, 32 * 7 * 3)
        assert {block.samples for block in blocks} == {packet}
        assert_ramp(blocks, 8)
        assert_accounted(blocks)


def test_channels_that_are_off_read_0_and_the_others_are_whole() -> None:
    with tcp_dial(wanted((), BoardPlan(inactive=frozenset({2, 7})))) as rig:
        info = rig.source.start(lambda: None)
        assert info.active == (True, True, False, True, True, True, True, False)
        blocks = collect(rig.source, 500)
        for block in blocks:
            assert not block.counts[:, [2, 7]].any()
        whole = [0, 1, 3, 4, 5, 6]
        expected = (blocks[0].first + 1_000_003 * 3) % (1 << 24) - (1 << 23)
        assert blocks[0].counts[0, 3] == expected
        assert all(
            (block.counts[1:, whole] - block.counts[:-1, whole] == 1).all() for block in blocks
        )


def test_broken_frames_are_counted_one_by_one_beside_the_good() -> None:
    """100 packets, each third with a broken frame before it."""
    with tcp_dial(wanted(("badcrc=3",), None, 2000)) as rig:
        rig.source.start(lambda: None)
        assert_ramp(collect(rig.source, 2000), 8)
        assert rig.source.read(0.05) is None
        assert rig.source.counters.bad_frames == 33


def test_a_packet_broken_on_the_way_is_a_gap_of_itself_alone() -> None:
    with tcp_dial(wanted(("corrupt=10",), None, 2020)) as rig:
        rig.source.start(lambda: None)
        blocks = collect(rig.source, 2020)
        assert_ramp(blocks, 8)
        gaps = [block.gap for block in blocks if block.gap]
        assert gaps == [Gap(first, 20, "lost") for first in range(180, 2000, 200)]
        assert assert_accounted(blocks) == 200
        assert rig.source.read(0.05) is None
        assert rig.source.counters.bad_frames == 10
        assert [line["first"] for line in rig.lost()] == [gap.first for gap in gaps]


@pytest.mark.parametrize("k", [1, 2, 5])
def test_k_packets_dropped_by_the_board_are_one_gap_of_just_these(k: int) -> None:
    with tcp_dial(wanted((f"drop=11:{k}",), None, 2400)) as rig:
        rig.source.start(lambda: None)
        blocks = collect(rig.source, 2000)
        assert_ramp(blocks, 8)
        gaps = [block.gap for block in blocks if block.gap]
        assert gaps == [
            Gap(20 * (first - 1), 20 * k, "lost")
            for first in range(11, 121, 11)
            if 20 * (first - 1 + k) < blocks[-1].end
        ]
        assert len(gaps) >= 8
        assert assert_accounted(blocks) == 20 * k * len(gaps)
