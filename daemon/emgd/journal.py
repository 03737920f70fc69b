"""The journal's own protocol: a log line with its level and its fields, in one datagram."""

import logging
import os
import socket
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

SOCKET = "/run/systemd/journal/socket"
_PRIORITIES = (
    (logging.CRITICAL, 2),
    (logging.ERROR, 3),
    (logging.WARNING, 4),
    (logging.INFO, 6),
)
_DEBUG = 7


def priority(level: int) -> int:
    """A level of Python's as one of syslog's."""
    return next((syslog for least, syslog in _PRIORITIES if level >= least), _DEBUG)


def journal_reads(descriptor: int, environ: Mapping[str, str]) -> bool:
    """Whether what is written to this descriptor goes to the journal, by sd-journald(8)."""
    try:
        found = os.fstat(descriptor)
    except OSError:
        return False
    return environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


class JournalHandler(logging.Handler):
    """Sends each record with its fields; what the journal does not take goes to `otherwise`."""

    def __init__(self, otherwise: logging.Handler, path: str | Path = SOCKET) -> None:
        super().__init__()
        self._path = str(path)
        self._otherwise = otherwise
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def emit(self, record: logging.LogRecord) -> None:
        """Send one record; never waits."""
        try:
            message = b"".join(_encoded(name, value) for name, value in _fields(self, record))
            self._socket.sendto(message, self._path)
        except OSError:
            self._otherwise.handle(record)
        except Exception:  # noqa: BLE001  # as logging's own handlers do it
            self.handleError(record)

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()
        super().close()


def _fields(handler: logging.Handler, record: logging.LogRecord) -> Iterator[tuple[str, Any]]:
    yield "MESSAGE", handler.format(record)
    yield "PRIORITY", priority(record.levelno)
    yield "SYSLOG_IDENTIFIER", "emgd"
    yield "CODE_FILE", record.pathname
    yield "CODE_LINE", record.lineno
    yield "CODE_FUNC", record.funcName
    yield "THREAD_NAME", record.threadName
    for name, value in getattr(record, "fields", {}).items():
        yield f"EMGD_{name.upper()}", value


def _encoded(name: str, value: Any) -> bytes:
    """One field; a value with a line's end in it is told by its length."""
    data = str(value).encode(errors="replace")
    if b"\n" not in data:
        return name.encode() + b"=" + data + b"\n"
    return name.encode() + b"\n" + struct.pack("<Q", len(data)) + data + b"\n"
