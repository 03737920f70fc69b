"""From packet counters to a sample index: losses, the wrap, repeats, restarts, missing time."""

import pytest
from ads1299.block import Gap
from ads1299.count import Odd, PacketCount
from hypothesis import given, settings
from hypothesis import strategies as st

MS = 1_000_000
S = 1000 * MS
PERIOD = 1.0 * MS
N = 20
LAST = 2**32 - 1


class Board:
    """Packets of 20 samples at 1000 Hz, with their times; places them in a count."""

    def __init__(self) -> None:
        self.count = PacketCount()
        self.started_ns = 5 * S

    def give(
        self, counter: int, n: int = N, late_ns: int = 0, step_ns: float = 20.0 * MS
    ) -> tuple[int, Gap | None] | Odd:
        since = round(counter * step_ns)
        t_us = 1_000_000 + since // 1000
        return self.count.place(counter, n, t_us, self.started_ns + since + late_ns, PERIOD)

    def restart(self, after_ns: int) -> None:
        self.started_ns += after_ns
        self.count.resume()


def test_packets_follow_one_another() -> None:
    board = Board()
    assert [board.give(i) for i in range(4)] == [(0, None), (20, None), (40, None), (60, None)]


def test_lost_packets_keep_their_place_and_are_told_once() -> None:
    board = Board()
    board.give(0)
    assert board.give(4) == (80, Gap(20, 60, "lost"))
    assert board.give(5) == (100, None)


def test_lost_packets_are_counted_as_long_as_those_before_them() -> None:
    """The last packet of a board that stops may be a short one."""
    board = Board()
    board.give(0)
    assert board.give(3, n=7) == (60, Gap(20, 40, "lost"))
    assert board.give(4) == (67, None)


def test_packets_lost_before_the_first_are_told_too() -> None:
    assert Board().give(3) == (60, Gap(0, 60, "lost"))


@pytest.mark.parametrize("lost", [0, 1, 7])
def test_the_counter_wraps_at_2_to_the_32(lost: int) -> None:
    """At 1000 Hz and one sample a packet that is after 50 days; it begins near the end here."""
    count = PacketCount()
    first, gap = 0, None
    for step in range(4):  # in leaps that still read as forward
        placed = count.place(step * (2**30 - 1), 1, step, step * S, PERIOD)
        assert not isinstance(placed, Odd)
    end = 3 * (2**30 - 1)
    placed = count.place(LAST - lost, 1, 10, 10 * S, PERIOD)
    assert placed == (LAST - lost, Gap(end + 1, LAST - lost - end - 1, "lost"))
    first = LAST + 1
    gap = Gap(LAST - lost + 1, lost, "lost") if lost else None
    assert count.place(0, 1, 11, 11 * S, PERIOD) == (first, gap)
    assert count.place(1, 1, 12, 12 * S, PERIOD) == (first + 1, None)


def test_repeats_are_odd_and_change_nothing() -> None:
    board = Board()
    for i in range(3):
        board.give(i)
    assert board.give(2) is Odd.REPEATED
    assert board.give(0) is Odd.REPEATED
    assert board.give(3) == (60, None)


def test_a_counter_that_begins_again_later_is_a_restart() -> None:
    board = Board()
    for i in range(50):
        board.give(i)
    board.started_ns += 3 * S
    assert board.count.place(0, N, 9_000_000, board.started_ns, PERIOD) is Odd.RESTARTED


def test_time_without_a_counter_is_counted_by_the_clock() -> None:
    board = Board()
    for i in range(10):
        board.give(i)
    board.restart(3200 * MS)  # the tenth packet ended 200 ms after the first START
    assert board.give(0) == (3200, Gap(200, 3000, "reconnect"))
    assert board.give(1) == (3220, None)
    assert board.give(3) == (3260, Gap(3240, 20, "lost"))


def test_packets_lost_right_after_a_reconnect_belong_to_its_gap() -> None:
    board = Board()
    board.give(0)
    board.restart(1020 * MS)
    assert board.give(2) == (1060, Gap(20, 1040, "reconnect"))


def test_a_reconnect_is_told_even_when_no_sample_is_missing_and_never_goes_back() -> None:
    board = Board()
    board.give(0, late_ns=50 * MS)
    board.restart(20 * MS)
    assert board.give(0) == (20, Gap(20, 0, "reconnect"))


def test_a_reconnect_before_the_first_sample_is_none() -> None:
    board = Board()
    board.restart(3 * S)
    assert board.give(0) == (0, None)


@pytest.mark.parametrize("ppm", [-25_000, -5000, 0, 5000, 25_000])
def test_missing_time_is_counted_at_the_boards_own_rate_once_that_is_known(ppm: float) -> None:
    """An oscillator may be off by 2.5 % over temperature, the index by a packet and 1 % at most."""
    board = Board()
    step_ns = 20 * MS / (1 + ppm * 1e-6)
    for i in range(3000):
        board.give(i, late_ns=(i * 7919) % 50 * MS, step_ns=step_ns)
    ended_ns = board.started_ns + round(3000 * step_ns)
    board.restart(round(3000 * step_ns) + 300 * S)
    placed = board.give(0)
    assert not isinstance(placed, Odd)
    first, gap = placed
    assert gap is not None
    assert gap.first == 60_000
    true = (board.started_ns - ended_ns) / step_ns * N
    assert abs(gap.missing - true) <= N + 50 + 0.01 * true
    assert first == 60_000 + gap.missing


def test_a_board_that_comes_back_at_another_rate_is_counted_at_that() -> None:
    board = Board()
    for i in range(3000):
        board.give(i)
    board.started_ns += 70 * S
    board.count.resume()
    placed = board.count.place(0, N, 0, board.started_ns, 0.5 * MS)
    assert placed == (80_000, Gap(60_000, 20_000, "reconnect"))


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, LAST) | st.integers(0, 40),
            st.integers(1, 32),
            st.integers(0, 2**64 - 1),
            st.integers(-(2**62), 2**62),
            st.booleans(),
        ),
        max_size=60,
    )
)
def test_whatever_a_board_counts_the_index_never_goes_back_and_adds_up(
    packets: list[tuple[int, int, int, int, bool]],
) -> None:
    count = PacketCount()
    end = 0
    for counter, n, t_us, taken_ns, again in packets:
        if again:
            count.resume()
        placed = count.place(counter, n, t_us, taken_ns, PERIOD)
        if isinstance(placed, Odd):
            continue
        first, gap = placed
        if gap is not None:
            assert gap.first == end
            assert gap.missing >= 0
        assert first == end + (gap.missing if gap else 0)
        end = first + n
