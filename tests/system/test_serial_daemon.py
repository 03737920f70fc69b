"""The daemon on a board behind a serial port: a pseudo-terminal under a lasting name."""

from pathlib import Path

import numpy as np
from support.board import Board, ramp
from support.daemon import ALL_KEPT, Daemon
from support.stream import check_sequence, joined


def test_counts_survive_the_cable_being_pulled(tmp_path: Path) -> None:
    """Garbage on the line costs nothing; the time unplugged is a gap, and the index goes on."""
    port = tmp_path / "usb-board"
    faults = ["garbage=3", "badcrc=4", "cut=1:0.7"]
    with (
        Daemon(tmp_path, f"serial://{port}", publish__hwm=ALL_KEPT) as daemon,
        daemon.subscribe() as subscriber,
    ):
        daemon.wait_for_line(f"there is no {port} .is the board plugged in")
        with Board(tmp_path, pty=port, ramp=True, fault=faults):
            subscriber.until(lambda got: got.topic == "raw" and got.end >= 3000, "3000 samples")
            status = daemon.status()
        assert daemon.state == "streaming"
        daemon.wait_for_state("waiting")
        daemon.wait_for_line("the port is gone .was the board unplugged")
        assert daemon.end() == 0
    check_sequence(subscriber.seen)
    (gap,) = subscriber.of("gap")
    assert gap["reason"] == "reconnect"
    assert 700 <= gap["missing"] < 5000
    indices, counts = joined(subscriber.of("raw"))
    before = int((indices < gap["first"]).sum())
    assert before == gap["first"]
    np.testing.assert_array_equal(counts[:before], ramp(0, before, 8))
    after = len(indices) - before
    np.testing.assert_array_equal(indices[before:] - indices[before], np.arange(after))
    assert indices[before] == gap["first"] + gap["missing"]
    np.testing.assert_array_equal(counts[before:], ramp(0, after, 8))
    health = status["health"]
    assert health["reconnects"] == 1
    assert health["lost"] == gap["missing"]
