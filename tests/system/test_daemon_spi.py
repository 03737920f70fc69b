"""The daemon on a PC with a chip on its SPI, whose spidev and gpiod are simulated ones."""

import os
from pathlib import Path

import numpy as np
import pytest
from support.board import ramp
from support.daemon import ALL_KEPT, Daemon
from support.process import Program
from support.stream import check_sequence, joined

SOURCE = "spi:///dev/spidev0.0?drdy=gpiochip0:26&speed=8000000"
TESTS = Path(__file__).parents[1]


def on_pi(folder: Path, source: str = SOURCE, **environment: str) -> Daemon:
    paths = [str(TESTS / "support" / "pi"), str(TESTS), os.environ.get("PYTHONPATH", "")]
    return Daemon(
        folder,
        source,
        environment={"PYTHONPATH": os.pathsep.join(paths), **environment},
        publish__hwm=ALL_KEPT,
        board__packet_samples=10,
    )


def test_every_sample_of_a_chip_on_spi(tmp_path: Path) -> None:
    with on_pi(tmp_path) as daemon, daemon.listening() as subscriber:
        subscriber.until(lambda got: got.topic == "raw" and got["first"] > 1000, "1000 samples")
        health = subscriber.next("health")
        subscriber.next("raw")
        blocks = subscriber.of("raw")
        check_sequence(subscriber.seen)
        assert daemon.end() == 0
    indices, counts = joined(blocks)
    np.testing.assert_array_equal(counts, ramp(0, indices[-1] + 1, 8)[indices])
    gaps = subscriber.of("gap")
    assert {gap["reason"] for gap in gaps} <= {"overrun"}
    accounted = sum(gap["missing"] for gap in gaps if gap["first"] >= indices[0])
    assert len(indices) + accounted == indices[-1] - indices[0] + 1
    assert health["bad_frames"] == health["reconnects"] == 0
    assert max(block["n"] for block in blocks) == 10
    meta = subscriber.of("meta")[0]
    assert (meta["rate_hz"], meta["packet_samples"]) == (1000, 10)
    assert "ADS1299" in meta["board"]
    assert len(subscriber.of("tick")) > 20
    assert all(tick["lit_ns"] is None for tick in subscriber.of("tick"))
    stamps = [(block["first"], block["t_ns"]) for block in blocks]
    (i, start), (k, end) = stamps[0], stamps[-1]
    assert (end - start) / (k - i) == pytest.approx(1e6, rel=0.01)


def test_a_chip_that_was_reset_comes_back_with_a_gap(tmp_path: Path) -> None:
    with on_pi(tmp_path, RESET_AT_S="3.5") as daemon, daemon.listening() as subscriber:
        gap = subscriber.next("gap", reason="reconnect")
        assert 500 < gap["missing"] < 5000
        block = subscriber.next("raw")
        subscriber.next("raw")
        assert subscriber.next("health")["reconnects"] == 1
        daemon.wait_for_line("DRDY fell .* times .*the chip was reset")
    assert block["first"] == gap["first"] + gap["missing"]


def test_no_more_than_one_warning_where_real_time_is_not_permitted(tmp_path: Path) -> None:
    with on_pi(tmp_path) as daemon:
        daemon.wait_for_line("8 channels, on SPI, 1000 Hz, 10 samples a packet")
        warnings = [line for line in daemon.lines if "not permitted" in line]
    assert len(warnings) <= 1


def test_a_bad_address_ends_it_at_once_with_a_sentence() -> None:
    with Program("emgd", "run", "--source", "spi:///dev/spidev0.0?drdy=26") as program:
        assert program.wait() != 0
    assert "give its GPIO chip and line" in program.said
