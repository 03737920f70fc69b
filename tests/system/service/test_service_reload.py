"""SIGHUP, as `systemctl reload` sends it: what can change changes, and all else is told."""

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.daemon import Waiting
from support.process import Program, alive, children, wait_until
from support.service_manager import ServiceManager
from support.stream import check_sequence

_STUDY = """
task = "films"
mains_hz = 50
electrode_material = "Ag/AgCl"
electrode_diameter_mm = 4
electrode_distance_mm = 10
skin_preparation = "alcohol"
side = "left"
reference = "bipolar"
ground = "left mastoid"
placement_scheme = "Fridlund & Cacioppo 1986"
"""


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[ServiceManager]:
    with ServiceManager(tmp_path) as manager:
        yield manager


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "emgd.toml"


@pytest.fixture
def daemon(tmp_path: Path, config: Path, manager: ServiceManager) -> Iterator[Waiting]:
    config.write_text("")
    (tmp_path / "records").mkdir()
    options = ("--config", str(config), "--record-dir", str(tmp_path / "records"))
    with Waiting(tmp_path, *options, environment=manager.environment) as daemon:
        manager.wait_for("READY", "1")
        yield daemon


def reload(daemon: Waiting, config: Path, text: str) -> str:
    """Write the file anew and send the signal; gives what the log says of it."""
    before = daemon.said.count("reload: ")
    config.write_text(text)
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: daemon.said.count("reload: ") > before, "a line on the reload")
    return [line for line in daemon.lines if "reload: " in line][-1]


def test_a_reload_changes_what_can_change_and_names_what_waits(
    daemon: Waiting, config: Path, manager: ServiceManager, tmp_path: Path
) -> None:
    with daemon.listening() as subscriber, daemon.board(tmp_path, ramp=True):
        subscriber.next("raw")
        said = reload(daemon, config, '[log]\nlevel = "debug"\n[board]\ngain = 12\n')
        assert "changed log.level; waiting for the next start: board.gain" in said
        assert "WARNING" in said
        wait_until(lambda: manager.values("READY")[1:] == ["1"], "READY after it")
        told = [told.fields for told in manager.told if {"RELOADING", "READY"} & set(told.fields)]
        reloading, ready = told[-2:]
        assert reloading["RELOADING"] == "1"
        assert int(reloading["MONOTONIC_USEC"]) > 0
        assert ready["READY"] == "1"
        said = reload(daemon, config, config.read_text())
        assert "nothing has changed; waiting for the next start: board.gain" in said
        assert reload(daemon, config, "").endswith("reload: changed log.level")
        assert reload(daemon, config, "").endswith("reload: nothing has changed")
        subscriber.next("raw")
        check_sequence(subscriber.seen)
        assert not subscriber.of("gap")


def test_the_level_is_changed_indeed(daemon: Waiting, config: Path, tmp_path: Path) -> None:
    """A board that dials in is worth a line on the level info, and none on the level error."""
    reload(daemon, config, '[log]\nlevel = "warning"\n[board]\ngain = 12\n')
    with daemon.board(tmp_path, ramp=True):
        daemon.wait_for_state("streaming")
    said = len(daemon.lines)
    reload(daemon, config, "")
    with daemon.board(tmp_path, ramp=True):
        daemon.wait_for_line("INFO .*streams 8 channels")
    quiet = [line for line in daemon.lines[:said] if "streams 8 channels" in line]
    assert quiet == []


def test_the_spotter_is_tuned_and_keeps_what_a_client_has_set(
    daemon: Waiting, config: Path, tmp_path: Path
) -> None:
    with daemon.listening() as subscriber, daemon.board(tmp_path, ramp=True):
        subscriber.next("raw")
        assert daemon.ask("spotter.set", floor_uv=7)["ok"]
        text = "[spotter]\nthreshold = 5.5\nmerge_ms = 90\n"
        assert reload(daemon, config, text).endswith("changed spotter.threshold, spotter.merge_ms")
        meta = subscriber.until(
            lambda got: got.topic == "meta" and got["spotter"]["threshold"] == 5.5, "meta"
        )
        assert (meta["spotter"]["merge_ms"], meta["spotter"]["floor_uv"]) == (90, 7)
        subscriber.next("raw")
        assert [gap for gap in subscriber.of("gap") if gap["reason"] != "reconnect"] == []


def test_a_file_with_faults_changes_nothing(
    daemon: Waiting, config: Path, manager: ServiceManager, tmp_path: Path
) -> None:
    study = tmp_path / "study.toml"
    study.write_text("mains_hz = 55\n")
    text = f'[log]\nlevel = "loud"\n[record]\nstudy = "{study}"\n[board]\ngain = 5\ngian = 2\n'
    said = reload(daemon, config, text)
    assert "ERROR" in said
    assert "nothing has changed, because the configuration cannot be used" in said
    wait_until(lambda: "gian" in daemon.said, "the faults")
    for words in (
        "log.level: 'loud' is not one of debug, info, warning, error",
        "record.study: " + str(study) + ": mains_hz = 55: allowed is 50 or 60",
        "board.gain: 5 is not one of",
        f"board.gian: no such key; did you mean board.gain? ({config}, line 7)",
    ):
        assert words in daemon.said
    wait_until(lambda: manager.values("READY")[1:] == ["1"], "READY, so that systemd goes on")
    assert reload(daemon, config, "").endswith("reload: nothing has changed")


def test_a_study_is_taken_by_the_next_recording(
    daemon: Waiting, config: Path, tmp_path: Path
) -> None:
    study = tmp_path / "study.toml"
    study.write_text(_STUDY)
    said = reload(daemon, config, f"[record]\nstudy = {json.dumps(str(study))}\n")
    assert said.endswith("changed record.study")
    with daemon.board(tmp_path, ramp=True):
        daemon.wait_for_state("streaming")
        path = daemon.ask("record.start", name="film")["path"]
        assert daemon.ask("record.stop")["ok"]
    with Program("emgd", "info", path) as info:
        assert info.wait() == 0
        assert "electrode_material" in info.said


def test_a_window_that_is_closed_ends_the_daemon(tmp_path: Path) -> None:
    """The terminal's end sends SIGHUP, too: the recording is closed and the board is let go."""
    endpoints = [f"--stream=ipc://{tmp_path}/stream", f"--control=ipc://{tmp_path}/control"]
    records = [f"--record-dir={tmp_path}", "--record=film"]
    words = [sys.executable, "-m", "emgd", "run", "--source=sim:", *endpoints, *records]
    main, side = pty.openpty()
    window = subprocess.Popen(
        [sys.executable, "-c", f"import pty; pty.spawn({words!r})"],
        stdin=side,
        stdout=side,
        stderr=side,
    )
    try:
        wait_until(lambda: list(tmp_path.glob("*.mcap.part")) != [], "a recording", 60)
        wait_until(lambda: (tmp_path / "control").exists(), "the daemon")
        [pid] = children(window.pid)
        window.kill()
        wait_until(lambda: not alive(pid), "the daemon to end")
        assert [path.suffix for path in tmp_path.glob("*.mcap*")] == [".mcap"]
    finally:
        window.kill()
        window.wait()
        for descriptor in (main, side):
            os.close(descriptor)
