"""What the board lost keeps its place in the count, is told once, and is no movement."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from support.daemon import Waiting
from support.process import wait_until
from support.stream import Message, Subscriber, check_sequence, joined

CALM = {"noise_uv": 2, "spread": 0, "tone_pct": 0} | dict.fromkeys(
    ("expressions_per_min", "nuisance_per_min", "speech_per_min", "pops_per_min"), 0
)
SETTLED = 1000  # samples after which a chain that has just begun is in its stride


def rows_after(gaps: list[Message], indices: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which samples lie within 600 ms after a gap."""
    ends = [gap["first"] + gap["missing"] for gap in gaps]
    return np.any([(indices >= end) & (indices < end + 600) for end in ends], axis=0)


def check_no_burst(subscriber: Subscriber, rest_uv: float) -> None:
    """After a gap the envelope of a face at rest stays at rest, on every channel."""
    indices, env = joined(subscriber.of("env"))
    near = rows_after(subscriber.of("gap"), indices)
    begun = indices >= indices[0] + SETTLED
    assert near.sum() > 500
    at_rest = env[begun & ~near]
    assert at_rest.max() < rest_uv, "this is not a face at rest"
    assert env[near & begun].max() < at_rest.max() + 2.5


@pytest.mark.parametrize(("mains_hz", "hum_uv", "dropped"), [(0, 0, 10), (50, 100, 1)])
def test_packets_the_board_dropped(
    tmp_path: Path, mains_hz: int, hum_uv: int, dropped: int
) -> None:
    fault = f"drop=150:{dropped}"
    total = 16500
    options = {"hum_uv": hum_uv, "drift_uv": 300, "offset_mv": 100, "fault": fault, **CALM}
    with (
        Waiting(tmp_path, filter__mains_hz=mains_hz) as daemon,
        daemon.listening() as subscriber,
        daemon.board(tmp_path, speed="max", samples=total, **options) as board,
    ):
        subscriber.until(lambda got: got.topic == "env" and got.end == total, "the last sample")
        expected = [(3000 * lump - 20, 20 * dropped, "lost") for lump in range(1, 6)]
        gaps = subscriber.of("gap")
        assert [(gap["first"], gap["missing"], gap["reason"]) for gap in gaps] == expected
        in_truth = {sample for lost in board.lost for sample in [lost["first"]]}
        assert {gap["first"] for gap in gaps} <= in_truth
        missing = {sample for lost in expected for sample in range(lost[0], lost[0] + lost[1])}
        for topic in ("raw", "emg", "env"):
            indices, _ = joined(subscriber.of(topic))
            assert sorted({*indices} | missing) == list(range(total))
            assert len(indices) == total - len(missing)
        check_gaps_come_before_their_blocks(subscriber)
        check_no_burst(subscriber, rest_uv=3)
        check_sequence(subscriber.seen)


def check_gaps_come_before_their_blocks(subscriber: Subscriber) -> None:
    for place, message in enumerate(subscriber.seen):
        if message.topic == "gap":
            behind = next(got for got in subscriber.seen[place:] if got.topic == "raw")
            assert behind["first"] == message["first"] + message["missing"]


def test_packets_lost_before_the_first_that_arrived(lab: Waiting, tmp_path: Path) -> None:
    """The index counts from what was first seen, or says with a gap what was not."""
    with (
        lab.listening() as subscriber,
        lab.board(tmp_path, ramp=True, fault="silent=0:0.21") as board,
    ):
        subscriber.next("raw")
        second = subscriber.next("raw")
        true_first = int(second.samples[0, 0]) + 2**23
        assert true_first == 20 * (len(board.lost) + 1)
        for gap in subscriber.of("gap"):
            ends_ns = gap["t_ns"] + gap["missing"] * 1e6
            assert abs(ends_ns - second["t_ns"]) < 60e9
        check_gaps_come_before_their_blocks(subscriber)


