"""A serial port over a real pseudo-terminal: bytes, exclusiveness, faults and their sentences."""

import grp
import os
import termios
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
from mcubridge.line import Line, LineDown
from mcubridge.port import Port

EVERY_BYTE = bytes(range(256))


class Board:
    """The other end of the cable."""

    def __init__(self, link: Path) -> None:
        self.link = link
        self.plug_in()

    def plug_in(self) -> None:
        self.end, slave = os.openpty()
        tty.setraw(slave)
        self.path = os.ttyname(slave)
        self._slave: int | None = slave  # open, so that the terminal's settings can be looked at
        self.link.symlink_to(self.path)

    def unplug(self) -> None:
        self.link.unlink()
        self.close()

    def close(self) -> None:
        if self._slave is not None:
            os.close(self.end)
            os.close(self._slave)
            self._slave = None


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    made = Board(tmp_path / "usb-board")
    yield made
    made.close()


def opened(port: Port) -> Line:
    line = port.open(0.0)
    assert line is not None
    return line


def take(line: Line, size: int) -> bytes:
    """So many bytes, in however many pieces."""
    got = b""
    deadline = time.monotonic() + 10
    while len(got) < size:
        assert time.monotonic() < deadline, f"{len(got)} of {size} bytes"
        got += line.read(0.1)
    return got


def test_every_byte_goes_through_both_ways_unchanged(board: Board) -> None:
    """No echo, no line ends turned round, no flow control characters taken out."""
    line = opened(Port(str(board.link)))
    os.write(board.end, EVERY_BYTE)
    assert take(line, 256) == EVERY_BYTE
    assert line.write(EVERY_BYTE)
    assert os.read(board.end, 4096) == EVERY_BYTE
    assert line.read(0.0) == b""
    line.close()
    line.close()


def test_a_board_that_reads_nothing_makes_nobody_wait(board: Board) -> None:
    line = opened(Port(str(board.link)))
    began = time.monotonic()
    taken = 0
    while line.write(bytes(1000)):
        taken += 1000
        assert taken < 1_000_000, "no end to what is kept"
    assert time.monotonic() - began < 1.0
    line.close()


def test_a_second_program_is_kept_out_and_told_why(board: Board) -> None:
    line = opened(Port(str(board.link)))
    with pytest.raises(LineDown, match=r"another program has .*usb-board open: .*fuser -v"):
        Port(str(board.link)).open(0.0)
    line.close()
    opened(Port(str(board.link))).close()


def test_the_port_is_exclusive_and_keeps_dtr_when_closed(board: Board) -> None:
    """TIOCEXCL is on while it is open; without HUPCL a second opening resets no board."""
    line = opened(Port(str(board.link), 115_200))
    settings = termios.tcgetattr(board.end)
    assert not settings[2] & termios.HUPCL
    assert settings[4] == settings[5] == termios.B115200
    line.close()


def test_baud_defaults_to_921600(board: Board) -> None:
    line = opened(Port(str(board.link)))
    assert termios.tcgetattr(board.end)[4] == termios.B921600
    line.close()


def test_unplugged_and_plugged_in_again(board: Board) -> None:
    port = Port(str(board.link))
    line = opened(port)
    board.unplug()
    with pytest.raises(LineDown, match=r"usb-board: the port is gone \(was the board unplugged\?"):
        line.read(1.0)
    assert not line.write(b"x")
    line.close()
    with pytest.raises(LineDown, match=r"there is no .*usb-board"):
        port.open(0.0)
    board.plug_in()
    line = opened(port)
    os.write(board.end, b"back")
    assert take(line, 4) == b"back"
    line.close()


def test_what_is_plugged_in_is_named_where_the_path_is_wrong(board: Board, tmp_path: Path) -> None:
    by_id = tmp_path / "by-id"
    by_id.mkdir()
    (by_id / "usb-Espressif_board-if00").symlink_to(board.path)
    with pytest.raises(LineDown) as caught:
        Port("/dev/ttyUSB99", by_id=by_id).open(0.0)
    assert "there is no /dev/ttyUSB99 (is the board plugged in?" in str(caught.value)
    assert f"there is serial://{by_id}/usb-Espressif_board-if00" in str(caught.value)


@pytest.mark.parametrize("path", ["/dev/null", "/etc/passwd", "/tmp"])
def test_what_is_no_serial_port(path: str) -> None:
    with pytest.raises(LineDown, match=f"serial://{path}: "):
        Port(path).open(0.0)


@pytest.fixture
def closed_to_us(board: Board) -> Iterator[None]:
    """A port that this user may not open; root may open everything, so be somebody else."""
    Path(board.path).chmod(0)
    root = os.geteuid() == 0
    if root:
        os.chown(board.path, -1, grp.getgrnam("tty").gr_gid)
        os.seteuid(65534)
    yield
    if root:
        os.seteuid(0)


def test_a_user_without_the_right_is_told_how_to_get_it(board: Board, closed_to_us: None) -> None:
    with pytest.raises(LineDown) as caught:
        Port(board.path).open(0.0)
    assert f"this user may not open {board.path}" in str(caught.value)
    assert "`sudo usermod -aG tty " in str(caught.value)
    assert 'TAG+="uaccess"' in str(caught.value)
