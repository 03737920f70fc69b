"""Sample times against the truth: the board's own clock, whatever the line does to the packets."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from support.daemon import Waiting
from support.stream import Message, Subscriber

BOARDS = {
    "fast": {"ppm": 4000},
    "slow": {"ppm": -4000},
    "jitter": {"fault": "jitter=20"},
    "burst": {"fault": "burst=60"},
}
WATCHED = 5000  # samples
SETTLED = 2000  # samples until the rate is known
# Five to thirty times what is usual, since the machine may be busy with other things. How exact
# the times can be is measured in tests/unit/emgd/test_timeline.py, where no machine is in the way.
BOUND_MS = {"fast": 15.0, "slow": 15.0, "jitter": 20.0, "burst": 50.0}


@dataclass
class Run:
    """One daemon's blocks, and how far their times were off."""

    blocks: list[Message]
    health: Message
    error_ms: NDArray[np.float64]  # told less true, of each block's first sample
    true_ms: NDArray[np.float64]
    utc_offset_ns: int


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Run]]:
    """All boards at the same time, to be done sooner."""
    with ExitStack() as all_of_them:
        watched = {}
        for name, options in BOARDS.items():
            folder = tmp_path_factory.mktemp(name)
            daemon = all_of_them.enter_context(Waiting(folder))
            subscriber = all_of_them.enter_context(daemon.listening())
            board = all_of_them.enter_context(daemon.board(folder, ramp=True, **options))
            watched[name] = (daemon, subscriber, board)
        found = {}
        for name, (daemon, subscriber, board) in watched.items():
            read_to(subscriber, WATCHED)
            health = subscriber.next("health")
            blocks = [b for b in subscriber.of("raw") if b.end <= WATCHED]
            offset_ns = daemon.utc_offset_ns()
            ppm = BOARDS[name].get("ppm", 0)
            assert isinstance(ppm, int)
            places = np.array([block["first"] for block in blocks])
            true_ns = board.first_samples_ns[0] + places * 1e6 / (1 + ppm * 1e-6)
            told_ns = np.array([block["t_ns"] - offset_ns for block in blocks])
            error_ms = (told_ns - true_ns) / 1e6
            found[name] = Run(blocks, health, error_ms, true_ns / 1e6, offset_ns)
        yield found


def read_to(subscriber: Subscriber, sample: int) -> None:
    subscriber.until(lambda got: got.topic == "raw" and got.end >= sample, f"sample {sample}", 60)


@pytest.mark.parametrize("name", BOARDS)
def test_sample_times_are_those_of_the_samples(runs: dict[str, Run], name: str) -> None:
    run = runs[name]
    settled = np.array([block["first"] >= SETTLED for block in run.blocks])
    assert np.abs(run.error_ms[settled]).max() < BOUND_MS[name]
    assert 0 < run.health["t_error_ms"] < BOUND_MS[name]


@pytest.mark.parametrize("name", BOARDS)
def test_sample_times_never_go_back(runs: dict[str, Run], name: str) -> None:
    ends = [b["t_ns"] + round((b["n"] - 1) * b["step_ns"]) for b in runs[name].blocks]
    starts = [block["t_ns"] for block in runs[name].blocks]
    assert all(start > end for start, end in zip(starts[1:], ends, strict=False))
    assert all(type(t_ns) is int for t_ns in starts)


@pytest.mark.parametrize("name", BOARDS)
def test_no_sample_is_told_before_it_was_there(runs: dict[str, Run], name: str) -> None:
    """A block's last sample was taken before the block came."""
    for block in runs[name].blocks:
        if block["first"] < SETTLED:
            continue
        last_ns = block["t_ns"] + (block["n"] - 1) * block["step_ns"] - runs[name].utc_offset_ns
        assert last_ns < block.received_ns + 3e6


@pytest.mark.parametrize(("name", "ppm"), [("fast", 4000), ("slow", -4000)])
def test_the_boards_true_rate_is_found(runs: dict[str, Run], name: str, ppm: int) -> None:
    health = runs[name].health
    assert health["clock_ppm"] == pytest.approx(ppm, abs=1500)
    assert health["rate_hz"] == pytest.approx(1000 * (1 + ppm * 1e-6), abs=1.5)
    steps = [block["step_ns"] for block in runs[name].blocks[-20:]]
    assert np.mean(steps) == pytest.approx(1e6 / (1 + ppm * 1e-6), rel=1500e-6)


@pytest.mark.parametrize("name", BOARDS)
def test_a_late_packet_is_no_lost_one(runs: dict[str, Run], name: str) -> None:
    indices = np.concatenate([np.arange(b["first"], b.end) for b in runs[name].blocks])
    np.testing.assert_array_equal(indices, np.arange(len(indices)))
    assert runs[name].health["lost"] == 0
