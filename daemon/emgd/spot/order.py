"""What is to be done with a file, and what comes of it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgd import config
from emgd.recorder.entry import maps, positive
from emgd.settings import Settings, Spotter
from emgd.signals.model import SignalChannel, Wanted

ONLINE, BASELINE = "online", "baseline"
METHODS = (ONLINE, BASELINE)
PARAMETERS = ("L", "S", "k", "Sn", "Wf", "Wb")

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Order:
    """How to spot in a file."""

    path: Path
    wanted: Wanted = field(default_factory=Wanted)
    method: str = ONLINE
    sets: tuple[str, ...] = ()  # key=value
    config: Path | None = None
    clip: bool = False  # baseline: the file is one clip with one expression
    traced: bool = False  # keep the envelope for a picture


@dataclass(slots=True)
class Trace:
    """The envelope, coarsely: the highest value of each channel in each stretch of samples."""

    first: int
    every: int  # samples
    highest: NDArray[np.float32]  # [stretches, channels], NaN where nothing was recorded


@dataclass(slots=True)
class Result:
    """What was found in a file."""

    path: Path
    rate_hz: float
    samples: int  # that were really there
    first: int
    channels: tuple[SignalChannel, ...]
    events: list[Event]
    remarks: list[str]
    trace: Trace | None = None

    @property
    def minutes(self) -> float:
        """How long it was listened."""
        return self.samples / self.rate_hz / 60


def spelled(key: str) -> str:
    """A setting's whole key; the paper's own names stand for the baseline's."""
    return f"baseline.{key}" if key in PARAMETERS else key


def unheard(method: str, keys: Iterable[str]) -> list[str]:
    """Settings that a method does not use, which would change nothing."""
    heard = ("filter", "spotter" if method == ONLINE else "baseline")
    known = {f.name for f in fields(Settings)} - set(heard)
    return [key for key in keys if spelled(key).partition(".")[0] in known]


def settings_of(order: Order, meta: Mapping[str, Any]) -> Settings:
    """The settings: as the recording was made, or of a configuration file, and then as asked."""
    recorded = [] if order.config or order.method == BASELINE else list(_recorded(meta))
    sets = [spelled(key) + equals + value for key, equals, value in _parted(order.sets)]
    return _load(order.config, (*recorded, *sets))


@lru_cache(maxsize=1 << 12)
def _load(path: Path | None, sets: tuple[str, ...]) -> Settings:
    """A grid asks for the same settings for each of its files."""
    return config.load(path, sets)


def _parted(sets: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    for each in sets:
        yield each.partition("=")


def _recorded(meta: Mapping[str, Any]) -> Iterator[str]:
    """The settings that a recording was made with, as far as they say how to spot."""
    chain, spotter = maps([meta.get("filter"), meta.get("spotter")])
    band = chain.get("band_hz")
    if isinstance(band, list) and len(band) == 2 and all(map(positive, band)):
        yield f"filter.band_hz={band}"
    if env_hz := positive(chain.get("env_hz")):
        yield f"filter.env_hz={env_hz}"
    notches = chain.get("notch_hz")
    if isinstance(notches, list) and notches and (hum := positive(notches[0])):
        yield f"filter.mains_hz={round(hum)}"
    known = {each.name for each in fields(Spotter)} - {"enabled"}
    for name, value in spotter.items():
        if name in known:
            yield f"spotter.{name}={json.dumps(value)}"
