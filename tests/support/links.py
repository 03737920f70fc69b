"""A link to a board typed by hand, and waiting for what is to come."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mcubridge.line import Dial
from mcubridge.link import Link
from support import spec_wire as wire
from support.hand_board import HandBoard


def no_idle() -> None:
    """Nothing to do while waiting."""


@contextmanager
def linked(board: HandBoard, idle: Callable[[], None] = no_idle) -> Iterator[Link]:
    line = Dial("127.0.0.1", board.port).open(5.0)
    assert line is not None
    link = Link(line, idle)
    board.await_line()
    try:
        yield link
    finally:
        link.close()


def pump_until(link: Link, ready: Callable[[], object], within_s: float = 5.0) -> None:
    deadline = time.monotonic() + within_s
    while not ready():
        assert time.monotonic() < deadline, "it did not come"
        link.pump(0.02)


def say(line: socket.socket, *messages: bytes) -> None:
    line.sendall(b"".join(wire.frame(message) for message in messages))
