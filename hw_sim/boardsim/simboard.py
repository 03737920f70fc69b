"""A whole simulated board: put together from settings, run in the foreground or in a thread."""

import threading
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Self, TypeVar

from boardsim.board import Board, BoardSettings
from boardsim.clock import BoardClock
from boardsim.converter import Converter, Flaws, Lines
from boardsim.doors import TcpDialler, TcpListener, Terminal
from boardsim.electrodes import Electrodes
from boardsim.face import Face, FaceSettings, make_person
from boardsim.faults import Faults
from boardsim.frontend import PER_CHIP, SECOND_CHIP, FrontEnd
from boardsim.notebook import Notebook
from boardsim.registers import ID, Registers
from boardsim.server import Server

T = TypeVar("T")
CHIPS = {4: (4,), 6: (6,), 8: (8,), 16: (8, 8)}


@dataclass(slots=True)
class Settings:
    """Everything that makes one simulated board differ from another."""

    listen: tuple[str, int] = ("127.0.0.1", 0)
    dial: tuple[str, int] | None = None
    terminal: bool = False  # a pseudo-terminal instead of TCP
    terminal_link: Path | None = None  # a path that leads to it
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
    power_up: dict[int, int] = field(default_factory=dict)  # registers other than the chip's
    external_reference: bool = False
    lines: Lines | None = None  # levels of the GPIO pins


class SimBoard:
    """A simulated board; `with SimBoard(settings) as board:` runs it in a thread."""

    def __init__(self, settings: Settings, *, keep: bool = True, stdin: int | None = None) -> None:
        self._log = Notebook(settings.log, keep=keep)
        self._truth = Notebook(settings.truth, keep=keep)
        clock = BoardClock(settings.speed, settings.ppm)
        frontend = make_frontend(settings)
        self._board = Board(
            settings.board, frontend, clock, settings.faults, log=self._log, truth=self._truth
        )
        self._truth.write(type="settings", **describe(settings))
        self._door = make_door(settings)
        self._server = Server(
            self._board,
            clock,
            settings.faults,
            self._log,
            self._door,
            free_run=settings.speed == 0,
            buffer_bytes=settings.buffer_bytes,
            seed=settings.seed,
            stdin=stdin,
        )
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Where the board listens, or whom it dials, over TCP."""
        return ("", 0) if isinstance(self._door, Terminal) else self._door.address

    @property
    def url(self) -> str:
        """The same as a URL, or that of the terminal."""
        return self._door.url

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

    def __exit__(self, *_error: object) -> None:
        self.stop()


def make_door(settings: Settings) -> TcpListener | TcpDialler | Terminal:
    """The way in for hosts."""
    if settings.terminal:
        return Terminal(settings.terminal_link)
    if settings.dial:
        return TcpDialler(settings.dial)
    return TcpListener(settings.listen)


def make_frontend(settings: Settings) -> FrontEnd:
    """The chips with their flaws and electrodes, and what is wired to them."""
    chips = []
    for number, channels in enumerate(CHIPS[settings.channels]):
        power_up = _local(settings.power_up, number, SECOND_CHIP)
        registers = Registers(channels, power_up)
        registers.stuck |= _local(settings.faults.stuck, number, SECOND_CHIP)
        if settings.faults.wrong_id is not None:
            registers.stuck[ID] = settings.faults.wrong_id
        chips.append(
            Converter(
                registers,
                electrodes=make_electrodes(settings.faults, number, settings.face),
                lines=settings.lines,
                seed=2 * settings.seed + number,
                vref_uv=settings.board.vref_uv,
                external_reference=settings.external_reference,
                flaws=Flaws(
                    _local(settings.faults.noisy, number, PER_CHIP),
                    _local(settings.faults.gain, number, PER_CHIP),
                ),
            )
        )
    face = None if settings.ramp else Face(settings.channels, settings.face, settings.seed)
    return FrontEnd(chips, face)


def make_electrodes(faults: Faults, chip: int, face: FaceSettings) -> Electrodes:
    """The electrodes of one chip with what is wrong with them."""
    electrodes = Electrodes(hum_hz=face.hum_hz)
    electrodes.ohm[:] = 1000 * face.contact_kohm
    for (channel, side), ohm in faults.ohm.items():
        if channel // PER_CHIP == chip:
            electrodes.ohm["PN".index(side), channel % PER_CHIP] = ohm
    electrodes.bridged = [
        (a % PER_CHIP, b % PER_CHIP) for a, b in faults.bridge if a // PER_CHIP == chip
    ]
    electrodes.hum_uv = _local(faults.hum, chip, PER_CHIP)
    electrodes.offset_mv = _local(faults.offset, chip, PER_CHIP)
    return electrodes


def _local(values: dict[int, T], chip: int, size: int) -> dict[int, T]:
    """What belongs to one chip, by its own numbers."""
    return {place % size: value for place, value in values.items() if place // size == chip}


def describe(settings: Settings) -> dict[str, Any]:
    """The settings as they stand in the first line of the truth file."""
    usual = Faults()
    faults = {
        each.name: str(value)
        for each in fields(Faults)
        if (value := getattr(settings.faults, each.name)) != getattr(usual, each.name)
    }
    return {
        "channels": settings.channels,
        "seed": settings.seed,
        "signal": "ramp" if settings.ramp else "face",
        "speed": settings.speed or "max",
        "ppm": settings.ppm,
        **asdict(settings.board),
        "faults": faults,
        **({} if settings.ramp else describe_face(settings)),
    }


def describe_face(settings: Settings) -> dict[str, Any]:
    """How the face was asked for, and what each muscle of the person came to."""
    person = make_person(settings.face, settings.channels, settings.seed)
    muscles = {
        "mvc_uv": person.mvc_uv,
        "noise_uv": settings.face.noise_uv * person.noise,
        "tone_pct": person.tone_pct,
    }
    rounded = {name: values.round(3).tolist() for name, values in muscles.items()}
    return asdict(settings.face) | {"muscles": rounded}
