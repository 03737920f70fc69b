"""One line to a host, over whatever it came in."""

import contextlib
import select
import time

from boardsim.doors import Handle


class Line:
    """What is sent waits in a buffer until the line takes it; nothing here ever waits."""

    def __init__(self, handle: Handle, *, single_bytes: bool = False) -> None:
        self._handle = handle
        self._single_bytes = single_bytes
        self._out = bytearray()

    def fileno(self) -> int:
        """For select."""
        return self._handle.fileno()

    @property
    def backlog(self) -> int:
        """Bytes that the line has not taken yet."""
        return len(self._out)

    def send(self, data: bytes) -> None:
        """Put bytes behind those that wait."""
        self._out += data

    def flush(self) -> None:
        """Give the line what it takes; ConnectionError when the line is down."""
        try:
            if self._single_bytes:
                self._flush_single()
            elif self._out:
                del self._out[: self._handle.send(self._out)]
        except BlockingIOError:
            pass
        except OSError as error:
            raise ConnectionError from error

    def _flush_single(self) -> None:
        sent = 0
        try:
            for sent in range(len(self._out)):
                self._handle.send(self._out[sent : sent + 1])
            sent = len(self._out)
        finally:
            del self._out[:sent]

    def read(self) -> bytes | None:
        """Give what has come, b"" for nothing, None when the other side closed the line.

        ConnectionError when the line is down.
        """
        try:
            return self._handle.recv(65536) or None
        except BlockingIOError:
            return b""
        except OSError as error:  # also time-outs and unreachable hosts
            raise ConnectionError from error

    def drain(self, seconds: float) -> None:
        """Wait until the line has taken everything, at most so long."""
        until = time.monotonic() + seconds
        with contextlib.suppress(OSError):
            while self._out and (left := until - time.monotonic()) > 0:
                select.select([], [self._handle], [], left)
                self.flush()
        self._out.clear()

    def close(self) -> None:
        """End the line; bytes that it took are still delivered."""
        self._handle.close()
