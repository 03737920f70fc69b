"""From the line to `t_ns`: minutes of simulated lines and boards, against the truth."""

from dataclasses import replace

import numpy as np
import pytest
from emgd.timeline import Timeline
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from support.simulated_line import UTC_NS, Board, Session, Told, Way, tell

QUIET = Way()
WIFI = Way(jitter_s=0.05, stall_every_s=20, stall_s=0.5)
SETTLED_S = 10.0
TURN_US = 1 << 32


def p99(errors: np.ndarray) -> float:
    return float(np.percentile(errors, 99))


def check_line(told: Told) -> None:
    """One line without a break, which never goes back."""
    assert np.abs(told.breaks_ns()).max() <= 2  # t_ns is a whole number
    assert min(told.step_ns) > 0


@pytest.mark.parametrize("ppm", [0, 200, -5000])
@pytest.mark.parametrize(
    ("there", "back", "bound_ms"),
    [(QUIET, QUIET, 1.0), (QUIET, WIFI, 3.0), (Way(jitter_s=0.02), WIFI, 3.0)],
    ids=["quiet", "wifi", "both ways"],
)
def test_times_are_those_of_the_samples(ppm: float, there: Way, back: Way, bound_ms: float) -> None:
    board = Board(clock_ppm=ppm, chip_ppm=ppm)
    told = tell(Session(board, there, back), 45)
    check_line(told)
    assert p99(told.errors_ms(SETTLED_S)) < bound_ms
    assert p99(told.errors_ms(5.0)) < 2 * bound_ms
    assert told.ppm[-1] == pytest.approx(ppm, abs=50)
    assert told.covered(SETTLED_S) > 0.95
    assert np.median(told.sure_ns[-100:]) < bound_ms * 1e6
    if back is WIFI:
        assert p99(told.by_arrival_ms(SETTLED_S)) > 20 * p99(told.errors_ms(SETTLED_S))


@pytest.mark.parametrize(
    ("there", "back", "bound_ms"),
    [(Way(jitter_s=0.1), Way(jitter_s=0.003), 3.0), (QUIET, Way(burst_s=0.061), 3.0)],
    ids=["requests are held up", "bursts"],
)
def test_other_lines(there: Way, back: Way, bound_ms: float) -> None:
    told = tell(Session(Board(clock_ppm=40, chip_ppm=-3000), there, back), 60)
    check_line(told)
    assert p99(told.errors_ms(SETTLED_S)) < bound_ms
    assert told.covered(SETTLED_S) > 0.95


@pytest.mark.parametrize(
    ("board", "bound_ms"),
    [
        (Board(clock_ppm=30, chip_ppm=-5000, chip_drift=12), 1.0),
        (Board(clock_ppm=30, clock_drift=2), 1.0),
        (Board(clock_ppm=-5000, chip_ppm=-5000, clock_drift=12, chip_drift=12), 1.0),
    ],
    ids=["chip", "clock", "both"],
)
def test_boards_that_warm_up(board: Board, bound_ms: float) -> None:
    """An oscillator drifts by 2.5 % over 70 degrees; 2 degrees a minute are 12 ppm a second."""
    told = tell(Session(board, QUIET, QUIET), 60)
    check_line(told)
    assert p99(told.errors_ms(SETTLED_S)) < bound_ms
    told = tell(Session(board, QUIET, WIFI), 30)
    assert p99(told.errors_ms(SETTLED_S)) < 3.0


@pytest.mark.parametrize(("rate_hz", "packet"), [(250, 32), (500, 1), (16_000, 32)])
def test_all_rates(rate_hz: int, packet: int) -> None:
    board = Board(clock_ppm=-5000, chip_ppm=-5000, rate_hz=rate_hz, packet=packet)
    told = tell(Session(board, QUIET, QUIET), 15)
    check_line(told)
    assert p99(told.errors_ms(SETTLED_S)) < 1.0


@pytest.mark.parametrize("way", [QUIET, WIFI], ids=["quiet", "wifi"])
def test_a_clock_of_32_bits_and_the_counter_wrap_in_mid_session(way: Way) -> None:
    """The clock begins anew 20 s after the line came up, the counter 10 s after START."""
    wrapping = Board(
        clock_ppm=40,
        chip_ppm=40,
        clock_bits=32,
        clock_us=TURN_US - 20e6,
        first_counter=TURN_US - 500,
    )
    steady = replace(wrapping, clock_bits=64, clock_us=1e9, first_counter=0)
    told, as_well = (tell(Session(board, QUIET, way), 40) for board in (wrapping, steady))
    check_line(told)
    assert all(told.by_clock)
    assert p99(told.errors_ms(SETTLED_S)) < 3.0
    np.testing.assert_allclose(told.t_ns, as_well.t_ns, rtol=0, atol=100_000)


