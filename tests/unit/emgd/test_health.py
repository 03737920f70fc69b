"""What `health` makes of what it is told."""

import numpy as np
import pytest
from ads1299.block import Block, Gap
from ads1299.source import BoardInfo, LineCounters, Source
from emgd.dsp.filters import Chain, FilterPlan, design
from emgd.health import Health
from emgd.messages import Header
from emgd.timeline import Timeline

PLAN = design(FilterPlan(), 1000)
BLOCK = Block(0, np.zeros((20, 8), np.int32), b"\xc0\0\0" * 20, None, 0, 10**9)


class Line:
    """As much of a source as health looks at."""

    def __init__(self) -> None:
        self.counters = LineCounters(bad_frames=3, reconnects=2, trouble="the cable is out")
        self.time_error_ns = 250_000


def board_of(channels: int) -> BoardInfo:
    active = (True,) * (channels - 1) + (False,)
    return BoardInfo("b", "f", 1000, (24,) * channels, active, (1.0,) * channels, 20, True)


def told(health: Health, chain: Chain | None = None, channels: int = 8) -> Header:
    source: Source = Line()  # type: ignore[assignment]  # as much of one as is looked at
    timeline = Timeline(1000, 0)
    timeline.add(0, 20, 10**9)
    return health.words(source, board_of(channels) if chain else None, chain, timeline, 4)


def second_of_noise(chain: Chain, channels: int, sigma: float) -> None:
    counts = np.random.default_rng(1).normal(0, sigma, (1000, channels)).astype(np.int32)
    for at in range(0, 1000, 20):
        chain.process(counts[at : at + 20])


def test_before_any_sample_what_is_unknown_is_null() -> None:
    words = told(Health())
    for key in ("rate_hz", "clock_ppm", "t_error_ms", "recording"):
        assert words[key] is None
    assert words["latency_ms"] == {"p50": None, "p99": None, "max": None}
    assert (words["samples"], words["lost"]) == (0, 0)
    assert (words["bad_frames"], words["reconnects"], words["publish_dropped"]) == (3, 2, 4)
    assert words["trouble"] == "the cable is out"
    for key in ("lead_off", "clipped", "noise_uv", "not_spotted"):
        assert words[key] == []


def test_counts_and_latency_of_the_last_second() -> None:
    health = Health()
    for late_ms in range(1, 101):
        health.block(BLOCK, BLOCK.arrival_ns + late_ms * 10**6)
    health.gap(Gap(0, 40, "lost"))
    health.gap(Gap(100, 3000, "reconnect"))
    words = told(health)
    assert (words["samples"], words["lost"]) == (2000, 3040)
    assert words["latency_ms"]["p50"] == pytest.approx(50.5)
    assert words["latency_ms"]["p99"] == pytest.approx(99, abs=0.1)
    assert words["latency_ms"]["max"] == 100.0
    assert words["t_error_ms"] == pytest.approx(0.25)
    assert told(health)["latency_ms"]["max"] is None  # those were told
    assert told(health)["samples"] == 2000


def test_noise_is_that_of_rest_and_not_of_the_movements() -> None:
    health, chain = Health(), Chain(PLAN, (1.0,) * 8)
    for second in range(12):
        second_of_noise(chain, 8, sigma=1000 if second % 3 == 0 else 10)
        words = told(health, chain)
    assert all(5 < uv < 15 for uv in words["noise_uv"])


def test_a_board_of_another_size() -> None:
    health = Health()
    for channels in (8, 4, 16):
        chain = Chain(PLAN, (1.0,) * channels)
        health.meet(board_of(channels))
        second_of_noise(chain, channels, sigma=10)
        words = told(health, chain, channels)
        for key in ("lead_off", "clipped", "noise_uv"):
            assert len(words[key]) == channels
