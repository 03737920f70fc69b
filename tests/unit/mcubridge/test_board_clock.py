"""The board's clock against the host's: known skew, known delays, what may be believed."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcubridge.clock import BoardClock

S = 1_000_000_000
Delay = Callable[[], int]


class Exchanges:
    """Pings over a way with known delays, to a board whose clock is known."""

    def __init__(self, ppm: float, out: Delay, back: Delay, offset_us: int = 123_456_789) -> None:
        self.clock = BoardClock()
        self.trips: list[int] = []
        self._rate = 1 + ppm * 1e-6
        self._out, self._back = out, back
        self._offset_us = offset_us

    def board_us(self, host_ns: int) -> int:
        return self._offset_us + int(host_ns * self._rate / 1000)

    def ping(self, at_ns: int) -> None:
        there = at_ns + self._out()
        back = there + self._back()
        self.clock.add(at_ns, back, self.board_us(there))
        self.trips.append(back - at_ns)

    def error_ns(self, at_ns: int) -> int:
        return abs(self.clock.to_host_ns(self.board_us(at_ns)) - at_ns)


def jitter(seed: int, least_ms: float, mean_ms: float) -> Delay:
    chance = random.Random(seed)
    return lambda: round(1e6 * (least_ms + chance.expovariate(1 / mean_ms)))


def session(exchanges: Exchanges, seconds: int) -> list[int]:
    """As a link pings: 20 times fast, then once a second; errors half a second after each."""
    errors = []
    fast = [S + i * S // 10 for i in range(20)]
    for at_ns in [*fast, *(3 * S + i * S for i in range(seconds))]:
        exchanges.ping(at_ns)
        errors.append(exchanges.error_ns(at_ns + S // 2))
    return errors


def test_nothing_is_known_before_the_first_ping() -> None:
    assert not BoardClock().ready


def test_one_exchange_sets_the_clock_to_half_its_round_trip() -> None:
    clock = BoardClock()
    clock.add(10 * S, 10 * S + 8_000_000, 5_000_000)
    assert clock.ready
    assert clock.rtt_ns == 8_000_000
    assert clock.to_host_ns(5_000_000) == 10 * S + 4_000_000
    assert clock.to_host_ns(5_000_100) == 10 * S + 4_100_000


@pytest.mark.parametrize("ppm", [-20_000, -5000, -40, 0, 40, 5000, 20_000])
def test_a_steady_way_shows_the_skew_exactly(ppm: float) -> None:
    exchanges = Exchanges(ppm, lambda: 1_000_000, lambda: 1_000_000)
    errors = session(exchanges, 120)
    assert max(errors[25:]) < 1_000_000 // 2
    assert max(errors[-60:]) < 20_000


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("ppm", [-5000, 0, 5000])
def test_jitter_stays_within_half_a_round_trip(ppm: float, seed: int) -> None:
    """Wi-Fi: 2 ms at least and 10 ms more on average, each way for itself."""
    exchanges = Exchanges(ppm, jitter(seed, 2, 10), jitter(seed + 100, 2, 10))
    errors = session(exchanges, 180)
    half_a_trip = sorted(exchanges.trips)[len(exchanges.trips) // 2] // 2
    unknown_rate = round(0.005 * 4 * S)  # few exchanges, and the last quick one up to 4 s ago
    assert max(errors[20:]) < half_a_trip + unknown_rate
    assert max(errors[30:]) < half_a_trip
    assert exchanges.clock.rtt_ns == min(exchanges.trips[-30:])


def test_a_slow_exchange_now_and_then_moves_nothing() -> None:
    """A reply that waited 400 ms behind other bytes says little, and is weighed like that."""
    number = iter(range(10_000))
    exchanges = Exchanges(
        50, lambda: 500_000, lambda: 400_000_000 if next(number) % 5 == 4 else 500_000
    )
    assert max(session(exchanges, 100)[10:]) < 1_000_000


def test_a_lopsided_way_is_off_by_half_the_difference_at_most() -> None:
    exchanges = Exchanges(0, lambda: 1_000_000, lambda: 21_000_000)
    assert 9_000_000 < session(exchanges, 60)[-1] <= 11_000_000


def test_a_clock_that_begins_anew_is_another_clock() -> None:
    exchanges = Exchanges(300, lambda: 1_000_000, lambda: 1_000_000)
    session(exchanges, 60)
    after = Exchanges(300, lambda: 1_000_000, lambda: 1_000_000, offset_us=-100_000_000)
    after.clock = exchanges.clock
    for second in range(101, 105):
        after.ping(second * S)
        assert after.error_ns(second * S + S // 10) < 1_200_000


def test_one_second_after_the_first_pings_the_prior_bounds_the_skew() -> None:
    """Four pings within milliseconds say nothing of the rate: half a percent is the most."""
    exchanges = Exchanges(5000, jitter(1, 0.2, 0.3), jitter(2, 0.2, 0.3))
    for i in range(4):
        exchanges.ping(S + i * 2_000_000)
    assert exchanges.error_ns(2 * S) < 5_000_000 + 2_000_000


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 2**63), st.integers(0, 10**10), st.integers(0, 2**64 - 1)),
        min_size=1,
        max_size=100,
    ),
    st.integers(0, 2**64 - 1),
)
def test_no_clock_is_too_odd(pings: list[tuple[int, int, int]], board_us: int) -> None:
    clock = BoardClock()
    for sent_ns, trip_ns, at_us in pings:
        clock.add(sent_ns, sent_ns + trip_ns, at_us)
        assert isinstance(clock.to_host_ns(board_us), int)
