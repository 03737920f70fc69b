"""Edges and frames of a made-up world -> samples: what is passed on must be what it says it is."""

import random
from bisect import bisect_right
from dataclasses import dataclass

from ads1299.drdy import DrdyCount
from ads1299.edges import Conversion
from ads1299.source import LineCounters
from hypothesis import given, settings
from hypothesis import strategies as st

RATE_HZ = 1000
PERIOD_NS = 1e9 / RATE_HZ


@dataclass(frozen=True)
class Edge:
    timestamp_ns: int
    line_seqno: int


@dataclass(frozen=True)
class World:
    """What can be wrong between a chip and its reader."""

    seed: int
    ppm: float = 0.0
    late_ns: int = 0  # of a time stamp, at most, in the usual case
    very_late: float = 0.0  # chance of up to 0.9 periods instead
    missed: float = 0.0  # chance of an edge that the controller does not see
    made_up: float = 0.0  # chance of an edge that the transfer makes on DRDY
    held_up: float = 0.0  # chance that the reader comes up to 20 ms late

    def run(self, conversions: int = 1500) -> tuple[list[Conversion], int]:
        """Read as the driver does; a frame says which conversion it is, FF if it is a mix."""
        luck = random.Random(self.seed)
        period = PERIOD_NS / (1 + self.ppm * 1e-6)
        began = 4_004_000
        fell = [began + round(n * period) for n in range(conversions)]
        seen = [ns for ns in fell if ns == began or luck.random() >= self.missed]
        stamps = [began, *(ns + self._late(luck) for ns in seen[1:])]
        count = DrdyCount(RATE_HZ, 0, LineCounters())
        now, number = 0, 0
        while stamps:
            now = max(now, stamps[0]) + 20_000
            if luck.random() < self.held_up:
                now += round(luck.random() * 20e6)
            edges = []
            while stamps and stamps[0] <= now:
                number += 1
                edges.append(Edge(stamps.pop(0), number))
            if not count.edges(edges):
                continue
            done = now + 80_000
            newest, then = (bisect_right(fell, ns) - 1 for ns in (now, done))
            if luck.random() < self.made_up:
                stamps.insert(0, now + 5_000)
            count.frame(frame(newest, mixed=then != newest), done)
            now = done
        count.settle()
        return count.samples, conversions

    def _late(self, luck: random.Random) -> int:
        most = 0.9 * PERIOD_NS if luck.random() < self.very_late else self.late_ns
        return round(luck.random() * most)


def frame(conversion: int, *, mixed: bool) -> bytes:
    return b"\xc0\0\0" + (b"\xff" * 8 if mixed else conversion.to_bytes(8))


def told(sample: Conversion) -> int:
    return int.from_bytes(sample.frame[3:11])


def assert_right(samples: list[Conversion]) -> None:
    assert [sample.index for sample in samples] == [told(sample) for sample in samples]


def test_all_is_well() -> None:
    samples, taken = World(0).run()
    assert_right(samples)
    assert len(samples) == taken


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 1 << 20),
    ppm=st.floats(-25_000, 25_000),
    late_ns=st.integers(0, 40_000),
    missed=st.sampled_from([0.0, 0.01, 0.2]),
    made_up=st.sampled_from([0.0, 0.01, 0.5]),
    held_up=st.sampled_from([0.0, 0.02, 0.5]),
)
def test_what_is_passed_on_is_in_its_place(seed: int, **wrong: float) -> None:
    samples, taken = World(seed, **wrong).run()
    assert_right(samples)
    if wrong["held_up"] < 0.5:
        usable = (1 - wrong["made_up"]) * (1 - 2 * wrong["missed"]) / (1 + 10 * wrong["held_up"])
        assert len(samples) > taken * 0.8 * usable


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1 << 20), ppm=st.floats(-25_000, 25_000))
def test_an_interrupt_that_is_very_late_moves_nothing(seed: int, ppm: float) -> None:
    samples, taken = World(seed, ppm=ppm, late_ns=30_000, very_late=0.02).run()
    assert_right(samples)
    assert len(samples) > 0.9 * taken


def test_the_period_is_measured() -> None:
    for ppm in (-25_000, -300, 12_000):
        count = DrdyCount(RATE_HZ, 0, LineCounters())
        for n in range(4000):
            ns = round(1e9 + n * PERIOD_NS / (1 + ppm * 1e-6))
            count.edges([Edge(ns, n + 1)])
        assert abs(count.period_ns / PERIOD_NS * (1 + ppm * 1e-6) - 1) < 2e-6


def test_numbers_of_edges_tell_what_times_cannot() -> None:
    """After a second unfetched, times alone would leave room for one more or less."""
    count = DrdyCount(RATE_HZ, 0, LineCounters())
    period = PERIOD_NS / 1.004
    for n in [*range(40), 1500, 1501]:
        count.edges([Edge(round(1e9 + n * period), n + 1)])
        count.frame(frame(n, mixed=False), round(1e9 + n * period) + 100_000)
    count.settle()
    assert [sample.index for sample in count.samples][-3:] == [39, 1500, 1501]


def test_a_frame_waits_for_the_next_edge_or_for_a_look_at_the_line() -> None:
    count = DrdyCount(RATE_HZ, 0, LineCounters())
    count.edges([Edge(10_000_000, 1)])
    count.frame(frame(0, mixed=False), 10_100_000)
    assert count.samples == []
    count.edges([Edge(11_000_000, 2)])
    assert [sample.index for sample in count.samples] == [0]
    count.frame(frame(1, mixed=False), 11_100_000)
    count.settle()
    assert [sample.index for sample in count.samples] == [0, 1]
    count.settle()
    assert len(count.samples) == 2


def test_an_edge_in_the_transfer_spoils_both_conversions() -> None:
    count = DrdyCount(RATE_HZ, 0, LineCounters())
    count.edges([Edge(10_000_000, 1)])
    count.frame(frame(0, mixed=True), 11_000_500)
    assert not count.edges([Edge(11_000_000, 2)])  # its frame is half out already
    assert count.edges([Edge(12_000_000, 3)])
    count.frame(frame(2, mixed=False), 12_100_000)
    count.settle()
    assert [sample.index for sample in count.samples] == [2]


def test_edges_at_another_rate_have_no_place() -> None:
    """A chip that was reset may go on at 250 Hz by itself."""
    for period_ns in (4_000_000, 500_000, 2_000_000):
        count = DrdyCount(RATE_HZ, 0, LineCounters())
        for n in range(100):
            ns = 10_000_000 + n * period_ns
            if count.edges([Edge(ns, n + 1)]):
                count.frame(frame(n, mixed=False), ns + 100_000)
        count.settle()
        assert [sample.index for sample in count.samples] in ([], [0])
