"""A clock that was set is noticed; one that is trimmed or drifts is not."""

import time
from itertools import count

from emgd.line import Line
from emgd.shared import Mark, Shared
from emgd.wallclock import ClockWatch, WallClock, utc_offset_ns


class Clocks:
    """A wall clock and a monotonic one, moved by hand."""

    def __init__(self) -> None:
        self.wall_ns = 1_700_000_000 * 10**9
        self.monotonic_ns = 10**9

    def go(self, seconds: float, set_by_s: float = 0.0) -> None:
        self.monotonic_ns += round(seconds * 1e9)
        self.wall_ns += round((seconds + set_by_s) * 1e9)

    def watched(self) -> WallClock:
        return WallClock(lambda: self.wall_ns, lambda: self.monotonic_ns)


def test_a_clock_that_was_set() -> None:
    clocks = Clocks()
    watch = clocks.watched()
    clocks.go(1)
    assert watch.step_ns() is None
    for set_by_s in (3600.0, -7.5, 0.06):
        clocks.go(1, set_by_s)
        assert watch.step_ns() == round(set_by_s * 1e9)
        clocks.go(1)
        assert watch.step_ns() is None  # told once


def test_a_clock_that_is_trimmed() -> None:
    """chrony slews by some 100 ppm: never a step, however long."""
    clocks = Clocks()
    watch = clocks.watched()
    for _ in range(2000):
        clocks.go(1, 500e-6)
        assert watch.step_ns() is None


def test_a_busy_pc_does_not_put_the_sessions_clock_wrong() -> None:
    """Between the two readings the PC does something else for 30 ms, nine times of ten."""
    clocks = Clocks()
    offset_ns = clocks.wall_ns - clocks.monotonic_ns
    calls = count()

    def wall_ns() -> int:
        if next(calls) % 10 != 7:
            clocks.go(0.03)
        told = clocks.wall_ns
        clocks.go(0.0001)
        return told

    assert abs(utc_offset_ns(wall_ns, lambda: clocks.monotonic_ns) - offset_ns) < 200_000


def test_a_busy_pc_is_no_clock_that_was_set() -> None:
    clocks = Clocks()
    calls = count()

    def wall_ns() -> int:
        told = clocks.wall_ns
        if next(calls) % 10 == 0:
            clocks.go(0.2)
        return told

    watch = WallClock(wall_ns, lambda: clocks.monotonic_ns)
    for _ in range(20):
        clocks.go(1)
        assert watch.step_ns() is None


def test_steps_are_counted_marked_and_summed_up() -> None:
    """The first comes before there is a sample: its mark waits, and lies at sample 0."""
    clocks, shared = Clocks(), Shared(0)
    marks: list[Mark] = []
    watch = ClockWatch(clocks.watched(), marks.append)
    assert watch.words() == {"clock_steps": 0, "clock_step_s": None, "clock_off_ms": 0.0}
    clocks.go(0.1, 30.0)
    watch.look(shared)
    assert marks == []
    shared.line = Line(0, time.monotonic_ns() + 10**9, 1e6, 0)
    for set_by_s in (-30.5, 0.006):
        clocks.go(0.1, set_by_s)
        watch.look(shared)
    assert [mark.value for mark in marks] == [30.0, -30.5, 0.006]
    assert {(mark.label, mark.source, mark.sample) for mark in marks} == {
        ("clock_step", "clock", 0)
    }
    assert watch.words() == {"clock_steps": 3, "clock_step_s": 0.006, "clock_off_ms": -494.0}


def test_a_drift_is_no_step_and_adds_up() -> None:
    """An hour at 500 ppm, looked at ten times a second: 1.8 s."""
    clocks = Clocks()
    watch = clocks.watched()
    for _ in range(36_000):
        clocks.go(0.1, 50e-6)
        assert watch.step_ns() is None
    assert watch.off_ns == 1_800_000_000
