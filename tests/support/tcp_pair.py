"""Both ends of a real TCP connection: ours as a line, the board's as a plain socket."""

import contextlib
import socket
from collections.abc import Iterator

from mcubridge.line import SocketLine


@contextlib.contextmanager
def tcp_pair() -> Iterator[tuple[SocketLine, socket.socket]]:
    """Connect over loopback; both ends are closed at the end."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        ours = socket.create_connection(listening.getsockname())
        theirs, _ = listening.accept()
    line = SocketLine(ours, "pair")
    theirs.settimeout(5.0)
    try:
        with theirs:
            yield line, theirs
    finally:
        line.close()
