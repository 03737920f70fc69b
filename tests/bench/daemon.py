"""A daemon as a process, and a subscriber that reads all it says."""

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

import msgpack
import zmq


class Running:
    def __init__(self, source: str, *options: str) -> None:
        self._folder = TemporaryDirectory()
        self._context = zmq.Context()
        self._subscriber = self._context.socket(zmq.SUB)
        self._subscriber.setsockopt(zmq.RCVHWM, 0)
        self._subscriber.subscribe(b"")
        endpoint = f"ipc://{self._folder.name}/stream"
        self._subscriber.connect(endpoint)
        self.began = time.monotonic()
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "emgd", "run", "--source", source),
                *("--stream", endpoint, "--control", f"ipc://{self._folder.name}/control"),
                *("--log-level", "error", *options),
            ]
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.wait()
        self._context.destroy(linger=0)
        self._folder.cleanup()

    def next(self, topic: bytes, timeout_s: float = 60) -> tuple[dict[str, object], bytes]:
        """The next message of a topic, whatever else comes before it."""
        until = time.monotonic() + timeout_s
        while self._subscriber.poll(max(0, int((until - time.monotonic()) * 1000))):
            got, header, payload = self._subscriber.recv_multipart()
            if got == topic:
                return msgpack.unpackb(header), payload
        raise TimeoutError(f"no {topic!r} within {timeout_s} s")

    def first_sample(self) -> float:
        """Seconds from the start of the process to the first samples at a subscriber."""
        self.next(b"raw")
        return time.monotonic() - self.began

    def drain(self, seconds: float) -> Counter[bytes]:
        seen: Counter[bytes] = Counter()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self._subscriber.poll(100):
                seen[self._subscriber.recv_multipart()[0]] += 1
        return seen


def cpu_s(pid: int) -> float:
    """Processor time of all threads of a process so far, by the scheduler's own count."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9
