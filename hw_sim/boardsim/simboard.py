"""A whole simulated board: put together from settings, run in the foreground or in a thread."""

import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from boardsim.board import Board, BoardSettings
from boardsim.clock import BoardClock
from boardsim.converter import Converter, Flaws
from boardsim.face import Face, FaceSettings
from boardsim.faults import Faults
from boardsim.notebook import Notebook
from boardsim.registers import ID, Registers
from boardsim.server import Server

CHIPS = {4: (4,), 6: (6,), 8: (8,), 16: (8, 8)}


@dataclass(slots=True)
class Settings:
    """Everything that makes one simulated board differ from another."""

    listen: tuple[str, int] | None = ("127.0.0.1", 0)
    dial: tuple[str, int] | None = None
    channels: int = 8
    seed: int = 1
    ramp: bool = False
    speed: float = 1.0  # 0: as fast as the line takes it
    ppm: float = 0.0
    buffer_bytes: int = 1 << 18
    truth: Path | None = None
    log: Path | None = None
    board: BoardSettings = field(default_factory=BoardSettings)
    face: FaceSettings = field(default_factory=FaceSettings)
    faults: Faults = field(default_factory=Faults)
    flaws: Flaws = field(default_factory=Flaws)


class SimBoard:
    """A simulated board; `with SimBoard(settings) as board:` runs it in a thread."""

    def __init__(self, settings: Settings, *, keep: bool = True, stdin: int | None = None) -> None:
        self._log = Notebook(settings.log, keep=keep)
        self._truth = Notebook(settings.truth, keep=keep)
        clock = BoardClock(settings.speed, settings.ppm)
        face = None if settings.ramp else Face(settings.channels, settings.face, settings.seed)
        self._board = Board(
            settings.board, _chips(settings), face, clock, log=self._log, truth=self._truth
        )
        self._truth.write(type="settings", **describe(settings))
        self._server = Server(
            self._board,
            clock,
            settings.faults,
            self._log,
            listen=None if settings.dial else settings.listen,
            dial=settings.dial,
            free_run=settings.speed == 0,
            buffer_bytes=settings.buffer_bytes,
            seed=settings.seed,
            stdin=stdin,
        )
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Where the board listens, or whom it dials."""
        return self._server.address

    @property
    def url(self) -> str:
        """The same as a URL."""
        return "tcp://{}:{}".format(*self.address)

    @property
    def requests(self) -> list[dict[str, Any]]:
        """What the host asked for, in order."""
        return [line for line in self._log.lines if "request" in line]

    @property
    def tube_numbers(self) -> list[int]:
        """The numbers that were shown on the tube."""
        return [
            line["args"]["number"]
            for line in self.requests
            if line["request"] == "TUBE" and line["status"] == 0
        ]

    @property
    def truth(self) -> list[dict[str, Any]]:
        """The lines of the truth file so far."""
        return self._truth.lines

    def run(self) -> None:
        """Serve in this thread until `end`."""
        try:
            self._server.run()
        finally:
            self._log.close()
            self._truth.close()

    def end(self) -> None:
        """Let `run` return."""
        self._server.stop()

    def start(self) -> Self:
        """Serve in a thread of its own."""
        self._thread = threading.Thread(target=self.run, name="boardsim", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """End the thread and wait for it; safe to call twice."""
        if self._thread:
            self.end()
            self._thread.join()
            self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _chips(settings: Settings) -> list[Converter]:
    chips = []
    for number, channels in enumerate(CHIPS[settings.channels]):
        registers = Registers(channels, settings.board.rate_hz)
        for address, value in settings.faults.stuck.items():
            if address // 0x20 == number:
                registers.stuck[address % 0x20] = value
        if settings.faults.wrong_id is not None:
            registers.stuck[ID] = settings.faults.wrong_id
        flaws = Flaws(
            noise_uv=_local(settings.flaws.noise_uv, number),
            gain=_local(settings.flaws.gain, number),
        )
        seed = settings.seed * 2 + number
        chips.append(Converter(registers, seed=seed, vref_uv=settings.board.vref_uv, flaws=flaws))
    return chips


def _local(by_channel: dict[int, float], chip: int) -> dict[int, float]:
    return {c - 8 * chip: value for c, value in by_channel.items() if c // 8 == chip}


def describe(settings: Settings) -> dict[str, Any]:
    """The settings as they stand in the first line of the truth file."""
    face, board = settings.face, settings.board
    return {
        "channels": settings.channels,
        "seed": settings.seed,
        "signal": "ramp" if settings.ramp else "face",
        "speed": settings.speed or "max",
        "ppm": settings.ppm,
        "chip_ppm": board.chip_ppm,
        "vref_uv": board.vref_uv,
        **({} if settings.ramp else {name: getattr(face, name) for name in face.__slots__}),
    }
