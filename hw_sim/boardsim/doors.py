"""Where hosts come in: a TCP port, a host that is dialled, or a pseudo-terminal."""

import errno
import os
import select
import socket
import tty
from pathlib import Path
from typing import Protocol

_REDIAL_S = 0.2
_BACKLOG = 8
_LOOK_S = 0.02  # a terminal says when its host leaves, but not when one comes

SEND_BUFFER = 1 << 18  # bytes that the kernel keeps beside those of the board


class Handle(Protocol):
    """What a line reads and writes: a socket, or something like it."""

    def fileno(self) -> int:
        """For select."""

    def send(self, data: bytes | bytearray, /) -> int:
        """Write what fits; BlockingIOError where nothing does."""

    def recv(self, size: int, /) -> bytes:
        """Read what is there; empty at the end of the line."""

    def close(self) -> None:
        """End the line."""


class Door(Protocol):
    """One way in. A door is open or shut; a line goes through an open one."""

    look_s: float | None  # how often to look for a host that nothing announces

    @property
    def url(self) -> str:
        """As hosts name it."""

    def watched(self) -> list[int]:
        """Descriptors that become readable when a host is there."""

    def open(self) -> None:
        """Let hosts come, if none could."""

    def shut(self) -> None:
        """Let nobody come, and cut who is there; safe to call twice."""

    def close(self) -> None:
        """Give everything back; safe to call twice."""

    def admit(self, busy: bool) -> Handle | None:
        """Give the line of a host that is there; one that comes while busy is refused."""


class TcpListener:
    """Waits for hosts at an address; port 0 becomes a free one, and stays it."""

    look_s: float | None = None

    def __init__(self, address: tuple[str, int]) -> None:
        self.address = address
        self._socket: socket.socket | None = None
        self._parked: socket.socket | None = None  # holds the port while nobody may connect
        self.open()

    @property
    def url(self) -> str:
        """tcp://HOST:PORT."""
        return "tcp://{}:{}".format(*self.address)

    def watched(self) -> list[int]:
        """The listening socket."""
        return [self._socket.fileno()] if self._socket else []

    def open(self) -> None:
        """Listen."""
        if self._socket is None:
            self._socket, self._parked = self._parked or _bound(self.address), None
            self._socket.listen(_BACKLOG)
            self.address = self._socket.getsockname()[:2]

    def shut(self) -> None:
        """Listen no longer, and keep the port."""
        if self._socket:
            self._socket.close()
            self._socket = None
            self._parked = _bound(self.address)

    def close(self) -> None:
        """Give the port back."""
        for sock in (self._socket, self._parked):
            if sock:
                sock.close()
        self._socket = self._parked = None

    def admit(self, busy: bool) -> Handle | None:
        """Accept, and hang up at once while busy."""
        if self._socket is None:
            return None
        try:
            sock, _ = self._socket.accept()
        except (BlockingIOError, ConnectionError):  # whoever called has left again
            return None
        if busy:
            sock.close()
            return None
        return _prepared(sock)


class TcpDialler:
    """Dials a host, again and again."""

    look_s: float | None = _REDIAL_S

    def __init__(self, address: tuple[str, int]) -> None:
        self.address = address

    @property
    def url(self) -> str:
        """tcp://HOST:PORT."""
        return "tcp://{}:{}".format(*self.address)

    def watched(self) -> list[int]:
        """Nothing announces a host."""
        return []

    def open(self) -> None:
        """There is nothing to open."""

    def shut(self) -> None:
        """There is nothing to shut."""

    def close(self) -> None:
        """There is nothing to give back."""

    def admit(self, busy: bool) -> Handle | None:
        """Dial."""
        if busy:
            return None
        try:
            return _prepared(socket.create_connection(self.address, timeout=2.0))
        except OSError:
            return None


def _bound(address: tuple[str, int]) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setblocking(False)
    sock.bind(address)
    return sock


def _prepared(sock: socket.socket) -> socket.socket:
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)  # or it grows without limit
    return sock


class Terminal:
    """A pseudo-terminal that a host opens like a serial port.

    `link` is a path that always leads to it, as those under /dev/serial/by-id do; while the door
    is shut, the board is unplugged: the terminal and the link are gone.
    """

    look_s: float | None = _LOOK_S

    def __init__(self, link: Path | None) -> None:
        self._link = link
        self._master = -1
        self._path = ""
        self.open()

    @property
    def url(self) -> str:
        """serial://PATH."""
        return f"serial://{self._link or self._path}"

    def watched(self) -> list[int]:
        """Nothing announces a host."""
        return []

    def open(self) -> None:
        """Plug the board in."""
        if self._master >= 0:
            return
        self._master, slave = os.openpty()
        self._path = os.ttyname(slave)
        tty.setraw(slave)
        os.close(slave)
        os.set_blocking(self._master, False)
        if self._link:
            self._link.unlink(missing_ok=True)
            self._link.symlink_to(self._path)

    def shut(self) -> None:
        """Pull the cable."""
        if self._master >= 0:
            os.close(self._master)
            self._master = -1
            if self._link:
                self._link.unlink(missing_ok=True)

    def close(self) -> None:
        """Pull the cable."""
        self.shut()

    def admit(self, busy: bool) -> Handle | None:
        """Give the terminal when somebody has opened its other end."""
        poll = select.poll()
        poll.register(self._master, select.POLLIN)
        left = any(event & select.POLLHUP for _, event in poll.poll(0))
        return None if busy or left else TerminalLine(self._master)


class TerminalLine:
    """The board's end of a pseudo-terminal, used like a socket; the door keeps it open."""

    def __init__(self, master: int) -> None:
        self._master = master

    def fileno(self) -> int:
        """For select."""
        return self._master

    def send(self, data: bytes | bytearray) -> int:
        """Write what fits."""
        return os.write(self._master, data)

    def recv(self, size: int) -> bytes:
        """Read what is there; EIO says that the host closed its end."""
        try:
            return os.read(self._master, size)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return b""

    def close(self) -> None:
        """Leave it to the door."""
