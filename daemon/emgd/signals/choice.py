"""Which columns of a file are the channels, at which rate and in which unit."""

from collections.abc import Sized
from dataclasses import dataclass

from emgd.face.muscles import MUSCLES
from emgd.signals.model import Column, Found, SignalChannel, SignalFault, Wanted
from emgd.signals.units import DEFAULT_UV_PER_COUNT, microvolts

_RATE_HELP = "say how fast it was sampled with --rate HZ"
_SAME_RATE = 0.01


@dataclass(frozen=True, slots=True)
class Choice:
    """The columns that are channels, what they are, and their rate."""

    columns: list[Column]
    channels: tuple[SignalChannel, ...]
    rate_hz: float


def chosen(found: Found, wanted: Wanted) -> Choice:
    """Follow the user where he says something, and the file elsewhere; what is guessed is told."""
    if not found.columns:
        raise SignalFault("it holds no numbers that could be a signal.")
    columns = _asked(found, wanted) if wanted.channels else _likely(found, wanted)
    rate_hz = _rate(found, columns, wanted)
    muscles = _muscles(columns, wanted)
    mvc_uv = [column.mvc_uv for column in columns]
    if wanted.mvc_uv:
        _one_each("--mvc", wanted.mvc_uv, columns)
        mvc_uv = list(wanted.mvc_uv)
    places = {id(column): place for place, column in enumerate(found.columns)}
    taken: list[SignalChannel] = []
    names: set[str] = set()
    for at, column in enumerate(columns):
        name = column.name or f"c{places[id(column)] + 1}"
        name = f"{name}_{at + 1}" if name in names else name
        names.add(name)
        scale = column.scale * _microvolts(column, wanted, found)
        taken.append(SignalChannel(name, muscles[at], scale, mvc_uv[at], column.active))
    return Choice(columns, tuple(taken), rate_hz)


def _asked(found: Found, wanted: Wanted) -> list[Column]:
    names = [column.name for column in found.columns]
    columns = []
    for word in wanted.channels:
        at = names.index(word) if word in names else int(word) if word.isdecimal() else -1
        if not 0 <= at < len(names):
            known = ", ".join(f"{i} {name}".strip() for i, name in enumerate(names))
            raise SignalFault(f"there is no channel {word}: it has {known} (numbers count from 0).")
        if found.columns[at] in columns:
            raise SignalFault(f"--channels names {word} twice: each channel is taken once.")
        columns.append(found.columns[at])
    return columns


def _likely(found: Found, wanted: Wanted) -> list[Column]:
    """All columns, or those in volts where others have a unit that is none."""
    volts = [c for c in found.columns if microvolts(c.unit) is not None]
    others = [c for c in found.columns if c.unit and microvolts(c.unit) is None]
    if not volts or not others or wanted.unit == "count":
        return found.columns
    left = ", ".join(f"{c.name or '(no name)'} ({c.unit})" for c in others)
    found.remarks.append(f"left out, as these are no voltages: {left}; --channels takes them in.")
    return [c for c in found.columns if c not in others]


def _rate(found: Found, columns: list[Column], wanted: Wanted) -> float:
    rates = sorted({column.rate_hz for column in columns if column.rate_hz})
    if len({c.per_row for c in columns}) > 1 or len(rates) > 1:
        each = ", ".join(f"{c.name} {c.rate_hz:g} Hz" for c in columns if c.rate_hz)
        raise SignalFault(
            f"its channels have several rates ({each}): choose those of one with --channels."
        )
    told = rates[0] if rates else None
    if wanted.rate_hz is None and told is None:
        raise SignalFault(f"it says nothing about its rate: {_RATE_HELP}.")
    if wanted.rate_hz is None or told is None:
        return wanted.rate_hz or told or 0.0
    if abs(told / wanted.rate_hz - 1) > _SAME_RATE:
        found.remarks.append(f"it says {told:g} Hz; --rate {wanted.rate_hz:g} goes before that.")
    return wanted.rate_hz


def _muscles(columns: list[Column], wanted: Wanted) -> list[str]:
    if wanted.muscles == ("paper",):
        return [MUSCLES[i] if i < len(MUSCLES) else "" for i in range(len(columns))]
    if wanted.muscles:
        _one_each("--muscles", wanted.muscles, columns)
    return list(wanted.muscles) or [c.muscle or muscle_in(c.name) for c in columns]


def _one_each(option: str, told: Sized, columns: list[Column]) -> None:
    if len(told) != len(columns):
        raise SignalFault(
            f"{option} names {len(told)}, but {len(columns)} channels are taken: say one for each,"
            " with nothing between two commas where there is none."
        )


def muscle_in(text: str) -> str:
    """The muscle that a text names in full; empty where it names none."""
    return next((muscle for muscle in MUSCLES if muscle in text.lower()), "")


def _microvolts(column: Column, wanted: Wanted, found: Found) -> float:
    """Microvolts in 1 of the column's unit."""
    unit = wanted.unit or column.unit
    if unit == "count":
        if wanted.uv_per_count is None:
            _once(
                found,
                f"a count is taken as {DEFAULT_UV_PER_COUNT:.6f} uV, that of an ADS1299 at gain 24;"
                " --uv-per-count says otherwise.",
            )
        return wanted.uv_per_count or DEFAULT_UV_PER_COUNT
    size = microvolts(unit)
    if size is None:
        what = f"is in {unit!r}, which is no voltage" if unit else "says no unit"
        raise SignalFault(
            f"{column.name or 'it'} {what}: say it with --unit uV, mV, V, or count"
            " (with --uv-per-count)."
        )
    if wanted.unit and microvolts(column.unit) not in (None, size):
        _once(found, f"it says {column.unit}; --unit {wanted.unit} goes before that.")
    return size


def _once(found: Found, remark: str) -> None:
    if remark not in found.remarks:
        found.remarks.append(remark)
