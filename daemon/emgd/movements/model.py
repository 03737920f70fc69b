"""What a file tells about movements, whatever kind of file it is."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from emgd.face.match import Span

LARGEST = 1 << 53  # whole numbers up to here are exact in every file format there is


class MovementsFault(Exception):
    """A file that cannot be used; the sentence says which, where and what to do."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the user tells of a file, because the file itself may not."""

    rate_hz: float | None = None  # samples a second
    fps: float | None = None  # frames a second
    unit: str | None = None  # of a sheet's places: samples, seconds, frames
    clock: str = "emg"  # which columns of a sheet that has both: emg, video


@dataclass(slots=True)
class Movements:
    """Movements in steps (samples or frames) of a rate."""

    spans: list[Span] = field(default_factory=list)
    rate_hz: float | None = None  # steps a second; None where nobody told
    minutes: float | None = None  # how long was listened, not only up to the last movement
    retracted: int | None = None  # onsets that came to nothing; None where onsets are not listed
    said: list[str] = field(default_factory=list)  # what a user has to know

    @property
    def clips(self) -> set[str]:
        """The recordings that they are in."""
        return {span.clip for span in self.spans}


def number(value: object) -> float | None:
    """The value where it is a usable number, written or not; else None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        as_float = float(value)
    except (ValueError, OverflowError):
        return None
    return as_float if math.isfinite(as_float) and abs(as_float) <= LARGEST else None


def step(value: object) -> int | None:
    """The value as a place among samples or frames; None where it is none."""
    as_float = number(value)
    return None if as_float is None else round(as_float)


def channel_numbers(value: object) -> tuple[int, ...]:
    """The channels in a list of them, or in a list of maps that name them."""
    entries = value if isinstance(value, list | tuple) else []
    named = (entry.get("channel") if isinstance(entry, dict) else entry for entry in entries)
    return tuple(place for entry in named if (place := step(entry)) is not None and place >= 0)


def some(things: Iterable[str], most: int = 3) -> str:
    """The first few of many, as a reader wants to see them."""
    names = sorted(things)
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
