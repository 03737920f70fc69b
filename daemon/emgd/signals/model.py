"""What a file says by itself, what the user says of it, and the signal that comes of both."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[Any]  # whole numbers or floating point, as the file has them
Watch = Callable[[float], None]  # is told how much is done, from 0 to 1


class SignalFault(Exception):
    """A file whose signals cannot be had; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user says of a file."""

    rate_hz: float | None = None
    unit: str | None = None  # uV, mV, V or count
    uv_per_count: float | None = None
    channels: tuple[str, ...] = ()  # numbers from 0, or names
    muscles: tuple[str, ...] = ()  # of the chosen channels, in their order
    mvc_uv: tuple[float | None, ...] = ()  # maximum contraction, likewise
    rows: str | None = None  # "samples" or "channels": what a row of an array is
    variable: str | None = None  # of a MAT file


@dataclass(slots=True)
class Column:
    """One channel as the file has it."""

    load: Callable[[], Values]  # one after the other, without the gaps
    name: str = ""
    muscle: str = ""
    unit: str = ""  # in the file's own words; empty where it says nothing
    scale: float = 1.0  # of a value, in that unit
    rate_hz: float | None = None
    mvc_uv: float | None = None
    active: bool = True
    per_row: int = 1  # how many values stand in a row (in EDF, a row is a data record)


class Run(NamedTuple):
    """Rows without a gap: from `begin` to before `end`, the first at place `at`, in rows."""

    at: float
    begin: int
    end: int


@dataclass(slots=True)
class Found:
    """What a file says by itself."""

    columns: list[Column]
    runs: list[Run]
    holes_s: list[tuple[float, float]] = field(default_factory=list)  # filled in: at, how long
    # sample index -> UTC ns, where the file tells the time
    t_ns: Callable[[int], int | None] = lambda sample: None
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SignalChannel:
    """One channel of a signal."""

    name: str
    muscle: str
    uv_per_unit: float  # microvolts in 1 of the numbers of its pieces
    mvc_uv: float | None = None  # envelope at maximum contraction
    active: bool = True


class Told(NamedTuple):
    """What a recording says of itself anew, from a piece on."""

    meta: Mapping[str, Any]
    mvc_uv: Sequence[float | None]  # maximum contraction, per channel


class Piece(NamedTuple):
    """Samples without a gap; a piece that does not begin where the last one ended follows one."""

    first: int
    values: Values  # [samples, channels]; int32 are counts of a converter
    bridged: bool = False  # a gap was told before it, whatever its index says
    off: NDArray[np.bool_] | None = None  # whether an electrode was off, where that was checked
    told: Told | None = None  # before the gap, if there is one


@dataclass(slots=True)
class Signal:
    """Channels of one rate, in pieces, as they go through a spotter."""

    path: Path
    rate_hz: float
    channels: tuple[SignalChannel, ...]
    samples: int | None  # from the first to the last, gaps included; None where that is not known
    pieces: Callable[[Watch], Iterator[Piece]]
    t_ns: Callable[[int], int | None]
    counts_24: bool = False  # its numbers are sure to be counts of 24 bits
    meta: Mapping[str, Any] = field(default_factory=dict)  # of a recording
    remarks: list[str] = field(default_factory=list)  # what was guessed, or left out

    def tell(self, remarks: Iterable[str]) -> None:
        """Add what is noticed on the way, each sentence once."""
        self.remarks += [remark for remark in remarks if remark not in self.remarks]

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    def uv_per_unit(self) -> NDArray[np.float64]:
        """Microvolts in 1, per channel."""
        return np.array([channel.uv_per_unit for channel in self.channels])
