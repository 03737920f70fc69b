"""Seven-segment digits behind a MAX7219 or MAX7221 on an SPI port (data sheet 19-4452)."""

import errno
from itertools import cycle
from typing import Protocol

from mcubridge.tube import digits_of

SPEED_HZ = 1_000_000  # the chip takes 10 MHz; wires to a display in front of a face are long
_MODE = 0

# Registers, p.7 table 2; the digits are 1 to 8, from the right.
_DECODE, _INTENSITY, _SCAN_LIMIT, _RUN, _TEST = 0x09, 0x0A, 0x0B, 0x0C, 0x0F
_CODE_B = 0xFF  # digits are sent as numbers, p.8 table 5
_BLANK = 0x0F


class SpiDevice(Protocol):
    """The part of `spidev.SpiDev` that is used."""

    mode: int
    max_speed_hz: int

    def xfer2(self, values: list[int], /) -> list[int]:
        """Clock bytes out under one CS, whose rising edge latches the last 16 bits."""

    def close(self) -> None:
        """Give the device back."""


class Max7219:
    """max7219:///dev/spidev0.1?digits=4&brightness=8"""

    def __init__(self, device: str, digits: int, brightness: int) -> None:
        self.name = f"max7219://{device}"
        self._device = device
        self._digits = digits
        self._spi: SpiDevice | None = None
        self._setting_up = (
            (_TEST, 0),
            (_DECODE, _CODE_B),
            (_SCAN_LIMIT, digits - 1),
            (_INTENSITY, brightness),
            (_RUN, 1),
        )
        self._next_setting = cycle(self._setting_up)

    def open(self) -> None:
        """Open the port, and let the chip begin with dark digits."""
        import spidev  # has no wheel: needed only where there is such a display

        spi = spidev.SpiDev()
        try:
            spi.open_path(self._device)
        except OSError as error:
            spi.close()
            raise OSError(_refusal(self._device, error)) from error
        self._spi = spi
        spi.mode = _MODE
        spi.max_speed_hz = SPEED_HZ
        for place in range(self._digits):
            self._send(1 + place, _BLANK)
        for register, value in self._setting_up:
            self._send(register, value)

    def write(self, number: int) -> None:
        """Send the digits, and one of the settings.

        Nothing tells whether the chip has lost its power or was disturbed by a spark: with the
        settings sent in turn it shows numbers again within five.
        """
        for place, digit in enumerate(reversed(digits_of(number, self._digits))):
            self._send(1 + place, int(digit))
        self._send(*next(self._next_setting))

    def close(self) -> None:
        """Give the port back."""
        spi, self._spi = self._spi, None
        if spi is not None:
            spi.close()

    def _send(self, register: int, value: int) -> None:
        if self._spi is None:
            raise OSError("is not open")
        self._spi.xfer2([register, value])


def _refusal(device: str, error: OSError) -> str:
    """What it means that the device cannot be opened."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return (
            f"this user may not open {device}: let the user into the group spi "
            "(sudo usermod -aG spi NAME, and log in anew)"
        )
    return (
        f"{device} cannot be opened ({error.strerror}): switch SPI on (on a Raspberry Pi: "
        "sudo raspi-config nonint do_spi 0) and restart; `ls /dev/spidev*` lists what there is"
    )
