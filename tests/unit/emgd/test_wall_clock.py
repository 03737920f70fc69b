"""A clock that was set is noticed; one that is trimmed or drifts is not."""

from emgd.wallclock import WallClock


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
