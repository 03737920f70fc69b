"""The daemon as a process: `emgd run`, with its endpoints in a folder of the test's own."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from support.board import Board
from support.control import ask, done
from support.process import Program, listening_port, wait_until
from support.stream import Subscriber

ALL_KEPT = 1_000_000  # messages: no test of counts shall depend on how fast it reads


class Daemon(Program):
    """`emgd run`; ready when it answers."""

    program = "emgd"
    endpoint = "ipc://{folder}/{name}"

    def __init__(
        self,
        folder: Path,
        source: str,
        *options: str,
        environment: Mapping[str, str] | None = None,
        fresh: bool = False,
        **settings: object,
    ) -> None:
        self.stream = self.endpoint.format(folder=folder, name="stream")
        self.control = self.endpoint.format(folder=folder, name="control")
        super().__init__(
            self.program,
            *("run", "--source", source, "--stream", self.stream, "--control", self.control),
            *(f"--set={key.replace('__', '.')}={value}" for key, value in settings.items()),
            *options,
            environment=environment,
            fresh=fresh,
        )

    def ready(self) -> None:
        line = r"stream on ([^,]+).*, control on (.*)"
        found = self.wait_for_line(line, within_s=100)  # kernels may be compiled
        self.stream, self.control = found.groups()

    @property
    def state(self) -> str:
        return str(self.status()["state"])

    def status(self) -> dict[str, Any]:
        return done(self.control, "status")

    def ask(self, do: str, **fields: object) -> dict[str, Any]:
        return ask(self.control, do, **fields)

    def utc_offset_ns(self) -> int:
        """UTC less the monotonic clock as the daemon keeps it: by the quickest of some answers."""
        tries = []
        for _ in range(30):
            asked_ns = time.monotonic_ns()
            told_ns = done(self.control, "clock")["t_ns"]
            answered_ns = time.monotonic_ns()
            tries.append((answered_ns - asked_ns, told_ns - (asked_ns + answered_ns) // 2))
        return int(min(tries)[1])

    def wait_for_state(self, state: str) -> None:
        wait_until(lambda: self.state == state, f"state {state}")

    def subscribe(self, *topics: str) -> Subscriber:
        return Subscriber(self.stream, *topics)

    def listening(self) -> Subscriber:
        """A subscriber to everything, whose subscription has been granted: something came."""
        subscriber = self.subscribe()
        try:
            subscriber.take()
        except BaseException:
            subscriber.close()
            raise
        return subscriber


class Waiting(Daemon):
    """A daemon to which boards dial in, so that a subscriber can be there before the board."""

    def __init__(
        self,
        folder: Path,
        *options: str,
        environment: Mapping[str, str] | None = None,
        **settings: object,
    ) -> None:
        settings = {"publish__hwm": ALL_KEPT, **settings}
        super().__init__(
            folder, "tcp-listen://127.0.0.1:0", *options, environment=environment, **settings
        )

    def listening(self) -> Subscriber:
        """A subscriber that knows the daemon's counts before the test's first board."""
        subscriber = super().listening()
        try:
            if not subscriber.of("health"):
                subscriber.next("health")
        except BaseException:
            subscriber.close()
            raise
        return subscriber

    def board(self, folder: Path, **options: object) -> Board:
        """A board that dials in."""
        wait_until(lambda: self.port_for_boards is not None, "a port for boards")
        return Board(folder, dial=f"127.0.0.1:{self.port_for_boards}", **options)

    @property
    def port_for_boards(self) -> int | None:
        """Where it listens, beside its own endpoints."""
        return listening_port(self.pid, self.stream, self.control)
