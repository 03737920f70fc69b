"""The two seams: what a driver needs of a chip's port, and what the daemon needs of a driver."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from ads1299.block import Block

Idle = Callable[[], None]  # called at least every 50 ms while a source waits; may raise to leave


class SourceError(Exception):
    """Root of what a source can fail with; the sentence says what, where and what to do."""


class ChipError(SourceError):
    """The chip or the board is not what it should be: trying again will not mend it."""


class LineError(SourceError):
    """The line to the board is down or does not answer: the source tries again by itself."""


class SourceEnded(SourceError):
    """There will be no more blocks: a recording has come to its end."""


class RegisterBus(Protocol):
    """One chip's register port, over SPI or through a board's microcontroller."""

    def command(self, opcode: int) -> None:
        """Send a one-byte command (RESET, SDATAC, ...)."""

    def read(self, address: int, count: int) -> bytes:
        """Read `count` registers from `address` on."""

    def write(self, address: int, values: bytes) -> None:
        """Write registers from `address` on."""


@dataclass(frozen=True, slots=True)
class BoardInfo:
    """What a source found out about its board once it was configured."""

    board: str
    firmware: str
    rate_hz: int
    gains: tuple[int, ...]  # one per channel
    active: tuple[bool, ...]  # false where a channel is switched off
    uv_per_count: tuple[float, ...]
    packet_samples: int
    has_tube: bool
    registers: dict[int, int] = field(default_factory=dict)  # as last read back
    oversample: int = 1  # the chip's own rate is so many times rate_hz

    @property
    def channels(self) -> int:
        """How many channels a sample has."""
        return len(self.gains)

    @property
    def chips(self) -> int:
        """How many chips stand behind them: each sends 3 status bytes a sample."""
        return -(-self.channels // 8)


@dataclass(slots=True)
class LineCounters:
    """What a source counted since it was made; only its own thread writes here."""

    bad_frames: int = 0
    reconnects: int = 0
    duplicates: int = 0
    trouble: str = ""  # why no samples come, in a sentence; empty while they do


class Source(Protocol):
    """Blocks of samples from a board, whatever it hangs on."""

    counters: LineCounters
    board: BoardInfo | None  # as last configured; None before the first contact

    @property
    def streaming(self) -> bool:
        """Whether the board is connected, configured and started."""

    @property
    def time_error_ns(self) -> int:
        """How far off a block's `taken_ns` may be, as far as the source can tell."""

    def start(self, idle: Idle) -> BoardInfo:
        """Find the board, configure it and start it; waits for it as long as it takes."""

    def read(self, timeout_s: float) -> Block | None:
        """Give the next block, or None when none came in time; mends the line by itself."""

    def show(self, number: int, done: Callable[[int | None], None]) -> None:
        """Show a number on the board's tube; `done` gets the host's monotonic time it was lit.

        None where the board has no tube or did not say when.
        """

    def stop(self) -> None:
        """Stop the conversions and leave the board quiet."""

    def close(self) -> None:
        """Give the line back; safe to call twice."""
