"""A line between board and daemon that spoils the bytes of chosen packets."""

import contextlib
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from boardsim.framing import unframe
from boardsim.messages import DATA

Spoil = Callable[[int, bytes], bytes]  # place of the packet and its frame -> what goes on


class SpoiledLine:
    """Listens for the daemon, dials the board, and carries bytes both ways for one connection."""

    def __init__(self, board: tuple[str, int], spoil: Spoil) -> None:
        self._board = board
        self._spoil = spoil
        self._packets = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = "tcp://{}:{}".format(*self._listening.getsockname())
        self._ends: list[socket.socket] = [self._listening]
        self._threads = [threading.Thread(target=self._run, daemon=True)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for end in self._ends:
            end.close()

    def _run(self) -> None:
        try:
            host, _ = self._listening.accept()
        except OSError:
            return
        board = socket.create_connection(self._board)
        self._ends += [host, board]
        for end in (host, board):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        back = threading.Thread(target=_carry, args=(host, board), daemon=True)
        self._threads.append(back)
        back.start()
        self._to_host(board, host)

    def _to_host(self, board: socket.socket, host: socket.socket) -> None:
        rest = b""
        with contextlib.suppress(OSError):
            while received := board.recv(1 << 16):
                *whole, rest = (rest + received).split(b"\0")
                host.sendall(b"".join(self._pass(frame) for frame in whole))

    def _pass(self, stuffed: bytes) -> bytes:
        message = unframe(stuffed)
        frame = stuffed + b"\0"
        if not message or message[0] != DATA:
            return frame
        self._packets += 1
        return self._spoil(self._packets - 1, frame)


def _carry(come: socket.socket, go: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while received := come.recv(1 << 16):
            go.sendall(received)
