"""Lines over real sockets: dialled, refused, dialled in, cut, and a board that reads nothing."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from ipaddress import ip_network

import pytest
from mcubridge.line import Dial, Line, LineDown, Listen, Opener
from support.tcp_pair import tcp_pair


@pytest.fixture
def listen() -> Iterator[Listen]:
    opener = Listen("127.0.0.1", 0)
    assert opener.open(0.0) is None
    assert opener.port
    yield opener
    opener.close()


def opened(opener: Opener, within_s: float = 5.0) -> Line:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        line = opener.open(0.05)
        if line is not None:
            return line
    raise AssertionError("no line came up")


def read(line: Line, size: int, within_s: float = 5.0) -> bytes:
    data = b""
    deadline = time.monotonic() + within_s
    while len(data) < size and time.monotonic() < deadline:
        data += line.read(0.05)
    return data


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
        return port


def dial_in(opener: Listen) -> socket.socket:
    return socket.create_connection(("127.0.0.1", opener.port), timeout=5.0)


def test_dial_carries_bytes_both_ways() -> None:
    with socket.create_server(("127.0.0.1", 0)) as board:
        opener = Dial("127.0.0.1", board.getsockname()[1])
        line = opened(opener)
        with board.accept()[0] as theirs:
            theirs.sendall(b"from the board")
            assert read(line, 14) == b"from the board"
            assert line.write(b"to the board")
            assert theirs.recv(100) == b"to the board"
        line.close()
        line.close()


def test_dial_again_and_again_with_the_same_opener() -> None:
    with socket.create_server(("127.0.0.1", 0)) as board:
        opener = Dial("127.0.0.1", board.getsockname()[1])
        for _ in range(3):
            line = opened(opener)
            with board.accept()[0] as theirs:
                theirs.sendall(b"x")
                assert read(line, 1) == b"x"
            line.close()


def test_dial_refused_says_where_and_what_to_look_at() -> None:
    port = free_port()
    with pytest.raises(LineDown, match=rf"tcp://127\.0\.0\.1:{port}: connection refused \(is"):
        opened(Dial("127.0.0.1", port))


def test_dial_a_name_that_nobody_has() -> None:
    with pytest.raises(LineDown, match=r"no address for 'board\.invalid'"):
        opened(Dial("board.invalid", 3000))


def test_dial_goes_through_the_addresses_of_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with localhost, whose first address is ::1, where most boards do not listen."""
    with socket.create_server(("127.0.0.1", 0)) as board:
        port = board.getsockname()[1]
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in ("127.0.0.2", "127.0.0.1")
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        opener = Dial("localhost", port)
        with pytest.raises(LineDown, match="connection refused"):
            opened(opener)
        opened(opener).close()