def test_a_line_cut_for_three_seconds(tmp_path: Path) -> None:
    with (
        Waiting(tmp_path) as daemon,
        daemon.listening() as subscriber,
        daemon.board(tmp_path, hum_uv=0, offset_mv=100, fault="cut=2:3", **CALM) as board,
    ):
        gap = subscriber.next("gap", within_s=10)
        daemon.wait_for_state("streaming")
        last_end = subscriber.of("raw")[-1].end
        assert (gap["first"], gap["reason"]) == (last_end, "reconnect")
        first = subscriber.next("raw")
        assert first["first"] == last_end + gap["missing"]
        subscriber.next("health")
        health = subscriber.next("health")
        streams = [line for line in board.truth if line["type"] == "stream"]
        [ended] = [line for line in board.truth if line["type"] == "end"]
        check_no_burst(subscriber, rest_uv=3)
        check_sequence(subscriber.seen)
    # the board's own clock went on, so it knows how much is missing, in samples of 1 ms
    true = (streams[1]["first_us"] - streams[0]["first_us"]) / 1000
    missing = true - ended["samples"]
    assert missing > 3000
    assert abs(first["first"] - true) <= 20 + 0.01 * missing
    assert health["reconnects"] == 1
    assert health["lost"] == gap["missing"]
    before = subscriber.of("raw")[subscriber.of("raw").index(first) - 1]
    assert abs(first["t_ns"] - before["t_ns"] - 1e6 * (first["first"] - before["first"])) < 20e6
    assert abs(gap["t_ns"] - before["t_ns"] - 1e6 * before["n"]) < 20e6
    numbers = [tick["number"] for tick in subscriber.of("tick")]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_board_that_restarts_again_and_again(tmp_path: Path) -> None:
    """Its registers are at reset, its clock and its counter at 0: all of it is done again."""
    with (
        Waiting(tmp_path) as daemon,
        daemon.listening() as subscriber,
        daemon.board(tmp_path, ramp=True, fault="reboot=0.5:again") as board,
    ):
        gaps = [subscriber.next("gap") for _ in range(2)]
        subscriber.next("raw")
        begun = [time_ns / 1e6 for time_ns in board.first_samples_ns]
        streams = [line for line in board.truth if line["type"] == "stream"]
    assert {stream["rate_hz"] for stream in streams} == {1000}
    assert [gap["reason"] for gap in gaps] == ["reconnect"] * 2
    blocks = subscriber.of("raw")
    firsts = [block for block in blocks if block.samples[0, 0] == -(2**23)]  # a ramp's beginning
    assert [block["first"] for block in firsts[1:]] == [g["first"] + g["missing"] for g in gaps]
    for number, gap in enumerate(gaps, 1):
        true = begun[number] - begun[0]
        missing = begun[number] - begun[number - 1] - 500
        assert abs(firsts[number]["first"] - true) < number * (20 + 0.01 * missing)
        # all that was sent before the restart arrived: 25 packets, the 26th was due as it came
        assert gap["first"] - firsts[number - 1]["first"] == 500
    check_sequence(subscriber.seen)


def test_a_board_that_says_nothing_for_a_while(lab: Waiting, tmp_path: Path) -> None:
    """The line stays up and the counter tells exactly what is missing."""
    with (
        lab.listening() as subscriber,
        lab.board(tmp_path, ramp=True, fault="silent=1:1.5") as board,
    ):
        wait_until(lambda: len(board.truth) > 1, "START")
        gap = subscriber.next("gap", reason="lost")
        first = subscriber.next("raw")
        wait_until(lambda: len(board.lost) == 75, "75 lost packets")
        assert gap["missing"] == 1500
        assert first.samples[0, 0] == 2500 - 2**23
        before = subscriber.of("raw")[-2]
        assert gap["first"] == before.end
        assert abs(first["t_ns"] - before["t_ns"] - 1520e6) < 5e6
