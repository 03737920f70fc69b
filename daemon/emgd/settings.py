"""The daemon's settings: every key, its default, and the range in which it may lie."""

from dataclasses import dataclass, field
from typing import Any

GAINS = (1, 2, 4, 6, 8, 12, 24)
RATES_HZ = (250, 500, 1000, 2000, 4000, 8000, 16000)


def key(
    default: Any,
    *,
    low: float | None = None,
    high: float | None = None,
    one_of: tuple[Any, ...] = (),
) -> Any:
    """A setting with its default and its range."""
    limits = {"low": low, "high": high, "one_of": one_of}
    if isinstance(default, (list, dict)):
        return field(default_factory=lambda: default, metadata=limits)
    return field(default=default, metadata=limits)


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel of the board, in its order."""

    name: str = ""
    muscle: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True)
class Board:
    """What the board is asked to do."""

    rate_hz: int = key(1000, one_of=RATES_HZ)
    gain: tuple[int, ...] = key((24,), one_of=GAINS)
    packet_samples: int = key(20, low=1, high=32)
    configure: bool = key(True)
    silence_s: float = key(10.0, low=1, high=3600)
    channels: tuple[Channel, ...] = key(())


@dataclass(frozen=True, slots=True)
class Filter:
    """The signal chain."""

    band_hz: tuple[float, ...] = key((20.0, 450.0), low=0.1, high=8000)
    env_hz: float = key(6.0, low=0.1, high=100)
    mains_hz: int = key(0, one_of=(0, 50, 60))


@dataclass(frozen=True, slots=True)
class Publish:
    """The stream's limits."""

    hwm: int = key(5000, low=10, high=1_000_000)  # messages kept for a slow subscriber


@dataclass(frozen=True, slots=True)
class Record:
    """Recordings."""

    dir: str = key("")  # where they go; without it nothing can be recorded
    start: str = key("")  # a name: record from the start
    study: str = key("")  # a study.toml, checked whenever a recording starts


@dataclass(frozen=True, slots=True)
class Settings:
    """All of it."""

    source: str = key("sim:")
    stream: tuple[str, ...] = key(("tcp://127.0.0.1:5556",))
    control: str = key("tcp://127.0.0.1:5557")
    tube: str = key("board:")
    insecure: bool = key(False)
    board: Board = field(default_factory=Board)
    filter: Filter = field(default_factory=Filter)
    publish: Publish = field(default_factory=Publish)
    record: Record = field(default_factory=Record)
