"""Displays on the daemon's PC: they show what the ticks say, and hold up nothing when they fail."""

import csv
import os
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.daemon import Daemon, Waiting
from support.displays import Lines, SerialDisplay
from support.process import wait_until
from support.seat import PATIENCE_S, Seat
from support.stream import Message, Subscriber, check_sequence

TESTS = Path(__file__).parents[1]


def ticks_until(subscriber: Subscriber, more: int) -> list[Message]:
    """So many more ticks; all of them so far."""
    for _ in range(more):
        subscriber.next("tick")
    return subscriber.of("tick")


def tube_is(daemon: Daemon, state: str) -> dict[str, Any]:
    def told() -> bool:
        return bool((daemon.status()["health"] or {}).get("tube", {}).get("state") == state)

    wait_until(told, f"the tube is {state}")
    return dict(daemon.status()["health"]["tube"])


def check_nothing_was_held_up(subscriber: Subscriber) -> None:
    """Every sample in its place, every tick in order, none of them late by a write's time-out."""
    check_sequence(subscriber.seen)
    blocks = subscriber.of("raw")
    assert [block["first"] for block in blocks] == list(range(0, 20 * len(blocks), 20))
    assert subscriber.of("gap") == []
    ticks = subscriber.of("tick")
    assert [tick["number"] for tick in ticks] == list(range(1, len(ticks) + 1))
    assert [tick["sample"] for tick in ticks] == [40 * tick["number"] - 1 for tick in ticks]
    healths = [health for health in subscriber.of("health") if health["latency_ms"]["p50"]]
    assert all(health["latency_ms"]["p50"] < 500 for health in healths)


def lit_again(subscriber: Subscriber) -> Message:
    return subscriber.until(
        lambda got: got.topic == "tick" and got["written_ns"] is not None, "a number is written"
    )


def test_a_serial_display_is_unplugged_and_blocked_and_comes_back(tmp_path: Path) -> None:
    link = tmp_path / "usb-display"
    url = f"serial://{link}?style=ascii&baud=115200"
    with (
        SerialDisplay(link, Lines()) as display,
        Waiting(tmp_path, "--tube", url) as daemon,
        daemon.listening() as subscriber,
        daemon.board(tmp_path, ramp=True) as board,
    ):
        lit_again(subscriber)
        assert tube_is(daemon, "ok")["name"] == f"serial://{link}"

        display.unplug()
        assert "was the display unplugged?" in str(tube_is(daemon, "failing")["error"])
        ticks_until(subscriber, 10)
        display.plug_in()
        tube_is(daemon, "ok")
        daemon.wait_for_line(r"tube: serial://.*usb-display: takes no numbers .*trying again")
        daemon.wait_for_line(r"tube: serial://.*usb-display shows numbers again")
        assert daemon.said.count("trying again") <= 2  # that it was lost, that it is not there

        display.reads(False)
        assert "took no number for 1 s" in str(tube_is(daemon, "failing")["error"])
        ticks_until(subscriber, 10)
        display.reads(True)
        tube = tube_is(daemon, "ok")
        subscriber.until(
            lambda got: got.topic == "tick" and got["number"] > tube["number"] + 5, "newer numbers"
        )
        ticks = subscriber.of("tick")
        assert tube["failed"] + tube["late"] >= 20
        check_nothing_was_held_up(subscriber)
        assert board.tube_numbers == []
    written = [f"{tick['number']:04d}" for tick in ticks if tick["written_ns"] is not None]
    assert [number for number in display.seen if number in written] == written
    assert len(ticks) - len(written) >= 20
    for tick in ticks:
        assert tick["lit_ns"] is None
        assert tick["written_ns"] is None or 0 <= tick["written_ns"] - tick["t_ns"] < 10e9


@pytest.fixture
def spi_display(tmp_path: Path) -> dict[str, str]:
    """The environment of a daemon on a PC with a MAX7219."""
    paths = [str(TESTS / "support" / "max7219"), os.environ.get("PYTHONPATH", "")]
    files = {"LOOKS": str(tmp_path / "looks"), "HANGS": str(tmp_path / "hangs")}
    return {"PYTHONPATH": os.pathsep.join(filter(None, paths)), **files}


