"""Displays on the daemon's PC: they show what the ticks say, and hold up nothing when they fail."""

import os
from pathlib import Path

import pytest
from support.daemon import Daemon, Waiting
from support.displays import Lines, SerialDisplay
from support.process import wait_until
from support.stream import Message, Subscriber, check_sequence

TESTS = Path(__file__).parents[1]


def ticks_until(subscriber: Subscriber, more: int) -> list[Message]:
    """So many more ticks; all of them so far."""
    for _ in range(more):
        subscriber.next("tick")
    return subscriber.of("tick")


def tube_is(daemon: Daemon, state: str) -> dict[str, object]:
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


def test_a_serial_display_that_works_is_unplugged_and_comes_back(tmp_path: Path) -> None:
    link = tmp_path / "usb-display"
    url = f"serial://{link}?style=ascii&baud=115200"
    with (
        SerialDisplay(link, Lines()) as display,
        Waiting(tmp_path, "--tube", url) as daemon,
        daemon.listening() as subscriber,
        daemon.board(tmp_path, ramp=True) as board,
    ):
        for tick in ticks_until(subscriber, 10):
            assert tick["lit_ns"] is None
            assert tick["written_ns"] is None or 0 <= tick["written_ns"] - tick["t_ns"] < 10e9
        assert subscriber.of("tick")[-1]["written_ns"] is not None
        assert tube_is(daemon, "ok")["name"] == f"serial://{link}"
        display.unplug()
        assert "was the display unplugged?" in str(tube_is(daemon, "failing")["error"])
        ticks_until(subscriber, 10)
        display.plug_in()
        tube = tube_is(daemon, "ok")
        daemon.wait_for_line(r"tube: serial://.*usb-display: takes no numbers .*trying again")
        daemon.wait_for_line(r"tube: serial://.*usb-display shows numbers again")
        subscriber.until(
            lambda got: got.topic == "tick" and got["written_ns"] is not None, "written again"
        )
        ticks = ticks_until(subscriber, 25)
        health = subscriber.next("health")["tube"]
        assert health["number"] > tube["number"] > 0
        assert daemon.said.count("trying again") <= 2  # that it was lost, that it is not there
        check_nothing_was_held_up(subscriber)
        assert board.tube_numbers == []
    written = [f"{tick['number']:04d}" for tick in ticks if tick["written_ns"] is not None]
    assert [number for number in display.seen if number in written] == written
    missing = [tick for tick in ticks if tick["written_ns"] is None]
    assert len(missing) >= 10


def test_a_display_that_reads_nothing_costs_no_sample(tmp_path: Path) -> None:
    link = tmp_path / "usb-display"
    with (
        SerialDisplay(link, Lines(), reading=False) as display,
        Waiting(tmp_path, "--tube", f"serial://{link}") as daemon,
        daemon.listening() as subscriber,
        daemon.board(tmp_path, ramp=True),
    ):
        assert "took no number for 1 s" in str(tube_is(daemon, "failing")["error"])
        assert {tick["written_ns"] for tick in ticks_until(subscriber, 40)} == {None}
        display.reads(True)
        tube_is(daemon, "ok")
        subscriber.until(
            lambda got: got.topic == "tick" and got["written_ns"] is not None, "it is read"
        )
        check_nothing_was_held_up(subscriber)
        tick = ticks_until(subscriber, 1)[-1]
        wait_until(lambda: f"{tick['number']:04d}" in display.seen, "the newest number")
        # nothing old was kept for it
        assert min(map(int, display.seen)) > 40


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


def test_a_replay_repeats_the_numbers_that_stood_in_the_video(tmp_path: Path) -> None:
    with (
        Waiting(tmp_path, "--record-dir", str(tmp_path)) as daemon,
        daemon.listening() as subscriber,
        daemon.board(tmp_path, ramp=True),
    ):
        ticks_until(subscriber, 3)
        assert daemon.ask("record.start", name="set")["ok"]
        assert daemon.ask("tube.set", number=9990)["ok"]
        subscriber.next("tick", number=10_005)
        path = daemon.ask("record.stop")["path"]
        recorded = [tick.header for tick in subscriber.of("tick")]
    link = tmp_path / "usb-display"
    with (
        SerialDisplay(link, Lines()) as display,
        Daemon(tmp_path, f"file://{path}?speed=0.5", "--tube", f"serial://{link}") as again,
        again.listening() as subscriber,
    ):
        subscriber.next("tick", number=10_005)
        wait_until(lambda: "0005" in display.seen, "the last number")
        repeated = [tick.header for tick in subscriber.of("tick")]
    assert len(repeated) > 10
    said = ("number", "packets", "sample", "t_ns", "lit_ns", "written_ns")
    before = [[tick[key] for key in said] for tick in recorded]
    assert all([tick[key] for key in said] in before for tick in repeated)
    numbers = [tick["number"] for tick in repeated]
    assert numbers[numbers.index(9990) :] == list(range(9990, 10_006))
