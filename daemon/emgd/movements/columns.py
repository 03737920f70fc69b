"""What the columns of a sheet are called, and what that says."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emgd.movements.model import MovementsFault

UNITS = ("samples", "seconds", "frames")
_SUFFIXES = {
    "s": "seconds",
    "sec": "seconds",
    "seconds": "seconds",
    "ms": "ms",
    "frame": "frames",
    "frames": "frames",
    "sample": "samples",
    "samples": "samples",
}
_PEOPLE = ("sub", "subject", "participant", "subject_no")
_CLIPS = ("video", "film", "filename", "file", "clip", "recording", "session")
_KINDS = ("kind", "type", "expression_type", "micro/macro", "micro_macro", "micro")
_PLACES = ("onset", "apex", "offset", "told", "closed")


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column of the sheet says what."""

    places: Mapping[str, int]
    unit: str | None
    person: int | None
    clip: int | None
    kind: int | None
    channel: int | None
    also: int | None
    flags: int | None
    channels_from: int


def columns_of(path: Path, header: Sequence[str], clock: str) -> Columns:
    """Find the columns by the names that the databases and we give them."""
    names = [re.sub(r"[\s(\[]+", "_", name.strip().lower()).rstrip(")]") for name in header]
    by_unit: dict[str | None, dict[str, int]] = {}
    for column, name in enumerate(names):
        place, unit = _place(name, clock)
        if place:
            by_unit.setdefault(unit, {}).setdefault(place, column)
    whole = [unit for unit, places in by_unit.items() if {"onset", "offset"} <= places.keys()]
    if not whole:
        raise MovementsFault(
            f"{path}: its first line names no columns `onset` and `offset` of one unit"
            f" (it says: {', '.join(header)[:120]}). Write their names there; `onset_s`,"
            " `onset_ms` and `onset_frame` tell the unit, too."
        )
    unit = None if None in whole else whole[0]  # plain names are of the same places, and exact
    both_clocks = any(name.startswith("emg_") for name in names)
    return Columns(
        by_unit[unit],
        unit,
        _first(names, _PEOPLE),
        _first(names, _CLIPS),
        _first(names, _KINDS),
        _first(names, ("channel",)),
        _first(names, ("also",)),
        _first(names, ("flags",)),
        channels_from=1 if both_clocks else 0,  # CASMEMG counts them from 1
    )


def _place(name: str, clock: str) -> tuple[str, str | None]:
    """Which place of a movement a column holds, and in which unit if it tells."""
    unit = None
    if name.startswith(f"{clock}_"):  # CASMEMG has both clocks, in seconds
        name, unit = name.removeprefix(f"{clock}_"), "seconds"
    stem, _, suffix = name.rpartition("_")
    if suffix in _SUFFIXES and stem in _PLACES:
        return stem, _SUFFIXES[suffix]
    return (name, unit) if name in _PLACES else ("", None)


def _first(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    return next((names.index(name) for name in wanted if name in names), None)
