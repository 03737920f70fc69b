"""Showing a number in the camera's picture: on a serial display, or nowhere."""

import logging
import time
from collections.abc import Callable
from typing import Protocol

import serial

Done = Callable[[int | None], None]  # gets the host's monotonic time it was lit, None if unknown

_DIGITS = 4
_AGAIN_S = 2.0
_SAY_AGAIN_S = 60.0

_log = logging.getLogger(__name__)


class Tube(Protocol):
    """Shows numbers; a board with a tube of its own is one, too."""

    def show(self, number: int, done: Done) -> None:
        """Show a number without waiting."""


class NoTube:
    """none: nothing shows the numbers; they are counted and published all the same."""

    def show(self, number: int, done: Done) -> None:
        """Show nothing."""
        done(None)


class AsciiDisplay:
    """A serial display that takes digits as ASCII (SparkFun and OpenSegment: `v` clears).

    It cannot tell when it lit the number, and a USB adapter adds 1 to 16 ms.
    """

    def __init__(self, path: str, baud: int) -> None:
        self._path = path
        self._baud = baud
        self._port: serial.Serial | None = None
        self._next_try = 0.0
        self._say_again = 0.0

    def show(self, number: int, done: Done) -> None:
        """Write the number's last digits; a display that is away is tried again now and then."""
        port = self._open()
        if port is not None:
            try:
                port.write(b"v%*d" % (_DIGITS, number % 10**_DIGITS))
            except serial.SerialTimeoutException:
                pass  # the display is slower than the numbers: the next one will do
            except OSError as error:
                _log.warning("tube: %s does not take numbers: %s", self._path, error)
                port.close()
                self._port = None
        done(None)

    def _open(self) -> serial.Serial | None:
        now = time.monotonic()
        if self._port is None and now >= self._next_try:
            self._next_try = now + _AGAIN_S
            level = logging.WARNING if now >= self._say_again else logging.DEBUG
            try:
                self._port = serial.Serial(self._path, self._baud, write_timeout=0, exclusive=True)
            except (OSError, ValueError) as error:
                if level == logging.WARNING:
                    self._say_again = now + _SAY_AGAIN_S
                _log.log(
                    level,
                    "tube: %s cannot be opened: %s. Is the display plugged in, and may this user "
                    "use it (group dialout)? Trying again every %g s.",
                    self._path,
                    error,
                    _AGAIN_S,
                )
        return self._port
