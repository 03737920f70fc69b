"""board.oversample = 2, from the board at 2000 Hz to the stream at 1000.

A ramp goes through a linear-phase filter unchanged, so that every count tells its place: sample i
of the stream lies at sample 2i + 30 of the board's.
"""

from pathlib import Path

import numpy as np
import pytest
from support.board import ramp
from support.daemon import Daemon, Waiting
from support.stream import check_sequence, joined


def on_the_board(index: int, samples: int) -> np.ndarray:
    return ramp(2 * index + 30, 2 * samples, 8)[::2]


def test_counts_times_and_ticks_at_the_lower_rate(tmp_path: Path) -> None:
    with (
        Waiting(tmp_path, board__oversample=2) as daemon,
        daemon.listening() as subscriber,
        daemon.board(tmp_path, ramp=True, ppm=3000),
    ):
        subscriber.until(lambda got: got.topic == "raw" and got.end >= 6000, "6000 samples", 30)
        health = subscriber.next("health")
    check_sequence(subscriber.seen)
    meta = subscriber.of("meta")[-1]
    assert (meta["rate_hz"], meta["packet_samples"]) == (1000, 20)
    assert meta["chip"][0]["rate_hz"] == 2000
    assert meta["chip"][0]["registers"]["CONFIG1"] == 0x93
    response = meta["response"]
    assert (response["oversample"], response["chip_rate_hz"]) == (2, 2000)
    assert response["fir_delay_ms"] == 15.0
    assert len(response["fir"]) == 61
    assert response["emg_hz"] == pytest.approx([20, 450], abs=1)
    blocks = subscriber.of("raw")
    indices, counts = joined(blocks)
    np.testing.assert_array_equal(indices, np.arange(indices[0], indices[0] + len(indices)))
    np.testing.assert_array_equal(counts, on_the_board(int(indices[0]), len(indices)))
    assert {block["n"] for block in blocks} == {20}
    ticks = subscriber.of("tick")
    assert np.diff([tick["sample"] for tick in ticks]).tolist() == [40] * (len(ticks) - 1)
    step = (blocks[-1]["t_ns"] - blocks[100]["t_ns"]) / (blocks[-1]["first"] - blocks[100]["first"])
    assert step == pytest.approx(1e6 / 1.003, rel=2e-4)
    assert health["rate_hz"] == pytest.approx(1003, abs=0.5)
    assert (health["lost"], health["latency_ms"]["p50"] < 5) == (0, True)


def test_what_is_lost_is_counted_with_what_the_filter_lacks(tmp_path: Path) -> None:
    """3 packets of 20 are 30 of ours; 30 more have no whole filter around the hole."""
    with (
        Waiting(tmp_path, board__oversample=2) as daemon,
        daemon.listening() as subscriber,
        daemon.board(tmp_path, ramp=True, fault=["drop=40:3", "garbage=5"]),
    ):
        subscriber.until(lambda got: got.topic == "raw" and got.end >= 1500, "1500 samples")
        health = subscriber.next("health")
    gaps = subscriber.of("gap")
    assert len(gaps) >= 3
    assert {(gap["missing"], gap["reason"]) for gap in gaps} == {(60, "lost")}
    # packet 39 of the board begins at its sample 780: the last whole filter lies at 748
    assert [gap["first"] for gap in gaps[:3]] == [(800 * i + 780 - 30) // 2 - 15 for i in range(3)]
    assert health["lost"] == 60 * len(gaps)
    end = subscriber.of("raw")[0]["first"]
    missing = {gap["first"]: gap["missing"] for gap in gaps}
    for block in subscriber.of("raw"):
        assert block["first"] == end + missing.get(end, 0)
        end = block.end
        np.testing.assert_array_equal(block.samples, on_the_board(block["first"], block["n"]))


def test_marks_of_gpio_inputs_keep_their_place(tmp_path: Path) -> None:
    """A pin that rises 0.5 s after START: sample 1000 of the board's."""
    with (
        Waiting(tmp_path, board__oversample=2, gpio__mode="code") as daemon,
        daemon.listening() as subscriber,
        daemon.board(tmp_path, ramp=True, gpio="0.5=2,0.6=0"),
    ):
        mark = subscriber.next("mark")
    assert (mark["label"], mark["sample"]) == ("code 2", (1000 - 30) // 2)


def test_a_rate_that_the_chip_cannot_double(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, "sim:", board__rate_hz=16000, board__oversample=2)
    assert daemon.wait() == 2
    assert "board.oversample: the chip cannot run 2 times as fast as 16000 Hz" in daemon.said
