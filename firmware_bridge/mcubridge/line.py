"""A line to a board, and opening one by TCP. Bytes only, nothing of what they mean."""

import contextlib
import errno
import ipaddress
import logging
import os
import select
import socket
import time
from collections.abc import Sequence
from typing import Protocol

_CHUNK = 1 << 16
_DIAL_S = 3.0  # the kernel's own tries get rarer and rarer: a board that comes up is found sooner
_OUT_LIMIT = 1 << 16  # a board that reads nothing must not make the host wait or grow

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_log = logging.getLogger(__name__)


class LineDown(Exception):
    """The line is not there, or no longer; the sentence says which and why."""


class Line(Protocol):
    """An open line to a board."""

    name: str

    def read(self, timeout_s: float) -> bytes:
        """Give what has come, at the latest after the time-out; raises LineDown at its end."""

    def write(self, data: bytes) -> bool:
        """Send without waiting; False where the other side takes no bytes. Never raises."""

    def close(self) -> None:
        """Give the line back; safe to call twice."""


class Opener(Protocol):
    """Opens the same line again and again."""

    name: str

    def open(self, timeout_s: float) -> Line | None:
        """Give an open line, None where none came in time; raises LineDown where it is refused."""

    def close(self) -> None:
        """Stop whatever waits for a line."""


class Closeable(Protocol):
    """What holds a file descriptor."""

    def fileno(self) -> int:
        """Give the descriptor; OSError or -1 once it is closed."""

    def close(self) -> None:
        """Close it; safe to call twice."""


class DescriptorLine:
    """A line over an open descriptor that does not block; `ended` says what its end means.

    A write that finds the end leaves it to `read` to tell: what came before is still to be read.
    """

    def __init__(self, owner: Closeable, name: str, ended: str) -> None:
        self.name = name
        self._owner = owner
        self._ended = ended
        self._out = bytearray()
        self._failure = ""  # why a write found the line at its end
        self._poll = select.poll()
        self._poll.register(owner, select.POLLIN)

    def read(self, timeout_s: float) -> bytes:
        """Give what has come, at the latest after the time-out; raises LineDown at its end."""
        if self._out:
            self._flush()
        if not self._poll.poll(timeout_s * 1000):
            return b""
        try:
            data = os.read(self._owner.fileno(), _CHUNK)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise LineDown(f"{self.name}: {self._words(error)}") from error
        if not data:
            raise LineDown(f"{self.name}: {self._failure or self._ended}")
        return data

    def write(self, data: bytes) -> bool:
        """Send without waiting; False where the other side takes no bytes. Never raises."""
        if self._failure or len(self._out) + len(data) > _OUT_LIMIT:
            return False
        self._out += data
        self._flush()
        return not self._failure

    def _flush(self) -> None:
        try:
            del self._out[: os.write(self._owner.fileno(), self._out)]
        except BlockingIOError:
            pass
        except OSError as error:
            self._failure = self._words(error)
            self._out.clear()

    def _words(self, error: OSError) -> str:
        """A terminal that hangs up says EIO."""
        return self._ended if error.errno == errno.EIO else error.strerror or str(error)

    def close(self) -> None:
        """Give the line back; safe to call twice."""
        self._owner.close()


class SocketLine(DescriptorLine):
    """A connected TCP socket."""

    def __init__(self, connected: socket.socket, name: str) -> None:
        connected.setblocking(False)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().__init__(connected, name, "the board closed the connection")


