"""systemd's notify socket: ready, status, watchdog. Without a service manager it does nothing."""

import contextlib
import os
import socket
import time
from collections.abc import Callable, Mapping

_FEEDS_PER_PERIOD = 4


class Notifier:
    """Tells the service manager how things are; never waits and never raises."""

    def __init__(
        self,
        address: str = "",
        watchdog_s: float | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._monotonic = monotonic
        self._feed_s = watchdog_s / _FEEDS_PER_PERIOD if watchdog_s else None
        self._next_feed = 0.0
        self._status = ""
        self._ready = False
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) if address else None
        if self._socket is not None:
            self._socket.setblocking(False)

    def feed(self) -> None:
        """Say that the calling thread lives: cheap, so as often as it likes."""
        if self._feed_s is None:
            return
        now = self._monotonic()
        if now >= self._next_feed:
            self._next_feed = now + self._feed_s
            self._send("WATCHDOG=1")

    def tell(self, status: str) -> None:
        """Say in one line what the service does; the first time says that it is up, too."""
        if status == self._status:
            return
        self._status = status
        words = f"STATUS={' '.join(status.split())}"
        self._send(words if self._ready else f"READY=1\n{words}")
        self._ready = True

    def reloading(self) -> None:
        """Say that the settings are read again; `reloaded` follows."""
        if self._ready:
            self._send(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def reloaded(self) -> None:
        """Say that the settings were read, whatever came of it."""
        if self._ready:
            self._send("READY=1")

    def stopping(self) -> None:
        """Say that the service ends because it was asked to."""
        self._send("STOPPING=1")

    def close(self) -> None:
        """Give the socket back."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, words: str) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):  # who does not listen cannot be told
                self._socket.sendto(words.encode(), self._address)


def notifier_of(environ: Mapping[str, str]) -> Notifier:
    """The notifier that the service manager's environment asks for."""
    meant = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    period_us = environ.get("WATCHDOG_USEC", "")
    watchdog_s = int(period_us) / 1e6 if meant and period_us.isdecimal() else None
    return Notifier(environ.get("NOTIFY_SOCKET", ""), watchdog_s or None)
