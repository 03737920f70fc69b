"""A board typed by hand with a link to it, and a link whose board is the test itself."""

import socket
from collections.abc import Iterator

import pytest
from mcubridge.link import Link
from support.hand_board import HandBoard
from support.links import linked, no_idle
from support.tcp_pair import tcp_pair


@pytest.fixture
def board() -> Iterator[HandBoard]:
    with HandBoard() as made:
        yield made


@pytest.fixture
def link(board: HandBoard) -> Iterator[Link]:
    with linked(board) as made:
        yield made


@pytest.fixture
def pair() -> Iterator[tuple[Link, socket.socket]]:
    """A link whose board is the test itself."""
    with tcp_pair() as (line, theirs):
        link = Link(line, no_idle)
        assert theirs.recv(1) == b"\0"
        yield link, theirs
