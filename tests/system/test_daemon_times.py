"""Times of samples against the truth that the board writes down: real daemons, real lines."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from support.board import Board
from support.daemon import Waiting
from support.stream import Message, Subscriber

PPM = (0, 200, -5000)
QUIET: tuple[str, ...] = ()
WIFI = ("jitter=50", "stall=20:500")
CASES = {
    f"{name} {ppm}": (ppm, line) for ppm in PPM for name, line in (("quiet", QUIET), ("wifi", WIFI))
}
SECONDS = 30  # in which there is one stall at least after SETTLED_S
SETTLED_S = 10
BOUND_MS = {QUIET: 1.0, WIFI: 3.0}


@dataclass
class Run:
    """One daemon's blocks, and how far their times are off."""

    ppm: int
    line: tuple[str, ...]
    blocks: list[Message]
    healths: list[Message]
    error_ms: NDArray[np.float64]  # of each sample
    arrival_ms: NDArray[np.float64]  # of each packet's last sample, if its arrival is its time


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Run]]:
    """All boards at the same time, to be done sooner."""
    with ExitStack() as all_of_them:
        watched, started = {}, {}
        for name in CASES:
            folder = tmp_path_factory.mktemp(name.replace(" ", "_"))
            started[name] = folder, Waiting(folder, "--tube", "none:")
            all_of_them.callback(started[name][1].kill)
        for name, (ppm, line) in CASES.items():
            folder, daemon = started[name]
            all_of_them.enter_context(daemon)
            subscriber = all_of_them.enter_context(daemon.subscribe("raw", "health"))
            subscriber.next("health")  # it has been let in
            options = {"ppm": ppm, "fault": list(line)}
            board = all_of_them.enter_context(daemon.board(folder, ramp=True, **options))
            watched[name] = (subscriber, board)
        yield {
            name: watch(*watched[name], *CASES[name])  # one after the other: all was kept
            for name in CASES
        }


def watch(subscriber: Subscriber, board: Board, ppm: int, line: tuple[str, ...]) -> Run:
    subscriber.until(
        lambda got: got.topic == "raw" and got.end >= SECONDS * 1000, f"{SECONDS} s", 90
    )
    offset_ns = utc_ahead_ns()
    blocks = subscriber.of("raw")
    [stream] = [told for told in board.truth if told["type"] == "stream"]
    settled = [block for block in blocks if block["first"] >= SETTLED_S * 1000]
    told_ns = np.concatenate(
        [block["t_ns"] - offset_ns + np.arange(block["n"]) * block["step_ns"] for block in settled]
    )
    index = np.concatenate([np.arange(block["first"], block.end) for block in settled])
    lasts = np.array([block.end - 1 for block in settled])
    came_ns = np.array([block.received_ns for block in settled])
    return Run(
        ppm,
        line,
        blocks,
        subscriber.of("health"),
        np.abs(told_ns - (stream["first_ns"] + index * stream["step_ns"])) / 1e6,
        np.abs(came_ns - (stream["first_ns"] + lasts * stream["step_ns"])) / 1e6,
    )


def utc_ahead_ns() -> int:
    """UTC less the monotonic clock, to some microseconds: the quickest of many looks tells."""
    looks = []
    for _ in range(100):
        before_ns, utc_ns, after_ns = time.monotonic_ns(), time.time_ns(), time.monotonic_ns()
        looks.append((after_ns - before_ns, utc_ns - (before_ns + after_ns) // 2))
    return min(looks)[1]


def p99(errors_ms: NDArray[np.float64]) -> float:
    return float(np.percentile(errors_ms, 99))


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", CASES)
def test_sample_times_are_those_of_the_samples(runs: dict[str, Run], name: str) -> None:
    run = runs[name]
    assert p99(run.error_ms) < BOUND_MS[run.line]


@pytest.mark.parametrize("ppm", PPM)
def test_they_are_much_closer_than_times_of_arrival(runs: dict[str, Run], ppm: int) -> None:
    """What readers do that take the arrival of a packet for the time of its last sample."""
    run = runs[f"wifi {ppm}"]
    assert p99(run.arrival_ms) > 20 * p99(run.error_ms)


@pytest.mark.parametrize("name", CASES)
def test_sample_times_are_one_line_that_never_goes_back(runs: dict[str, Run], name: str) -> None:
    blocks = runs[name].blocks
    for before, after in pairwise(blocks):
        assert type(after["t_ns"]) is int
        assert after["step_ns"] > 0
        assert after["first"] == before.end
        ends_ns = before["t_ns"] + before["n"] * before["step_ns"]
        assert after["t_ns"] == pytest.approx(ends_ns, abs=1000)  # floats of 1e18 are that coarse


@pytest.mark.parametrize("name", CASES)
def test_health_says_how_sure_they_are_within_five_seconds(runs: dict[str, Run], name: str) -> None:
    run = runs[name]
    settled = [health for health in run.healths if health["samples"] >= 5000]
    assert all(health["t_settled"] for health in settled)
    assert not any(health["t_settled"] for health in run.healths if health["samples"] < 3000)
    sure_ms = max(health["t_error_ms"] for health in settled)
    assert p99(run.error_ms) < sure_ms + 0.3  # UTC is read by them and by us, on a busy machine
    assert sure_ms < 20 * BOUND_MS[run.line]


@pytest.mark.parametrize("name", CASES)
def test_the_boards_true_rate_is_found(runs: dict[str, Run], name: str) -> None:
    run = runs[name]
    health = run.healths[-1]
    assert health["clock_ppm"] == pytest.approx(run.ppm, abs=100)
    assert health["rate_hz"] == pytest.approx(1000 * (1 + run.ppm * 1e-6), abs=0.1)
    steps_ns = [block["step_ns"] for block in run.blocks[-100:]]
    assert np.mean(steps_ns) == pytest.approx(1e6 / (1 + run.ppm * 1e-6), rel=1000e-6)


@pytest.mark.parametrize("name", CASES)
def test_a_late_packet_is_no_lost_one(runs: dict[str, Run], name: str) -> None:
    assert runs[name].blocks[0]["first"] == 0
    assert runs[name].healths[-1]["lost"] == 0