def test_a_max7219_that_hangs_costs_no_sample_and_no_orderly_end(
    tmp_path: Path, spi_display: dict[str, str]
) -> None:
    looks, hangs = Path(spi_display["LOOKS"]), Path(spi_display["HANGS"])
    with (
        Waiting(
            tmp_path,
            "--tube",
            "max7219:///dev/spidev0.1?brightness=3",
            environment=spi_display,
        ) as daemon,
        daemon.listening() as subscriber,
        daemon.board(tmp_path, ramp=True),
    ):
        subscriber.until(lambda got: got.topic == "tick" and got["written_ns"], "a number is lit")
        tube_is(daemon, "ok")
        hangs.touch()
        tube = tube_is(daemon, "stuck")
        assert "it has not taken a number for" in str(tube["error"])
        ticks = ticks_until(subscriber, 20)
        daemon.wait_for_line(r"tube: max7219:///dev/spidev0.1 hangs")
        hangs.unlink()
        tube_is(daemon, "ok")
        subscriber.until(
            lambda got: got.topic == "tick" and got["written_ns"] is not None, "it is lit again"
        )
        check_nothing_was_held_up(subscriber)
        ticks = subscriber.of("tick")
        hangs.touch()
        tube_is(daemon, "stuck")
        assert daemon.end() == 0
    seen = looks.read_text().splitlines()
    assert {tick["written_ns"] is None for tick in ticks} == {True, False}
    for tick in ticks:
        if tick["written_ns"] is not None:
            assert f"{tick['number']:04d}" in seen
    assert all(len(look) in (0, 4) for look in seen)  # and no rule of the chip was broken


@dataclass
class Session:
    """A session with a tube on a screen whose number was set in the middle of a recording."""

    path: str
    ticks: list[dict[str, Any]]
    drawn: list[dict[str, str]]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    folder = tmp_path_factory.mktemp("session")
    log = folder / "drawn.csv"
    program = [sys.executable, "-m", "emgd", "tube"]
    with (
        Waiting(folder, "--record-dir", str(folder)) as daemon,
        daemon.listening() as subscriber,
        closing(Seat(program, "--control", daemon.control, "--log", str(log))) as seat,
        daemon.board(folder, ramp=True),
    ):
        seat.hear(b"q ends")
        assert daemon.ask("record.start", name="set")["ok"]
        assert daemon.ask("tube.set", number=9990)["ok"]
        subscriber.next("tick", number=10_005)
        path = daemon.ask("record.stop")["path"]
        deadline = time.monotonic() + PATIENCE_S
        while "\n10005," not in log.read_text():
            assert time.monotonic() < deadline, log.read_text()
            seat.screen()  # somebody has to take what it writes
        seat.type("q")
        assert seat.end() == 0
        with log.open() as file:
            drawn = list(csv.DictReader(file))
        last = int(drawn[-1]["number"])
        while all(tick["number"] != last for tick in subscriber.of("tick")):
            subscriber.next("tick")
    return Session(path, [tick.header for tick in subscriber.of("tick")], drawn)


def test_a_screen_shows_the_numbers_of_the_ticks(session: Session) -> None:
    told = {tick["number"]: tick for tick in session.ticks}
    numbers = [int(row["number"]) for row in session.drawn]
    assert numbers.index(9990) > 0  # the count before it was set
    assert set(range(10_000, 10_006)) <= set(numbers)
    for row in session.drawn:
        tick = told[int(row["number"])]
        for key in ("packets", "sample", "t_ns"):
            assert int(row[key]) == tick[key]
        assert 0 < int(row["drawn_ns"]) - int(row["t_ns"]) < 10e9


def test_a_replay_repeats_the_numbers_that_stood_in_the_video(
    session: Session, tmp_path: Path
) -> None:
    link = tmp_path / "usb-display"
    with (
        SerialDisplay(link, Lines()) as display,
        Daemon(
            tmp_path, f"file://{session.path}?speed=0.5", "--tube", f"serial://{link}"
        ) as daemon,
        daemon.listening() as subscriber,
    ):
        subscriber.next("tick", number=10_005)
        wait_until(lambda: "0005" in display.seen, "the last number")
        repeated = [tick.header for tick in subscriber.of("tick")]
    said = ("number", "packets", "sample", "t_ns", "lit_ns", "written_ns")
    recorded = [[tick[key] for key in said] for tick in session.ticks]
    assert all([tick[key] for key in said] in recorded for tick in repeated)
    numbers = [tick["number"] for tick in repeated]
    assert numbers[numbers.index(9990) :] == list(range(9990, 10_006))
