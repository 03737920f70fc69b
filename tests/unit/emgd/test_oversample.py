"""Half the rate: which samples there are, what they hold, when they were taken.

The rule, by the words of docs/signal.md: sample k of the lower rate lies at sample 2k of the
board's, and exists where 30 samples on either side of it came without a gap; the first that
there can be (k = 15) has index 0.
"""

from collections.abc import Callable

import numpy as np
import pytest
from ads1299.block import Block, Gap
from ads1299.source import BoardInfo, Idle, LineCounters
from emgd.dsp.decimation import design_taps
from emgd.oversample import Oversampled, board_packet
from hypothesis import given, settings
from hypothesis import strategies as st

HALF = 30
SAMPLES = 400
CHANNELS = 2
PERIOD_NS = 500_000
BOARD = BoardInfo(
    "fake", "", 2000, (24,) * CHANNELS, (True,) * CHANNELS, (1.0,) * CHANNELS, 20, False
)


class Scripted:
    """The other half of the seam: a source that has its blocks already."""

    def __init__(self, blocks: list[Block], board: BoardInfo = BOARD) -> None:
        self.counters = LineCounters()
        self.board: BoardInfo | None = board
        self.streaming = True
        self.time_error_ns = 7
        self.shown: list[int] = []
        self.left = list(blocks)

    def start(self, idle: Idle) -> BoardInfo:
        assert self.board is not None
        return self.board

    def read(self, timeout_s: float) -> Block | None:
        return self.left.pop(0) if self.left else None

    def show(self, number: int, done: Callable[[int | None], None]) -> None:
        self.shown.append(number)
        done(None)

    def stop(self) -> None: ...

    def close(self) -> None: ...


def signal(samples: int) -> np.ndarray:
    """Some millivolts, all over the band."""
    return np.random.default_rng(1).integers(-200_000, 200_000, (samples, CHANNELS), np.int32)


def cut(counts: np.ndarray, sizes: list[int], lost: set[int], status: bytes = b"") -> list[Block]:
    """Packets of these sizes in turn; those whose number is in `lost` are missing."""
    blocks: list[Block] = []
    status = status or b"\xc0\0\0" * len(counts)
    at = number = end = 0
    while at < len(counts):
        size = min(sizes[number % len(sizes)], len(counts) - at)
        if number not in lost:
            gap = Gap(end, at - end, "lost") if at > end else None
            taken_ns = at * PERIOD_NS
            rows = slice(3 * at, 3 * (at + size))
            blocks.append(
                Block(at, counts[at : at + size], status[rows], at * 500, taken_ns, taken_ns, gap)
            )
            end = at + size
        at += size
        number += 1
    return blocks


def drained(blocks: list[Block], packet: int) -> list[Block]:
    inner = Scripted(blocks)
    source = Oversampled(inner, packet)
    source.start(lambda: None)
    given_blocks = []
    while (block := source.read(0.0)) is not None or inner.left:
        if block is not None:
            given_blocks.append(block)
    return given_blocks


