"""tube URLs, before anything is opened."""

import sys
from importlib.machinery import ModuleSpec

import pytest
from emgd import tubes
from emgd.tubes import tube_faults


def with_spidev(monkeypatch: pytest.MonkeyPatch, there: bool) -> None:
    monkeypatch.setattr(tubes, "find_spec", lambda name: ModuleSpec(name, None) if there else None)


@pytest.mark.parametrize(
    "url",
    [
        "board:",
        "none:",
        "serial:///dev/ttyUSB1",
        "serial:///dev/serial/by-id/usb-x-if00?style=ascii&baud=115200&digits=6",
        "serial:///dev/ttyUSB1?style=opensegment&brightness=100&baud=9600",
        "max7219:///dev/spidev0.1",
        "max7219:///dev/spidev1.0?digits=8&brightness=0",
    ],
)
def test_these_are_tubes(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    with_spidev(monkeypatch, True)
    assert tube_faults(url) == []


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("lamp:", "is no tube; there are board:, none:, serial:///dev/ttyUSB1?style=ascii"),
        ("board:2", "is no tube; there are board:, none:"),
        ("", "is no tube"),
        ("serial:ttyUSB1", "a device follows three slashes"),
        ("serial://ttyUSB1", "a device follows three slashes"),
        ("serial:///dev/x?style=roman", "style=roman: there are ascii and opensegment"),
        ("serial:///dev/x?baud=fast", "baud=fast: give a whole number from 50 to 4000000"),
        ("serial:///dev/x?baud=", "baud=: give a whole number"),
        ("serial:///dev/x?digits=0", "digits=0: give a whole number from 1 to 10"),
        ("serial:///dev/x?brightness=5", "no option brightness; there are baud, digits"),
        ("serial:///dev/x?style=opensegment&digits=8", "no option digits; there are baud, bright"),
        ("serial:///dev/x?style=opensegment&brightness=101", "give a whole number from 0 to 100"),
        ("serial:///dev/x#2", "no option #"),
        ("serial://[", "Invalid"),
        ("max7219:///dev/spidev0.1?digits=3", "digits=3: give a whole number from 4 to 8"),
        ("max7219:///dev/spidev0.1?brightness=-1", "brightness=-1: give a whole number from 0 to"),
        ("max7219:///dev/spidev0.1?style=ascii", "no option style; there are digits, brightness"),
        ("max7219://spidev0.1", "a device follows three slashes"),
    ],
)
def test_these_are_none(monkeypatch: pytest.MonkeyPatch, url: str, sentence: str) -> None:
    with_spidev(monkeypatch, True)
    [fault] = tube_faults(url)
    assert fault.startswith(f"tube: {url!r}: ")
    assert sentence in fault


def test_a_max7219_needs_spidev_and_the_command_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with_spidev(monkeypatch, False)
    [fault] = tube_faults("max7219:///dev/spidev0.1")
    assert "tube: max7219: needs spidev, which this Python has not: " in fault
    assert f"{sys.executable} -m pip install" in fault
    assert tube_faults("serial:///dev/ttyUSB1") == []
