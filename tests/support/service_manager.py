"""The service manager's end of NOTIFY_SOCKET, as sd_notify(3) describes it."""

import socket
import threading
import time
from pathlib import Path
from typing import NamedTuple

from support.process import WITHIN_S, wait_until


class Told(NamedTuple):
    at_s: float  # monotonic
    fields: dict[str, str]


class ServiceManager:
    """Takes down what a service says, and when."""

    def __init__(self, folder: Path, watchdog_s: float | None = None) -> None:
        self.told: list[Told] = []
        self._path = folder / "notify"
        self._watchdog_s = watchdog_s
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self._path))
        self._socket.settimeout(0.05)
        self._open = True
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    @property
    def environment(self) -> dict[str, str]:
        """What a service is started with."""
        watchdog = {"WATCHDOG_USEC": str(round(self._watchdog_s * 1e6))} if self._watchdog_s else {}
        return {"NOTIFY_SOCKET": str(self._path), **watchdog}

    def values(self, field: str) -> list[str]:
        return [told.fields[field] for told in list(self.told) if field in told.fields]

    def times_s(self, field: str) -> list[float]:
        return [told.at_s for told in list(self.told) if field in told.fields]

    def wait_for(self, field: str, words: str, within_s: float = WITHIN_S) -> None:
        wait_until(
            lambda: any(words in value for value in self.values(field)),
            f"{field} with {words!r} (told: {self.told[-3:]})",
            within_s,
        )

    def close(self) -> None:
        self._open = False
        self._thread.join()
        self._socket.close()

    def __enter__(self) -> "ServiceManager":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _listen(self) -> None:
        while self._open:
            try:
                words = self._socket.recv(65536).decode()
            except TimeoutError:
                continue
            fields = dict(line.partition("=")[::2] for line in words.splitlines())
            self.told.append(Told(time.monotonic(), fields))
