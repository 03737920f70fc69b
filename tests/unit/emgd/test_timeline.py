"""The timeline against arrivals of which the truth is known."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from emgd.timeline import Timeline
from hypothesis import given, settings
from hypothesis import strategies as st

UTC_NS = 1_700_000_000 * 10**9  # UTC at the monotonic clock's 0
START_NS = 5_000 * 10**9
RATE_HZ = 1000
PACKET = 20

Late = Callable[[random.Random, float], float]  # ns, by chance and by when it was sent


def prompt(_chance: random.Random, _at_ns: float) -> float:
    return 50_000.0


def jitter(chance: random.Random, _at_ns: float) -> float:
    """Wi-Fi: mostly 2 ms, now and then 80."""
    return chance.expovariate(1 / 2e6) + (80e6 if chance.random() < 0.02 else 0)


def bursts(_chance: random.Random, at_ns: float) -> float:
    """What was sent comes every 61 ms: not in step with the packets."""
    return 61e6 - at_ns % 61e6


@dataclass
class Seen:
    """One packet as it came, and what the timeline told of it."""

    first: int
    true_ns: float
    told_ns: int
    step_ns: float


def run(
    timeline: Timeline,
    seconds: float,
    *,
    ppm: float = 0.0,
    late: Late = prompt,
    first: int = 0,
    packet: int = PACKET,
    rate_hz: int = RATE_HZ,
) -> Iterator[Seen]:
    """Packets of a board whose clock is off; each is late, and they stay in order."""
    chance = random.Random(1)
    step_ns = 1e9 / rate_hz / (1 + ppm * 1e-6)
    arrival_ns = 0.0
    for start in range(first, first + round(seconds * rate_hz), packet):
        true_ns = START_NS + start * step_ns
        sent_ns = true_ns + (packet - 1) * step_ns
        arrival_ns = max(arrival_ns, sent_ns + late(chance, sent_ns))
        taken_ns = round(arrival_ns - (packet - 1) * 1e9 / rate_hz)  # by the nominal rate
        timeline.add(start, packet, taken_ns)
        told_ns, told_step_ns = timeline.stamp(start, packet)
        yield Seen(start, true_ns, told_ns - UTC_NS, told_step_ns)


def worst_ms(seen: list[Seen], from_s: float) -> float:
    settled = [one for one in seen if one.first >= from_s * RATE_HZ]
    return max(abs(one.told_ns - one.true_ns) for one in settled) / 1e6


@pytest.mark.parametrize("ppm", [0, 50, -50, 5000, -5000, 20_000])
@pytest.mark.parametrize(
    ("late", "bound_ms", "ppm_bound"), [(prompt, 1, 20), (jitter, 3, 60), (bursts, 25, 400)]
)
def test_times_and_rate_are_right_within_bounds(
    ppm: float, late: Late, bound_ms: float, ppm_bound: float
) -> None:
    timeline = Timeline(RATE_HZ, UTC_NS)
    seen = list(run(timeline, 120, ppm=ppm, late=late))
    assert worst_ms(seen, from_s=30) < bound_ms
    assert timeline.ppm == pytest.approx(ppm, abs=ppm_bound)
    assert timeline.rate_hz == pytest.approx(RATE_HZ * (1 + ppm * 1e-6), rel=ppm_bound * 1e-6)


def test_a_quarter_of_an_hour_does_not_drift_away() -> None:
    timeline = Timeline(RATE_HZ, UTC_NS)
    seen = list(run(timeline, 900, ppm=120, late=jitter))
    assert worst_ms(seen, from_s=30) < 3
    assert worst_ms(seen[-1000:], from_s=0) < 3


def test_from_the_first_second_on_times_are_late_by_the_line_at_most() -> None:
    timeline = Timeline(RATE_HZ, UTC_NS)
    seen = list(run(timeline, 2, ppm=5000, late=jitter))
    assert worst_ms(seen, from_s=0) < 90


@pytest.mark.parametrize("late", [prompt, jitter, bursts])
def test_stamps_never_go_back(late: Late) -> None:
    timeline = Timeline(RATE_HZ, UTC_NS)
    end_ns = 0.0
    for seen in run(timeline, 60, ppm=-5000, late=late):
        assert seen.told_ns > end_ns
        end_ns = seen.told_ns + (PACKET - 1) * seen.step_ns - 1


def test_the_line_gives_the_index_back() -> None:
    timeline = Timeline(RATE_HZ, UTC_NS)
    list(run(timeline, 20, ppm=300))
    line = timeline.line
    for index in (0, 5, 12_345, 19_999, 25_000):
        assert line.index_at(line.utc_ns(index)) == index
    assert line.last_index == 19_999
    assert line.utc_ns(10_000) - UTC_NS == pytest.approx(START_NS + 10e9, abs=10e6)


def test_after_a_reconnect_the_rate_is_kept_and_the_place_is_new() -> None:
    """The index was set by a clock: what came before says nothing of where samples lie now."""
    timeline = Timeline(RATE_HZ, UTC_NS)
    list(run(timeline, 30, ppm=2000))
    timeline.restart()
    assert timeline.ppm == pytest.approx(2000, abs=20)
    after = 33_000
    off_ns = 40_000_000  # the new run lies 40 ms beside the old one's line
    step_ns = 1e6 / 1.002
    for start in range(after, after + 2000, PACKET):
        taken_ns = round(START_NS + start * step_ns + off_ns)
        timeline.add(start, PACKET, taken_ns)
        told_ns = timeline.stamp(start, PACKET)[0] - UTC_NS
        assert abs(told_ns - taken_ns) < 2e6
    assert timeline.ppm == pytest.approx(2000, abs=500)


def test_lost_packets_leave_the_line_where_it_is() -> None:
    timeline = Timeline(RATE_HZ, UTC_NS)
    list(run(timeline, 30, ppm=100))
    seen = list(run(timeline, 30, ppm=100, first=90_000))
    assert worst_ms(seen, from_s=0) < 1
    assert timeline.ppm == pytest.approx(100, abs=20)


@pytest.mark.parametrize(("rate_hz", "packet"), [(250, 32), (16_000, 1), (16_000, 32), (500, 1)])
def test_all_rates(rate_hz: int, packet: int) -> None:
    timeline = Timeline(rate_hz, UTC_NS)
    seen = list(run(timeline, 20, ppm=1000, rate_hz=rate_hz, packet=packet))
    assert abs(seen[-1].told_ns - seen[-1].true_ns) < 1e6
    assert timeline.ppm == pytest.approx(1000, abs=50)


@given(
    st.lists(
        st.tuples(st.integers(0, 10_000), st.integers(1, 32), st.integers(-(10**12), 10**12)),
        max_size=200,
    )
)
@settings(max_examples=200, deadline=None)
def test_whatever_times_come_stamps_rise_and_the_rate_stays_possible(
    packets: list[tuple[int, int, int]],
) -> None:
    """A clock that jumps, or a board that lies: no exception, and no time before the last one."""
    timeline = Timeline(RATE_HZ, UTC_NS)
    first, last_ns = 0, 0
    for skipped, n, off_ns in packets:
        first += skipped
        timeline.add(first, n, START_NS + first * 10**6 + off_ns)
        stamp_ns, step_ns = timeline.stamp(first, n)
        assert stamp_ns > last_ns
        assert step_ns > 0
        last_ns = stamp_ns + round((n - 1) * step_ns)
        first += n
        assert abs(timeline.ppm) < 26_000
        assert timeline.error_ns >= 0
