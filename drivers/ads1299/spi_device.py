"""What a chip on SPI hangs on: spidev's and libgpiod's objects, opened here and nowhere else."""

import errno
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ads1299.edges import Edge
from ads1299.source import ChipError, LineError, SourceError

SPEED_HZ = 4_000_000
_EVENTS_KEPT = 1024  # by the kernel, until they are fetched; its own default is 16

_NO_SPI = "Switch SPI on (on a Raspberry Pi: sudo raspi-config nonint do_spi 0) and restart"
_NO_GPIO = "gpiodetect and gpioinfo tell the GPIO chips and lines that there are"


class SpiDevice(Protocol):
    """The part of `spidev.SpiDev` that the driver uses; `fileno` is used where there is one."""

    mode: int
    max_speed_hz: int

    def xfer2(
        self, values: Sequence[int], speed_hz: int = 0, delay_usecs: int = 0, /
    ) -> Sequence[int]:
        """Clock bytes out and in under one CS. A list is overwritten with what came in."""

    def close(self) -> None:
        """Give the device back."""


class DrdyLine(Protocol):
    """The part of libgpiod's `LineRequest` that the driver uses, for falling edges of DRDY."""

    def wait_edge_events(self, timeout: float | None = None) -> bool:
        """Wait until there are edges to fetch, at most so many seconds."""

    def read_edge_events(self) -> Sequence[Edge]:
        """Fetch them."""

    def release(self) -> None:
        """Give the line back."""


@dataclass(frozen=True, slots=True)
class SpiPorts:
    """Both ways to a chip, opened."""

    spi: SpiDevice
    drdy: DrdyLine

    def close(self) -> None:
        """Give them back."""
        self.drdy.release()
        self.spi.close()


class SpiOpener(Protocol):
    """Where a chip is found."""

    @property
    def name(self) -> str:
        """For messages."""

    @property
    def speed_hz(self) -> int:
        """The clock for reading frames."""

    def open(self) -> SpiPorts:
        """Open both; raises ChipError where only a person can help, else LineError."""


@dataclass(frozen=True, slots=True)
class SpiAddress:
    """A chip on a Linux PC: an spidev, and the GPIO line that its DRDY is wired to."""

    device: str = "/dev/spidev0.0"
    gpio_chip: str = "/dev/gpiochip0"
    drdy: int = 26
    speed_hz: int = SPEED_HZ

    @property
    def name(self) -> str:
        """For messages."""
        return self.device

    def open(self) -> SpiPorts:
        """Open both; raises ChipError where only a person can help, else LineError."""
        spi = self._open_spi()
        try:
            return SpiPorts(spi, self._open_line())
        except BaseException:
            spi.close()
            raise

    def _open_spi(self) -> SpiDevice:
        import spidev

        spi = spidev.SpiDev()
        try:
            spi.open_path(self.device)
        except OSError as error:
            spi.close()
            raise _refusal(self.device, error, "spi", _NO_SPI) from error
        opened: SpiDevice = spi
        return opened

    def _open_line(self) -> DrdyLine:
        import gpiod
        from gpiod.line import Clock, Direction, Edge

        where = f"{self.gpio_chip}, line {self.drdy} (DRDY)"
        try:
            line: DrdyLine = gpiod.request_lines(
                self.gpio_chip,
                {
                    self.drdy: gpiod.LineSettings(
                        direction=Direction.INPUT,
                        edge_detection=Edge.FALLING,
                        event_clock=Clock.MONOTONIC,
                    )
                },
                consumer="emgd DRDY",
                event_buffer_size=_EVENTS_KEPT,
            )
        except OSError as error:
            raise _refusal(where, error, "gpio", _NO_GPIO) from error
        return line


def _refusal(where: str, error: OSError, group: str, hint: str) -> SourceError:
    """Why it was not opened: a ChipError where trying again will not mend it."""
    match error.errno:
        case errno.EACCES | errno.EPERM:
            return ChipError(
                f"{where}: this user may not open it. Let the user into the group {group} "
                f"(sudo usermod -aG {group} NAME, and log in anew); docs/spi.md has the udev rule."
            )
        case errno.ENOENT | errno.ENODEV | errno.ENXIO | errno.ENOTTY | errno.EINVAL:
            return ChipError(f"{where}: there is no such thing ({error.strerror}). {hint}.")
        case errno.EBUSY:
            return LineError(f"{where}: another program holds it; end that program")
        case _:
            return LineError(f"{where}: cannot be opened: {error.strerror}")