def test_a_board_that_restarts_has_a_new_clock_and_the_same_line_of_time() -> None:
    timeline = Timeline(1000, UTC_NS)
    before = tell(Session(Board(clock_ppm=900, chip_ppm=900), QUIET, WIFI), 15, timeline)
    first = 30_000
    timeline.restart()
    again = Board(clock_ppm=900, chip_ppm=900, clock_us=1e6, begin_s=5020.0)
    told = tell(Session(again, QUIET, WIFI), 15, timeline, first)
    assert told.t_ns[0] > before.t_ns[-1]
    check_line(told)
    assert p99(told.errors_ms(5.0)) < 3.0
    assert timeline.ppm == pytest.approx(900, abs=50)


class TwoClocks(Session):
    """The firmware times DATA by something else than PING."""

    def __init__(self, *args: object, ahead_us: int = 0, stands: bool = False, ppm: float = 0.0):
        super().__init__(*args)
        self.ahead_us, self.stands, self.ppm = ahead_us, stands, ppm

    def data_us(self, first: int) -> int:
        if self.stands:
            return super().data_us(0)
        off_us = first * 1e6 / self.board.rate_hz * self.ppm * 1e-6
        return super().data_us(first) + self.ahead_us + round(off_us)


@pytest.mark.parametrize("way", [QUIET, WIFI], ids=["quiet", "wifi"])
@pytest.mark.parametrize(
    "clock",
    [
        {"ahead_us": 100_000_000},
        {"ahead_us": -700_000},
        {"stands": True},
        {"ppm": 5000},
        {"ppm": -5000},
    ],
    ids=["ahead", "behind", "stands", "fast", "slow"],
)
def test_a_board_with_two_clocks_is_timed_by_arrival(
    clock: dict[str, float], way: Way, caplog: pytest.LogCaptureFixture
) -> None:
    session = TwoClocks(Board(clock_ppm=200, chip_ppm=200), QUIET, way, **clock)
    told = tell(session, 45)
    assert not told.by_clock[-1]
    assert caplog.text.count("DATA and in PING differ") == 1
    assert p99(told.errors_ms(30.0)) < (1.0 if way is QUIET else 6.0)
    assert min(told.step_ns) > 0
    assert (np.diff(told.t_ns) > 0).all()


def test_a_line_that_is_slow_for_seconds_is_no_second_clock() -> None:
    """All packets, and all replies, are 400 ms late for 5 s of each 20."""
    told = tell(Session(Board(clock_ppm=20), Way(), Way(stall_every_s=20, stall_s=5)), 90)
    assert all(told.by_clock)
    assert p99(told.errors_ms(SETTLED_S)) < 3.0


@given(
    ppm=st.floats(-5000, 5000),
    apart_ppm=st.floats(-5000, 5000),
    drift=st.floats(-10, 10),
    there_s=st.floats(0, 0.05),
    back_s=st.floats(0, 0.05),
    stall_s=st.floats(0, 0.5),
    shape=st.sampled_from([(1000, 20), (250, 32), (500, 1), (2000, 10)]),
    clock_us=st.sampled_from([0.0, 1e9, TURN_US - 5e6, 2.0**53]),
    clock_bits=st.sampled_from([32, 64]),
    seed=st.integers(0, 1000),
)
@settings(max_examples=12, deadline=None, phases=(Phase.explicit, Phase.generate))
def test_whatever_line_and_board_the_times_are_one_line_near_the_truth(
    ppm: float,
    apart_ppm: float,
    drift: float,
    there_s: float,
    back_s: float,
    stall_s: float,
    shape: tuple[int, int],
    clock_us: float,
    clock_bits: int,
    seed: int,
) -> None:
    rate_hz, packet = shape
    board = Board(
        clock_ppm=ppm / 100,
        chip_ppm=apart_ppm,
        chip_drift=drift,
        rate_hz=rate_hz,
        packet=packet,
        clock_us=clock_us,
        clock_bits=clock_bits,
    )
    ways = Way(jitter_s=there_s), Way(jitter_s=back_s, stall_every_s=7, stall_s=stall_s)
    told = tell(Session(board, *ways, seed), 14)
    check_line(told)
    assert told.errors_ms(5.0).max() < 1.0 + 0.2e3 * (there_s + back_s)
