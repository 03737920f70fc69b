"""Displays on a serial line: plain ASCII digits, and the commands of SparkFun's displays."""

import contextlib
import errno
import os
import termios
import time
from collections.abc import Callable

import serial

from mcubridge.tube import digits_of

BAUD = 9600  # what such displays come up with
TAKES_S = 1.0  # a number takes some milliseconds; a line that needs so long is blocked
_BITS = 10  # of a byte on the line: start, 8 bits, stop
_LOOK_S = 0.001

# SparkFun's Serial 7-Segment Display and OpenSegment, "Special Commands"
_CLEAR, _CURSOR, _BRIGHTNESS = b"\x76", b"\x79", b"\x7a"
_CELLS = 4


class SerialPanel:
    """A serial port, what is sent first, and what is sent for a number."""

    def __init__(
        self, path: str, baud: int, greeting: bytes, words: Callable[[int], bytes]
    ) -> None:
        self.name = f"serial://{path}"
        self._path = path
        self._baud = baud
        self._greeting = greeting
        self._words = words
        self._port: serial.Serial | None = None

    def open(self) -> None:
        """Open the port, for ourselves alone."""
        try:
            self._port = serial.Serial(
                self._path, self._baud, timeout=0, write_timeout=TAKES_S, exclusive=True
            )
        except (OSError, ValueError) as error:
            raise OSError(f"cannot be opened: {_refusal(error)}") from error
        self._send(self._greeting)

    def write(self, number: int) -> None:
        """Send a number, and wait until it has left this PC."""
        self._send(self._words(number))

    def close(self) -> None:
        """Give the port back, and drop what was not sent: it is old by now."""
        port, self._port = self._port, None
        if port is not None:
            with contextlib.suppress(OSError, termios.error):  # it may be gone
                port.reset_output_buffer()
            port.close()

    def _send(self, data: bytes) -> None:
        """Without waiting for the end, numbers would queue up in the kernel, seconds of them."""
        port = self._port
        if port is None:
            raise OSError("is not open")
        deadline = time.monotonic() + TAKES_S
        try:
            port.write(data)
            time.sleep(len(data) * _BITS / self._baud)
            while port.out_waiting:
                if time.monotonic() > deadline:
                    raise serial.SerialTimeoutException("Write timeout")
                time.sleep(_LOOK_S)
        except serial.SerialTimeoutException as error:
            raise OSError(
                f"took no number for {TAKES_S:g} s: does something stop the line (XOFF, a modem)?"
            ) from error
        except OSError as error:
            said = os.strerror(error.errno) if error.errno else error
            raise OSError(f"takes no numbers ({said}): was the display unplugged?") from error


def _refusal(error: OSError | ValueError) -> str:
    """What it means that a port cannot be opened."""
    match getattr(error, "errno", None):
        case errno.ENOENT | errno.ENXIO | errno.ENODEV:
            return "there is no such port; is the display plugged in?"
        case errno.EACCES | errno.EPERM:
            return "this user may not use it; let the user into the group dialout and log in anew"
        case errno.EBUSY | errno.EAGAIN:
            return "another program has it open"
        case _:
            return f"it is no serial port for this ({error})"


def ascii_panel(path: str, baud: int, digits: int) -> SerialPanel:
    """Digits and a line end; the first line end closes whatever was half sent before."""
    return SerialPanel(
        path, baud, b"\r\n", lambda number: digits_of(number, digits).encode() + b"\r\n"
    )


def opensegment_panel(path: str, baud: int, brightness: int | None) -> SerialPanel:
    """SparkFun's and OpenSegment's.

    The cursor goes home before each number, which clearing would do, too, with a dark moment; and a
    byte that got lost on the line spoils one number only. The display keeps its brightness, in
    memory that wears out: it is sent once, and only where it is asked for.
    """
    light = b"" if brightness is None else _BRIGHTNESS + bytes((brightness,))
    return SerialPanel(
        path,
        baud,
        _CLEAR + light,
        lambda number: _CURSOR + b"\0" + digits_of(number, _CELLS).encode(),
    )
