"""A linked source on a board typed by hand."""

from collections.abc import Iterator
from contextlib import contextmanager

from ads1299.linked import LinkedSource
from ads1299.plan import BoardPlan
from ads1299.source import Idle
from mcubridge.line import Dial
from support import spec_wire as wire
from support.hand_board import HandBoard


@contextmanager
def dialled(
    board: HandBoard, plan: BoardPlan | None = None, silence_s: float = 10.0
) -> Iterator[LinkedSource]:
    """The board runs, the source is made and not started."""
    with board:
        source = LinkedSource(Dial("127.0.0.1", board.port), plan or BoardPlan(), silence_s)
        try:
            yield source
        finally:
            source.close()


@contextmanager
def streaming(
    board: HandBoard,
    plan: BoardPlan | None = None,
    silence_s: float = 10.0,
    idle: Idle = lambda: None,
) -> Iterator[LinkedSource]:
    """The same, started."""
    with dialled(board, plan, silence_s) as source:
        source.start(idle)
        yield source


def packet(board: HandBoard, counter: int, n: int = 20, channels: int = 8) -> bytes:
    """A packet of the ramp, taken by the board's clock as it is now."""
    samples = wire.ramp_packet(counter * n, n, channels)
    return wire.data(counter, board.clock_us(), n, samples)
