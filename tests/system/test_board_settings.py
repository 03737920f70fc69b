"""What the configuration asks of the chip, as the stream and the board's own log show it."""

from pathlib import Path

import numpy as np
import pytest
from support.board import Board
from support.daemon import Daemon
from support.stream import joined

# Data sheet p.47: +-1.875 mV; counts at 1x by gain
COUNTS = {1: 3495, 2: 6991, 4: 13981, 6: 20972, 8: 27962, 12: 41943, 24: 83886}


def test_test_signal_by_gain(tmp_path: Path) -> None:
    """A square wave of each channel's amplitude; channel 8 is off and reads 0."""
    gains = [*COUNTS, 24]
    channels = "[" + ",".join(["{}"] * 7 + ["{active=false}"]) + "]"
    settings = {"board__gain": gains, "board__input": "test", "board__test_hz": 1.953}
    with (
        Board(tmp_path, external_reference=True) as board,
        Daemon(tmp_path, board.url, board__channels=channels, **settings) as daemon,
        daemon.subscribe("raw", "meta") as subscriber,
    ):
        subscriber.until(lambda got: got.topic == "raw" and got.end >= 1500, "1500 samples")
        daemon.wait_for_line("WARNING .*input 'test' stands in for the electrodes of channel 1, 2")
    meta = subscriber.of("meta")[-1]
    (chip,) = meta["chip"]
    assert chip["test"] == {"amplitude_uv": 1875, "frequency_hz": 1.953}
    assert [channel["input"] for channel in chip["channels"]] == ["test"] * 7 + ["shorted"]
    assert [channel["on"] for channel in chip["channels"]] == [True] * 7 + [False]
    assert [channel["gain"] for channel in chip["channels"]] == gains
    assert chip["registers"]["CONFIG2"] == 0xD1
    assert chip["registers"]["CH1SET"] == 0x05
    assert chip["registers"]["CH8SET"] == 0xE1
    _, counts = joined(subscriber.of("raw"))
    for place, expected in enumerate(COUNTS.values()):
        levels = np.percentile(counts[200:, place], [20, 80])
        assert levels == pytest.approx([-expected, expected], rel=0.01)
    assert not counts[:, 7].any()
    rises = np.flatnonzero((counts[1:, 6] > 0) & (counts[:-1, 6] <= 0))
    assert np.diff(rises[1:]) == pytest.approx(512, abs=2)  # 1.953 Hz


def test_after_a_reset_of_the_board_everything_is_configured_again(tmp_path: Path) -> None:
    """Bias, references and lead-off are in the registers of both streams, LOFF among them."""
    settings = {
        "board__bias__on": "true",
        "board__bias__n": "false",
        "board__srb1": "true",
        "board__lead_off__mode": "dc",
        "board__lead_off__current_na": 24,
        "board__lead_off__threshold_pct": 80,
    }
    with (
        Board(tmp_path, ramp=True, fault="reboot=0.3") as board,
        Daemon(tmp_path, board.url, **settings) as daemon,
        daemon.subscribe("raw", "gap") as subscriber,
    ):
        gap = subscriber.next("gap")
        subscriber.until(lambda got: got.topic == "raw" and got.end > gap["first"], "more")
        streams = [line["registers"] for line in board.truth if line["type"] == "stream"]
        values = daemon.ask("board.read", address=0, count=24)["values"]
    expected = "3e94c0eca4" + "60" * 8 + "ff00ffff00" + "0000" + "0f200002"
    assert streams == [[expected], [expected]]
    assert bytes(values).hex() == expected