class Dial:
    """tcp://host:port: the PC dials the board.

    Where a name has several addresses (localhost is ::1 and 127.0.0.1), each try takes the next.
    """

    def __init__(self, host: str, port: int) -> None:
        self.name = f"tcp://{host}:{port}"
        self._address = (host, port)
        self._pending: socket.socket | None = None
        self._deadline = 0.0
        self._tries = 0

    def open(self, timeout_s: float) -> Line | None:
        """Go on dialling for the given time; the call under way is kept for the next try."""
        if self._pending is None:
            self._pending = self._dial()
            self._deadline = time.monotonic() + _DIAL_S
        poll = select.poll()
        poll.register(self._pending, select.POLLOUT)
        if not poll.poll(timeout_s * 1000):
            if time.monotonic() > self._deadline:
                self.close()
                raise LineDown(f"{self.name}: {errno_words(errno.ETIMEDOUT)}")
            return None
        connected, self._pending = self._pending, None
        failure = connected.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if failure:
            connected.close()
            raise LineDown(f"{self.name}: {errno_words(failure)}")
        return SocketLine(connected, self.name)

    def _dial(self) -> socket.socket:
        host, port = self._address
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            family, kind, proto, _, address = found[self._tries % len(found)]
            self._tries += 1
            dialling = socket.socket(family, kind, proto)
        except OSError as error:
            raise LineDown(f"{self.name}: no address for {host!r} ({error.strerror})") from error
        dialling.setblocking(False)
        failure = dialling.connect_ex(address)
        if failure not in (0, errno.EINPROGRESS):
            dialling.close()
            raise LineDown(f"{self.name}: {errno_words(failure)}")
        return dialling

    def close(self) -> None:
        """Drop the call under way."""
        if self._pending is not None:
            self._pending.close()
            self._pending = None


class Listen:
    """tcp-listen://address:port: the PC listens and one board dials in.

    While a board is connected nothing listens, so that a second one is refused by the kernel. Where
    `allowed` names networks, whoever dials in from elsewhere is hung up on before a byte is read.
    """

    def __init__(self, address: str, port: int, allowed: Sequence[Network] = ()) -> None:
        self.name = f"tcp-listen://{address}:{port}"
        self._address = (address, port)
        self._allowed = allowed
        self._listening: socket.socket | None = None

    @property
    def port(self) -> int:
        """The port in use: the one asked for, or the one that the kernel chose for 0."""
        return self._address[1]

    def open(self, timeout_s: float) -> Line | None:
        """Listen for the given time; the listening goes on until a board has dialled in."""
        if self._listening is None:
            self._listening = self._listen()
        poll = select.poll()
        poll.register(self._listening, select.POLLIN)
        if not poll.poll(timeout_s * 1000):
            return None
        try:
            connected, peer = self._listening.accept()
        except OSError:  # dialled in and gone again before it was taken
            return None
        if not self._welcome(peer[0]):
            connected.close()
            return None
        self.close()
        return SocketLine(connected, f"{self.name} (board at {peer[0]}:{peer[1]})")

    def _welcome(self, peer: str) -> bool:
        address = ipaddress.ip_address(peer.partition("%")[0])
        if not self._allowed or any(address in network for network in self._allowed):
            return True
        _log.warning("%s: %s dialled in and may not: it is in none of ?allow=", self.name, peer)
        return False

    def _listen(self) -> socket.socket:
        address, port = self._address
        try:
            listening = socket.create_server((address, port), backlog=1)
        except OSError as error:
            raise LineDown(f"{self.name}: cannot listen ({error.strerror or error})") from error
        listening.setblocking(False)
        self._address = (address, listening.getsockname()[1])
        return listening

    def close(self) -> None:
        """Stop listening; who is still in the queue is refused."""
        if self._listening is not None:
            with contextlib.suppress(OSError):
                self._listening.close()
            self._listening = None


def errno_words(code: int) -> str:
    """Say what an error number of a connection means to the person at the PC."""
    return {
        errno.ECONNREFUSED: "connection refused (is the board on, and is this its port?)",
        errno.EHOSTUNREACH: "no route to the board (is it on the same network?)",
        errno.ENETUNREACH: "no route to the board (is this PC on its network?)",
        errno.ETIMEDOUT: "the board does not answer (is it on, and is the address right?)",
        errno.EPERM: "not permitted (a service needs IPAddressAllow= for the board's address)",
    }.get(code, errno.errorcode.get(code, str(code)))