def test_dial_an_address_of_a_kind_that_the_pc_does_not_have(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Name services give IPv6 addresses to PCs without IPv6 too; no socket can be made of them."""
    odd = [(socket.AF_APPLETALK, socket.SOCK_STREAM, 6, "", ("::1", 3000))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: odd)
    with pytest.raises(LineDown, match=r"tcp://board\.local:3000: .*not supported"):
        opened(Dial("board.local", 3000))


def test_dial_without_an_answer_comes_back_in_time_and_can_be_closed() -> None:
    """A listener whose queue is full lets further calls hang, as a board that is off does."""
    with socket.socket() as board:
        board.bind(("127.0.0.1", 0))
        board.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for sock in waiting:
            sock.setblocking(False)
            sock.connect_ex(board.getsockname())
        opener = Dial("127.0.0.1", board.getsockname()[1])
        before = time.monotonic()
        assert opener.open(0.1) is None
        assert opener.open(0.1) is None  # the same call goes on
        assert 0.15 < time.monotonic() - before < 2.0
        opener.close()
        opener.close()
        for sock in waiting:
            sock.close()


def test_listen_takes_a_board_that_dials_in(listen: Listen) -> None:
    with dial_in(listen) as board:
        line = opened(listen)
        board.sendall(b"hello")
        assert read(line, 5) == b"hello"
        assert line.write(b"yes")
        assert board.recv(10) == b"yes"
        assert f"board at 127.0.0.1:{board.getsockname()[1]}" in line.name
        line.close()


def test_listen_refuses_a_second_board_while_one_is_up_and_takes_it_afterwards(
    listen: Listen,
) -> None:
    with dial_in(listen) as first:
        line = opened(listen)
        with pytest.raises(ConnectionRefusedError):
            dial_in(listen)
        first.sendall(b"still here")
        assert read(line, 10) == b"still here"
    with pytest.raises(LineDown, match="closed the connection"):
        read(line, 1)
    line.close()
    assert listen.open(0.0) is None
    with dial_in(listen) as second:
        line = opened(listen)
        second.sendall(b"me now")
        assert read(line, 6) == b"me now"
        line.close()


def test_of_two_boards_that_dial_at_once_one_is_taken_and_the_other_told(listen: Listen) -> None:
    with dial_in(listen) as first, dial_in(listen) as second:
        line = opened(listen)
        second.settimeout(5.0)
        with pytest.raises(ConnectionResetError):  # told at once, not left to wait
            second.recv(1)
        first.sendall(b"x")
        assert read(line, 1) == b"x"
        line.close()


def test_listen_on_a_port_in_use_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(LineDown, match=rf"127\.0\.0\.1:{port}: cannot listen .*in use"):
            Listen("127.0.0.1", port).open(0.0)


def test_board_that_dials_in_and_is_gone_at_once_does_no_harm(listen: Listen) -> None:
    with dial_in(listen) as board:
        board.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line = opened(listen)
    with pytest.raises(LineDown):
        read(line, 1)
    line.close()
    assert listen.open(0.0) is None
    with dial_in(listen) as board:
        line = opened(listen)
        board.sendall(b"x")
        assert read(line, 1) == b"x"
        line.close()


def test_read_waits_no_longer_than_it_is_told() -> None:
    with tcp_pair() as (line, _):
        before = time.monotonic()
        assert line.read(0.1) == b""
        assert 0.09 < time.monotonic() - before < 1.0


def test_end_of_the_line_is_told_with_its_name() -> None:
    with tcp_pair() as (line, board):
        board.close()
        with pytest.raises(LineDown, match="pair: the board closed the connection"):
            read(line, 1)


@pytest.mark.parametrize("writes", [1, 5])
def test_what_came_before_the_end_is_read_even_when_a_write_found_the_end_first(
    writes: int,
) -> None:
    """A board switched off with a PING unread resets the line; its last samples are here."""
    with tcp_pair() as (line, board):
        board.sendall(b"last samples")
        board.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        board.close()
        for _ in range(writes):
            line.write(b"PING")
        assert read(line, 12) == b"last samples"
        with pytest.raises(LineDown, match="pair: "):
            read(line, 1)


def test_a_board_that_reads_nothing_makes_nobody_wait_or_grow() -> None:
    with tcp_pair() as (line, board):
        before = time.monotonic()
        taken = 0
        while line.write(bytes(1000)):
            taken += 1000
            assert taken < 50_000_000
        assert time.monotonic() - before < 2.0
        assert not line.write(bytes(1000))
        board.sendall(b"but it talks")
        assert read(line, 12) == b"but it talks"

        got = bytearray()
        hearing = threading.Thread(target=lambda: got.extend(drain(board, taken)))
        hearing.start()
        while hearing.is_alive():
            line.read(0.01)  # reading also sends what still waits
        assert len(got) == taken
        assert line.write(b"again")


def drain(sock: socket.socket, size: int) -> bytes:
    got = bytearray()
    while len(got) < size:
        got += sock.recv(1 << 16)
    return bytes(got)


def test_who_is_in_no_allowed_network_is_hung_up_on(caplog: pytest.LogCaptureFixture) -> None:
    opener = Listen("127.0.0.1", 0, (ip_network("127.0.0.2/31"),))
    assert opener.open(0.0) is None
    with dial_in(opener) as stranger:
        stranger.sendall(b"x" * 1000)
        assert opener.open(5.0) is None
        with contextlib.suppress(ConnectionResetError):
            assert stranger.recv(1) == b""
    assert "127.0.0.1 dialled in and may not" in caplog.text
    with socket.socket() as board:
        board.bind(("127.0.0.3", 0))
        board.connect(("127.0.0.1", opener.port))
        line = opened(opener)
        assert "board at 127.0.0.3" in line.name
        line.close()
    opener.close()
