"""One TCP line: a connected socket that never blocks."""

import contextlib
import socket


class Line:
    """What is sent waits in a buffer until the socket takes it."""

    def __init__(self, sock: socket.socket, *, single_bytes: bool = False) -> None:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = sock
        self._single_bytes = single_bytes
        self._out = bytearray()

    def fileno(self) -> int:
        """For select."""
        return self._socket.fileno()

    @property
    def backlog(self) -> int:
        """Bytes that the socket has not taken yet."""
        return len(self._out)

    def send(self, data: bytes) -> None:
        """Put bytes behind those that wait."""
        self._out += data

    def flush(self) -> None:
        """Give the socket what it takes; ConnectionError when the line is down."""
        try:
            if self._single_bytes:
                self._flush_single()
            elif self._out:
                del self._out[: self._socket.send(self._out)]
        except BlockingIOError:
            pass
        except OSError as error:
            raise ConnectionError from error

    def _flush_single(self) -> None:
        sent = 0
        try:
            for sent in range(len(self._out)):
                self._socket.send(self._out[sent : sent + 1])
            sent = len(self._out)
        finally:
            del self._out[:sent]

    def read(self) -> bytes | None:
        """Give what has come, b"" for nothing, None when the other side closed the line.

        ConnectionError when the line is down.
        """
        try:
            return self._socket.recv(65536) or None
        except BlockingIOError:
            return b""
        except OSError as error:  # also time-outs and unreachable hosts
            raise ConnectionError from error

    def drain(self, seconds: float) -> None:
        """Wait until the socket has taken everything, at most so long."""
        self._socket.settimeout(seconds)
        with contextlib.suppress(OSError):
            self._socket.sendall(self._out)
        self._out.clear()

    def close(self) -> None:
        """End the line; bytes that the socket took are still delivered."""
        self._socket.close()
