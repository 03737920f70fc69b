"""The daemon under a service manager: ready, status, watchdog, as systemd would see them."""

import os
import subprocess
import sys
import time
from pathlib import Path

from support.board import Board
from support.daemon import Daemon, Waiting
from support.process import wait_until
from support.service_manager import ServiceManager

_HANGING = Path(__file__).with_name("hanging_daemon.py")


def test_a_board_that_is_waited_for_counts_as_started_and_is_named(tmp_path: Path) -> None:
    with ServiceManager(tmp_path) as manager:
        source = "tcp://127.0.0.1:1"
        with Daemon(tmp_path, source, environment=manager.environment) as daemon:
            manager.wait_for("READY", "1")
            manager.wait_for("STATUS", "waiting for the board: tcp://127.0.0.1:1: connection ref")
            assert daemon.state == "waiting"
            assert "refused" in daemon.status()["health"]["trouble"]
            assert daemon.end() == 0
        assert manager.values("STOPPING") == ["1"]
        assert manager.values("READY") == ["1"]


def test_status_follows_the_board_and_the_recording(tmp_path: Path) -> None:
    with ServiceManager(tmp_path, watchdog_s=4.0) as manager:
        (tmp_path / "records").mkdir()
        options = ("--record-dir", str(tmp_path / "records"))
        with Waiting(tmp_path, *options, environment=manager.environment) as daemon:
            manager.wait_for("STATUS", "waiting for the board")
            with daemon.board(tmp_path, ramp=True):
                manager.wait_for("STATUS", "streaming from boardsim, not recording, lost 0")
                path = daemon.ask("record.start", name="film")["path"]
                manager.wait_for("STATUS", f"recording {path}")
            wait_until(lambda: "waiting" in manager.values("STATUS")[-1], "waiting again")
            times_s = manager.times_s("WATCHDOG")
            assert len(times_s) > 2
            assert daemon.end() == 0


def test_the_watchdog_starves_when_the_acquisition_thread_hangs(tmp_path: Path) -> None:
    with ServiceManager(tmp_path, watchdog_s=1.0) as manager:
        hanging = subprocess.Popen(
            [sys.executable, str(_HANGING), "100", f"ipc://{tmp_path}/stream"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **manager.environment},
        )
        try:
            assert hanging.stdout is not None
            assert hanging.stdout.readline() == "hangs\n"
            hung_s = time.monotonic()
            fed_s = manager.times_s("WATCHDOG")
            assert len(fed_s) >= 3, "2 s of blocks feed a watchdog of 1 s several times"
            wait_until(lambda: time.monotonic() > hung_s + 2.0, "two periods to pass")
            assert hanging.poll() is None
            assert all(at_s < hung_s + 0.5 for at_s in manager.times_s("WATCHDOG"))
        finally:
            hanging.kill()
            hanging.communicate()


def test_a_refused_board_never_counts_as_started(tmp_path: Path) -> None:
    with ServiceManager(tmp_path) as manager, Board(tmp_path, fault="wrong-id=92") as board:
        daemon = Daemon(tmp_path, board.url, environment=manager.environment)
        assert daemon.wait() == 1
        assert "register ID" in daemon.said
        assert manager.values("READY") == []
