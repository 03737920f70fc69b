"""A board that was reset has another clock: what it sent before is timed by the one it had."""

import socket
import time

from mcubridge.link import Link
from support import spec_wire as wire
from support.links import pump_until, say


def test_a_reset_boards_ping_does_not_move_the_clock_of_what_came_before(
    pair: tuple[Link, socket.socket],
) -> None:
    link, theirs = pair
    ping(link, theirs, board_us=10_000_000)
    pump_until(link, lambda: link.clock.ready)
    before_ns = link.clock.to_host_ns(10_000_000)
    link.ping()
    tag, sent_ns = asked(theirs)
    say(
        theirs,
        wire.data(0, 10_000_000, 1, bytes(27)),
        wire.hello(0),
        wire.reply(tag, 0, sent_ns + wire.u64(13_000_000)),  # later, so it looks like the old clock
        wire.data(0, 13_000_100, 1, bytes(27)),
    )
    pump_until(link, lambda: len(link.data) == 2)
    assert link.rebooted
    assert link.clock.to_host_ns(10_000_000) == before_ns


def ping(link: Link, theirs: socket.socket, board_us: int) -> None:
    link.ping()
    tag, sent_ns = asked(theirs)
    say(theirs, wire.reply(tag, 0, sent_ns + wire.u64(board_us)))


def asked(theirs: socket.socket) -> tuple[int, bytes]:
    """Tag and host time of a PING."""
    received = b""
    deadline = time.monotonic() + 5
    while not received.endswith(b"\0"):
        assert time.monotonic() < deadline
        received += theirs.recv(100)
    message = wire.unframe(received[:-1])
    assert message is not None
    assert message[0] == 0x87
    return message[1], message[2:]
