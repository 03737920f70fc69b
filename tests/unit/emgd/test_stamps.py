"""`t_ns` and `step_ns` follow a line that moves, without jumps of their own."""

from itertools import pairwise

import pytest
from emgd.line import Line
from emgd.stamps import Stamps

UTC_NS = 10**18
STEP_NS = 1e6


def line(off_ns: float = 0.0) -> Line:
    return Line(0, 5e12 + off_ns, STEP_NS, UTC_NS)


def stamped(stamps: Stamps, on: Line, first: int, packets: int) -> list[tuple[int, float]]:
    return [stamps.stamp(on, first + 20 * k, 20) for k in range(packets)]


@pytest.mark.parametrize("off_ms", [-30.0, -2.0, 0.5, 100.0])
def test_a_line_that_moves_is_followed_within_seconds(off_ms: float) -> None:
    stamps, moved = Stamps(1000), line(off_ms * 1e6)
    told = [*stamped(stamps, line(), 0, 250), *stamped(stamps, moved, 5000, 500)]
    for (at_ns, step_ns), (next_ns, _) in pairwise(told):
        assert abs(next_ns - at_ns - round(20 * step_ns)) <= 1
        assert 0.8 * STEP_NS <= step_ns <= 1.2 * STEP_NS
    assert abs(stamps.off_ns) < abs(off_ms) * 1e6 / 50
    assert told[-1][0] == pytest.approx(moved.utc_ns(14_980), abs=1e6 * abs(off_ms) / 50 + 1)


def test_right_after_the_start_it_is_followed_sooner() -> None:
    stamps = Stamps(1000)
    stamped(stamps, line(), 0, 1)
    stamped(stamps, line(-40e6), 20, 100)
    assert abs(stamps.off_ns) < 1e6


def test_a_loss_is_crossed_by_the_true_step() -> None:
    stamps = Stamps(1000)
    stamped(stamps, line(), 0, 1)
    [(before_ns, _), (_, steered_ns)] = stamped(stamps, line(-40e6), 20, 2)
    assert steered_ns < STEP_NS * 0.9
    after_ns, _ = stamps.stamp(line(-40e6), 20_060, 20)
    assert after_ns - before_ns == pytest.approx(20_040 * STEP_NS, abs=20 * STEP_NS)


def test_after_a_break_the_line_says_but_nothing_goes_back() -> None:
    stamps = Stamps(1000)
    [(last_ns, _)] = stamped(stamps, line(), 0, 1)
    stamps.restart()
    assert stamps.stamp(line(7e6), 1000, 20)[0] == line(7e6).utc_ns(1000)
    stamps.restart()
    assert stamps.stamp(line(-5e9), 1020, 20)[0] > last_ns + 1e9
    again = Stamps(1000, not_before_ns=stamps.next_ns)  # as for another board
    assert again.stamp(line(-5e9), 1040, 20)[0] == stamps.next_ns


def test_a_line_far_ahead_is_not_waited_for() -> None:
    stamps = Stamps(1000)
    stamped(stamps, line(), 0, 100)
    assert stamps.stamp(line(3e9), 2000, 20)[0] == line(3e9).utc_ns(2000)
