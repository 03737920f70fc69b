"""Every way to make a `Source` with a simulated board at its other end.

A maker takes what is asked of the board and gives a rig. Whoever adds a source adds its maker to
MAKERS (and to LINE_MAKERS where a board with its own microcontroller hangs on a line: it can be
cut, and the board may have a tube and a second chip), and the contract suite runs on it.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory
from typing import Any

from ads1299.linked import LinkedSource
from ads1299.plan import BoardPlan
from ads1299.source import Source
from boardsim.cli import build_parser, make_settings
from boardsim.simboard import SimBoard
from mcubridge.line import Dial, Listen, Opener
from mcubridge.port import Port
from support.spi_rig import spi, spi_in_a_thread


@dataclass(frozen=True)
class Wanted:
    """What is asked of the board, and which board it is, in the words of `boardsim --help`."""

    plan: BoardPlan = field(default_factory=BoardPlan)
    options: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    silence_s: float = 10.0


@dataclass(frozen=True)
class Rig:
    """A source, and the board behind it; the board's ramp starts at 0 with each START."""

    source: Source
    board: SimBoard

    def asked(self, request: str) -> list[dict[str, Any]]:
        """The requests of that name that the board heard."""
        return [line for line in self.board.requests if line["request"] == request]

    def lost(self) -> list[dict[str, Any]]:
        """The packets that the board says did not arrive."""
        return self.told("lost")

    def told(self, kind: str) -> list[dict[str, Any]]:
        """The lines of that type in the board's truth."""
        return [line for line in list(self.board.truth) if line["type"] == kind]


Maker = Callable[[Wanted], AbstractContextManager[Rig]]


def simulated(wanted: Wanted, *where: str) -> SimBoard:
    """The board, which serves in a thread once it is entered."""
    faults = [f"--fault={fault}" for fault in wanted.faults]
    arguments = ["--ramp", *where, *wanted.options, *faults]
    return SimBoard(make_settings(build_parser().parse_args(arguments)))


@contextmanager
def _linked(opener: Opener, board: SimBoard, wanted: Wanted) -> Iterator[Rig]:
    source = LinkedSource(opener, wanted.plan, wanted.silence_s)
    try:
        with board:
            yield Rig(source, board)
    finally:
        source.close()


@contextmanager
def tcp_dial(wanted: Wanted) -> Iterator[Rig]:
    """tcp://: the PC dials the board."""
    board = simulated(wanted)
    with _linked(Dial(*board.address), board, wanted) as rig:
        yield rig


@contextmanager
def tcp_listen(wanted: Wanted) -> Iterator[Rig]:
    """tcp-listen://: the board dials the PC."""
    opener = Listen("127.0.0.1", 0)
    opener.open(0.0)
    board = simulated(wanted, "--dial", f"127.0.0.1:{opener.port}")
    with _linked(opener, board, wanted) as rig:
        yield rig


@contextmanager
def serial_port(wanted: Wanted) -> Iterator[Rig]:
    """serial://: a pseudo-terminal behind a path that stays when the board is plugged in again."""
    with TemporaryDirectory() as folder:
        link = f"{folder}/usb-board"
        board = simulated(wanted, "--pty", link)
        with _linked(Port(link), board, wanted) as rig:
            yield rig


LINE_MAKERS: dict[str, Maker] = {
    "tcp": tcp_dial,
    "tcp-listen": tcp_listen,
    "serial": serial_port,
}
MAKERS: dict[str, Maker] = {**LINE_MAKERS, "spi": spi, "spi-thread": spi_in_a_thread}
