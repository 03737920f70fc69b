"""A program under test: its lines as they come, and an end that leaves nothing behind."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

WITHIN_S = 20.0  # for what takes well under a second on an idle machine


def wait_until(true: Callable[[], bool], what: str, within_s: float = WITHIN_S) -> None:
    """Look again and again until it is so; fails with what did not come to be."""
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, f"not within {within_s:g} s: {what}"
        time.sleep(0.005)


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def children(pid: int) -> list[int]:
    """The processes that a process started."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def resident_kb(pid: int) -> int:
    """How much memory a process has."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.partition("VmRSS:")[2].split()[0])


def listening_port(pid: int, *others: str) -> int | None:
    """The TCP port on which a process listens, beside those endpoints, as the kernel tells it."""
    inodes = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            target = str(entry.readlink())
            inodes.add(target.removeprefix("socket:[").removesuffix("]"))
    for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        port = int(fields[1].rpartition(":")[2], 16)
        known = any(other.endswith(f":{port}") for other in others)
        if fields[3] == "0A" and fields[9] in inodes and not known:
            return port
    return None


class Program:
    """A Python module run as a program; used with `with`."""

    def __init__(
        self,
        module: str,
        *arguments: str | Path,
        environment: Mapping[str, str] | None = None,
        stdin: int = subprocess.DEVNULL,
    ) -> None:
        self.lines: list[str] = []
        self._news = threading.Condition()
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *map(str, arguments)],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **(environment or {})},
            start_new_session=True,  # Ctrl-C in the tests is theirs alone
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def said(self) -> str:
        """All it wrote so far, on both outputs."""
        return "\n".join(self.lines)

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def wait_for_line(self, pattern: str, within_s: float = WITHIN_S) -> re.Match[str]:
        """The first line in which the pattern is found."""
        deadline = time.monotonic() + within_s
        looked_at = 0
        while True:
            with self._news:
                if looked_at == len(self.lines):
                    left = deadline - time.monotonic()
                    assert left > 0, f"no line {pattern!r} within {within_s:g} s:\n{self.said}"
                    assert self.running or self._reader.is_alive(), f"it ended:\n{self.said}"
                    self._news.wait(min(left, 0.1))
                    continue
            found = re.search(pattern, self.lines[looked_at])
            looked_at += 1
            if found:
                return found

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def wait(self, within_s: float = WITHIN_S) -> int:
        """Its exit status, once it has ended."""
        try:
            status = self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still there after {within_s:g} s:\n{self.said}") from None
        self._reader.join(within_s)
        return status

    def end(self) -> int:
        """Ask it to end, as systemd does, and give its exit status."""
        if self.running:
            self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join(WITHIN_S)
        if self._process.stdin:
            self._process.stdin.close()

    def ready(self) -> None:
        """Wait until it does its work."""

    def __enter__(self) -> Self:
        try:
            self.ready()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.kill()
        if error is not None:
            print(f"-- {' '.join(map(str, self._process.args))}\n{self.said}")  # type: ignore[arg-type]  # a list, as given

    def _read(self) -> None:
        assert self._process.stdout
        with self._process.stdout as lines:
            for line in lines:
                with self._news:
                    self.lines.append(line.rstrip("\n"))
                    self._news.notify_all()


def arguments_of(options: Mapping[str, object]) -> Sequence[str]:
    """`rate=500, ramp=True, fault=["bytes"]` as --rate=500 --ramp --fault=bytes."""
    words = []
    for name, value in options.items():
        for one in value if isinstance(value, (list, tuple)) else [value]:
            option = f"--{name.replace('_', '-')}"
            words += [option] if one is True else [f"{option}={one}"]
    return words
