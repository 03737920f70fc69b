"""Opening a serial port to a board: for ourselves alone, at low latency, and again when it went."""

import contextlib
import errno
import fcntl
import grp
import logging
import os
import pwd
import re
import termios
from pathlib import Path

import serial

from mcubridge.line import DescriptorLine, Line, LineDown

BAUD = 921_600
_BY_ID = Path("/dev/serial/by-id")
_NUMBERED = re.compile(r"/dev/tty(USB|ACM)\d+")

_log = logging.getLogger(__name__)


class Port:
    """serial:///dev/ttyUSB0?baud=921600: a board on a serial port, or on USB that looks like one.

    `by_id` holds names that stay the same wherever a board is plugged in.
    """

    def __init__(self, path: str, baud: int = BAUD, by_id: Path = _BY_ID) -> None:
        self.name = f"serial://{path}"
        self._path = path
        self._baud = baud
        self._by_id = by_id
        self._advised = False

    def open(self, timeout_s: float) -> Line | None:
        """Give the port; a serial port opens at once or not at all."""
        port = self._open()
        try:
            self._prepare(port)
        except OSError as error:
            port.close()
            raise LineDown(f"{self.name}: {error.strerror or error}") from error
        self._advise()
        return DescriptorLine(port, self.name, "the port is gone (was the board unplugged?)")

    def close(self) -> None:
        """Nothing waits for a line."""

    def _open(self) -> serial.Serial:
        try:
            return serial.Serial(self._path, self._baud, timeout=0, exclusive=True)
        except ValueError as error:
            raise LineDown(f"{self.name}: a port without {self._baud} baud ({error})") from error
        except OSError as error:
            raise LineDown(f"{self.name}: {self._words(error)}") from error

    def _prepare(self, port: serial.Serial) -> None:
        """Keep others out, and let a second opening not reset a board that hears DTR."""
        descriptor = port.fileno()
        fcntl.ioctl(descriptor, termios.TIOCEXCL)
        try:
            attributes = termios.tcgetattr(descriptor)
            attributes[2] &= ~termios.HUPCL
            termios.tcsetattr(descriptor, termios.TCSANOW, attributes)
        except termios.error as error:
            raise OSError(*error.args) from error
        try:
            port.set_low_latency_mode(True)
        except ValueError:  # a port that has none: native USB needs none
            _log.debug("%s: no low-latency mode", self.name)

    def _words(self, error: OSError) -> str:
        """Say what a failed opening means to the person at the PC."""
        if error.errno == errno.ENOENT:
            there = " and ".join(f"serial://{path}" for path in self._names())
            found = f"there is {there}" if there else "no USB port is plugged in"
            return f"there is no {self._path} (is the board plugged in? {found})"
        if error.errno == errno.EACCES:
            return f"this user may not open {self._path}. {_permission(self._path)}"
        if error.errno in (errno.EBUSY, errno.EAGAIN):
            return (
                f"another program has {self._path} open: another emgd, a terminal program, "
                f"ModemManager? `fuser -v {self._path}` tells which"
            )
        if error.errno is None or error.errno == errno.ENOTTY:
            return f"{self._path} is no serial port ({error})"
        return os.strerror(error.errno)

    def _names(self) -> list[Path]:
        """The lasting names of all ports that are plugged in."""
        with contextlib.suppress(OSError):
            return sorted(self._by_id.iterdir())
        return []

    def _advise(self) -> None:
        """Name the lasting path where a passing one was given."""
        if self._advised or not _NUMBERED.fullmatch(self._path):
            return
        self._advised = True
        for name in self._names():
            if name.resolve() == Path(self._path).resolve():
                _log.warning(
                    "%s may be another board's once something is plugged in or out: "
                    "name it serial://%s, which stays",
                    self.name,
                    name,
                )


def _permission(path: str) -> str:
    """What to do so that this user may open a port."""
    rule = (
        'put `SUBSYSTEM=="tty", TAG+="uaccess"` into /etc/udev/rules.d/60-emgd.rules and plug the '
        "board in again: whoever sits at this PC may use it then"
    )
    group = Path(path).stat().st_gid
    if group == 0:  # joining root's group is no cure
        return f"To allow it, {rule}"
    name = grp.getgrgid(group).gr_name
    user = pwd.getpwuid(os.geteuid()).pw_name
    return f"Once `sudo usermod -aG {name} {user}`, then log out and in again; or {rule}"
