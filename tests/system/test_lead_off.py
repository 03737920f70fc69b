"""DC lead-off by electrode, from the board's inputs to health, status and the receipt."""

import subprocess
import sys
from pathlib import Path

import pytest
from support.board import Board
from support.daemon import Daemon


@pytest.mark.parametrize("channels", [8, 16])
def test_electrodes_that_came_off_are_named_in_health(tmp_path: Path, channels: int) -> None:
    last = channels - 1
    faults = ["open=1:P", "open=2:N", f"open={last}:P", f"open={last}:N", "impedance=4:10:P"]
    with (
        Board(tmp_path, channels=channels, fault=faults) as board,
        Daemon(
            tmp_path, board.url, board__lead_off__mode="dc", board__lead_off__current_na=24
        ) as daemon,
        daemon.subscribe("health", "raw") as subscriber,
    ):
        subscriber.next("raw")
        health = subscriber.next("health")
        status = subprocess.run(
            [sys.executable, "-m", "emgd", "status", "--control", daemon.control],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
    on = {"p": False, "n": False}
    expected = [on] * channels
    expected[1] = {"p": True, "n": False}
    expected[2] = {"p": False, "n": True}
    expected[last] = {"p": True, "n": True}
    assert health["lead_off"] == expected
    rows = {line[:2].strip(): line for line in status}
    assert "ELECTRODE + OFF" in rows["2"]
    assert "ELECTRODE - OFF" in rows["3"]
    assert "ELECTRODE + AND - OFF" in rows[str(channels)]
    assert "OFF" not in rows["5"]


def test_what_was_not_asked_for_is_null(tmp_path: Path) -> None:
    """Only the P electrodes of two channels, and none of a channel that is switched off."""
    with (
        Board(tmp_path, fault=["open=0:P", "open=1:N", "open=2:P"]) as board,
        Daemon(
            tmp_path,
            board.url,
            board__channels="[{},{},{active=false}]",
            board__lead_off__mode="dc",
            board__lead_off__p="[true,true,true,false,false,false,false,false]",
            board__lead_off__n="false",
        ) as daemon,
        daemon.subscribe("health", "raw") as subscriber,
    ):
        subscriber.next("raw")
        health = subscriber.next("health")
    assert health["lead_off"] == [{"p": True, "n": None}, {"p": False, "n": None}, *[None] * 6]


def test_without_lead_off_nothing_is_claimed(tmp_path: Path) -> None:
    with (
        Board(tmp_path, fault="open=0:P") as board,
        Daemon(tmp_path, board.url) as daemon,
        daemon.subscribe("health", "raw") as subscriber,
    ):
        subscriber.next("raw")
        assert subscriber.next("health")["lead_off"] == [None] * 8
