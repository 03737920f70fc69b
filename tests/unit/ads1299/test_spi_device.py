"""Opening spidev and libgpiod, by modules with the signatures of spidev 3.8 and gpiod 2.5."""

import errno
import os
import sys
from types import ModuleType, SimpleNamespace

import pytest
from ads1299.source import ChipError, LineError
from ads1299.spi_device import SpiAddress


class Modules:
    """What `import spidev` and `import gpiod` give, and what was asked of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.spi_error = self.gpio_error = 0
        self.opened: list[str] = []
        self.closed: list[str] = []
        self.asked: dict[str, object] = {}
        spidev, gpiod, line = (ModuleType(name) for name in ("spidev", "gpiod", "gpiod.line"))
        spidev.SpiDev = self.spi_dev
        line.Direction = SimpleNamespace(INPUT="input")
        line.Edge = SimpleNamespace(FALLING="falling")
        line.Clock = SimpleNamespace(MONOTONIC="monotonic")
        gpiod.line = line
        gpiod.LineSettings = self.line_settings
        gpiod.request_lines = self.request_lines
        for module in (spidev, gpiod, line):
            monkeypatch.setitem(sys.modules, module.__name__, module)

    def spi_dev(self) -> SimpleNamespace:
        return SimpleNamespace(open_path=self.open_path, close=lambda: self.closed.append("spi"))

    def open_path(self, path: str) -> None:
        if self.spi_error:
            raise OSError(self.spi_error, os.strerror(self.spi_error))
        self.opened.append(path)

    def line_settings(self, *, direction: str, edge_detection: str, event_clock: str) -> tuple:
        return (direction, edge_detection, event_clock)

    def request_lines(
        self, path, config, consumer=None, event_buffer_size=None, output_values=None
    ) -> SimpleNamespace:
        if self.gpio_error:
            raise OSError(self.gpio_error, os.strerror(self.gpio_error))
        self.asked = {"path": path, "config": config, "kept": event_buffer_size}
        return SimpleNamespace(release=lambda: self.closed.append("line"))


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> Modules:
    return Modules(monkeypatch)


def test_both_are_opened_and_given_back(modules: Modules) -> None:
    ports = SpiAddress("/dev/spidev1.2", "/dev/gpiochip4", 17).open()
    assert modules.opened == ["/dev/spidev1.2"]
    assert modules.asked == {
        "path": "/dev/gpiochip4",
        "config": {17: ("input", "falling", "monotonic")},
        "kept": 1024,
    }
    ports.close()
    assert sorted(modules.closed) == ["line", "spi"]


@pytest.mark.parametrize(
    ("number", "kind", "words"),
    [
        (
            errno.EACCES,
            ChipError,
            "/dev/spidev0.0: this user may not open it.* group spi .*usermod",
        ),
        (
            errno.ENOENT,
            ChipError,
            "/dev/spidev0.0: there is no such .*raspi-config nonint do_spi 0",
        ),
        (errno.ENOTTY, ChipError, "/dev/spidev0.0: there is no such"),
        (errno.EBUSY, LineError, "/dev/spidev0.0: another program holds it"),
        (errno.EIO, LineError, "/dev/spidev0.0: cannot be opened: Input/output error"),
    ],
)
def test_an_spidev_that_cannot_be_opened(modules: Modules, number: int, kind, words: str) -> None:
    modules.spi_error = number
    with pytest.raises(kind, match=words):
        SpiAddress().open()
    assert modules.closed == ["spi"]


@pytest.mark.parametrize(
    ("number", "kind", "words"),
    [
        (errno.EACCES, ChipError, r"gpiochip0, line 26 \(DRDY\): this user .* group gpio "),
        (errno.ENOENT, ChipError, r"gpiochip0, line 26 \(DRDY\): there is no such .*gpiodetect"),
        (errno.EINVAL, ChipError, r"gpiochip0, line 26 \(DRDY\): there is no such"),
        (errno.EBUSY, LineError, r"gpiochip0, line 26 \(DRDY\): another program holds it"),
    ],
)
def test_a_line_that_cannot_be_had(modules: Modules, number: int, kind, words: str) -> None:
    modules.gpio_error = number
    with pytest.raises(kind, match=words):
        SpiAddress().open()
    assert modules.closed == ["spi"]  # nothing stays open