def filtered(counts: np.ndarray) -> np.ndarray:
    """Every sample's filtered value, by numpy's convolution."""
    taps = design_taps()
    columns = [np.convolve(counts[:, c].astype(float), taps, "same") for c in range(CHANNELS)]
    return np.rint(np.array(columns).T)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.integers(1, 32), min_size=1, max_size=5),
    st.sets(st.integers(0, 60), max_size=4),
    st.integers(1, 32),
)
def test_samples_and_gaps_are_exact(sizes: list[int], lost: set[int], packet: int) -> None:
    counts = signal(SAMPLES)
    whole = filtered(counts)
    packets = cut(counts, sizes, lost)
    given_blocks = drained(packets, packet)
    came = np.zeros(SAMPLES, bool)
    for block in packets:
        came[block.first : block.end] = True
    expected = {
        k - HALF // 2: whole[2 * k]
        for k in range(HALF // 2, (SAMPLES - HALF) // 2)
        if came[2 * k - HALF : 2 * k + HALF + 1].all()
    }
    end = 0
    seen = {}
    for block in given_blocks:
        if block.gap is not None:
            assert block.gap == Gap(end, block.first - end, "lost")
        else:
            assert block.first == end
        end = block.end
        assert block.counts.dtype == np.int32
        assert not block.counts.flags.writeable
        assert len(block.status) == 3 * block.samples
        seen |= {block.first + i: row for i, row in enumerate(block.counts)}
    missing = expected.keys() - seen.keys()
    assert seen.keys() <= expected.keys()
    assert all(index >= end for index in missing)  # not yet a whole block
    assert len(missing) < packet
    for index, row in seen.items():
        np.testing.assert_array_equal(row, expected[index])


def test_blocks_have_the_size_that_was_asked_for() -> None:
    blocks = drained(cut(signal(2000), [20], {50}), 20)
    assert [block.samples for block in blocks[:24]] == [20] * 23 + [10]
    assert {block.samples for block in blocks[24:]} == {20}
    assert blocks[24].gap == Gap(blocks[23].end, 10 + HALF, "lost")


@pytest.mark.parametrize(("packet", "board"), [(1, 2), (16, 32), (17, 17), (20, 20), (32, 32)])
def test_the_boards_packets_make_whole_blocks(packet: int, board: int) -> None:
    """A packet of the link has at most 32 samples."""
    assert board_packet(packet) == board


def test_a_ramp_stays_where_it_is() -> None:
    """The delay is given back: a straight line goes through a linear phase unchanged."""
    ramp = np.arange(1000, dtype=np.int32)[:, None] * np.array([1000, -3], np.int32)
    for block in drained(cut(ramp, [20], set()), 20):
        for i, row in enumerate(block.counts):
            place = 2 * (block.first + i) + HALF
            assert list(row) == [1000 * place, -3 * place]


def test_times_are_those_of_the_samples() -> None:
    blocks = drained(cut(signal(1000), [20, 7], set()), 20)
    assert len(blocks) > 10
    for block in blocks:
        place = 2 * block.first + HALF
        assert abs(block.taken_ns - place * PERIOD_NS) <= 1
        assert block.board_us == place * 500
        assert block.arrival_ns >= block.taken_ns


def test_late_packets_make_times_late_and_never_early() -> None:
    rng = np.random.default_rng(2)
    packets = [
        Block(b.first, b.counts, b.status, None, b.taken_ns + int(rng.integers(0, 10**7)), 0, b.gap)
        for b in cut(signal(2000), [20], set())
    ]
    for block in drained(packets, 20):
        late_ns = block.taken_ns - (2 * block.first + HALF) * PERIOD_NS
        assert -1 <= late_ns <= 10**7
        assert block.board_us is None


def test_what_clips_still_clips() -> None:
    """One sample of the two at the end of the range is enough; a rail stays a rail."""
    counts = np.zeros((400, CHANNELS), np.int32)
    counts[100, 0] = 0x7FFFFF
    counts[131, 1] = -0x800000
    counts[200:, 0] = 0x7FFFFF
    blocks = drained(cut(counts, [20], set()), 1)
    got = {block.first + HALF // 2: block.counts[0] for block in blocks}
    assert [k for k in got if got[k][0] == 0x7FFFFF and k < 90] == [50]
    assert [k for k in got if got[k][1] == -0x800000] == [65]
    assert all(got[k][0] == 0x7FFFFF for k in got if k >= 100)


def test_overshoot_is_held_in_24_bits() -> None:
    step = np.full((400, CHANNELS), -0x7FFFFE, np.int32)
    step[200:] = 0x7FFFFE
    for block in drained(cut(step, [20], set()), 20):
        assert -0x800000 <= block.counts.min() <= block.counts.max() <= 0x7FFFFF


def word(p: int, n: int, pins: int) -> bytes:
    return (0xC << 20 | p << 12 | n << 4 | pins).to_bytes(3, "big")


def test_no_status_bit_is_lost() -> None:
    """Lead-off of either sample counts; a pulse of one sample is seen; a code has no mixture."""
    words = [word(0, 0, 0)] * 400
    words[100] = word(0x81, 0, 0)
    words[131] = word(0, 0x18, 0)
    words[200] = word(0, 0, 1)  # a pulse in the earlier of two
    words[221] = word(0, 0, 2)  # and in the later one
    words[240:251] = [word(0, 0, 5)] * 11
    words[251:] = [word(0, 0, 6)] * 149  # from 5 to 6 in the middle of a pair: never 7
    blocks = drained(cut(signal(400), [7], set(), b"".join(words)), 1)
    got = {block.first + HALF // 2: block.status for block in blocks}
    changed = {k: status for k, status in got.items() if status != word(0, 0, 0)}
    expected = {50: word(0x81, 0, 0), 65: word(0, 0x18, 0), 100: word(0, 0, 1), 110: word(0, 0, 2)}
    expected |= {k: word(0, 0, 5) for k in range(120, 125)}
    expected |= {k: word(0, 0, 6) for k in range(125, 185)}
    assert changed == expected


def test_a_board_that_comes_back() -> None:
    """The reason of a gap is told, however short the line was up in between."""
    counts = signal(400)
    first, second, third = counts[:200], counts[200:240], counts[240:]
    packets = [
        *cut(first, [20], set()),
        Block(1000, second, b"\xc0\0\0" * 40, None, 10**9, 10**9, Gap(200, 800, "reconnect")),
        Block(1047, third, b"\xc0\0\0" * 160, None, 2 * 10**9, 2 * 10**9, Gap(1040, 7, "lost")),
    ]
    blocks = drained(packets, 20)
    (gap,) = [block.gap for block in blocks if block.gap]
    assert gap.first == 70  # 2k + 30 < 200: the last is k = 84, index 69
    assert gap.first + gap.missing == 539 - 15  # 2k - 30 >= 1047
    assert gap.reason == "reconnect"


def test_the_board_is_told_at_the_lower_rate() -> None:
    inner = Scripted(cut(signal(100), [20], set()))
    source = Oversampled(inner, 10)
    told = source.start(lambda: None)
    assert (told.rate_hz, told.packet_samples, told.oversample) == (1000, 10, 2)
    while source.read(0.0) is None:
        pass
    assert source.board is told
    assert source.counters is inner.counters
    assert (source.streaming, source.time_error_ns) == (True, 7)
    source.show(3, lambda _: None)
    assert inner.shown == [3]
