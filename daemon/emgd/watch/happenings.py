"""Marks, gaps and movements as lines of a list."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from emgd.watch.fields import items, number, text, whole
from emgd.watch.headers import Meta

_UNITS = 3  # candidates of action units that are shown, the likeliest first


class Kind(Enum):
    """What happened; the value is the letter under a strip."""

    MARK = "M"
    GAP = "G"
    ONSET = "?"
    MOVEMENT = "E"
    NOTHING = "-"
    NEWS = "*"


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the list; `at_s` is when the viewer heard of it."""

    kind: Kind
    text: str
    at_s: float
    sample: int | None = None
    t_ns: int | None = None
    id: object = None


def mark(header: dict[str, Any], at_s: float) -> Happening:
    """Describe a mark."""
    value = header.get("value")
    label = text(header.get("label")) or "(no label)"
    said = label if value is None else f"{label} = {text(value)}"
    return Happening(Kind.MARK, f"mark  {said}", at_s, _sample(header, "sample"), _time(header))


def gap(header: dict[str, Any], at_s: float) -> Happening:
    """Describe lost samples."""
    missing = whole(header.get("missing"))
    lost = "samples" if missing is None else f"{missing} samples"
    reason = text(header.get("reason")) or "no reason given"
    said = f"GAP   {lost} lost ({reason})"
    return Happening(Kind.GAP, said, at_s, _sample(header, "first"), _time(header))


def onset(header: dict[str, Any], at_s: float, meta: Meta) -> Happening:
    """Describe a movement that seems to have begun."""
    said = f"onset {_place(header, meta)} ..."
    return Happening(Kind.ONSET, said, at_s, _sample(header, "onset"), _time(header), _id(header))


def movement(header: dict[str, Any], at_s: float, meta: Meta) -> Happening:
    """Describe a movement from its beginning to its end."""
    pieces = [f"{text(header.get('kind')) or '?':<5} {_place(header, meta)}"]
    for key, unit, form in (
        ("duration_ms", " ms", ".0f"),
        ("peak_uv", " µV", ".1f"),
        ("mvc_pct", " %MVC", ".1f"),
    ):
        value = number(header.get(key))
        if value is not None:
            pieces.append(f"{value:{form}}{unit}")
    units = [f"AU{text(unit)}" for unit in items(header.get("aus"))[:_UNITS]]
    pieces.append(" ".join(units))
    pieces += [text(emotion) for emotion in items(header.get("emotions"))[:1]]
    pieces += [f"({text(flag)})" for flag in items(header.get("flags"))]
    said = "  ".join(piece for piece in pieces if piece)
    return Happening(
        Kind.MOVEMENT, said, at_s, _sample(header, "onset"), _time(header), _id(header)
    )


def nothing(header: dict[str, Any], at_s: float, before: Happening | None) -> Happening:
    """Describe an onset that came to nothing."""
    said = before.text.removesuffix(" ...") if before else "onset"
    return Happening(
        Kind.NOTHING,
        f"{said}: came to nothing",
        at_s,
        before.sample if before else None,
        before.t_ns if before else None,
        _id(header),
    )


def _place(header: dict[str, Any], meta: Meta) -> str:
    """Name the channel, with the muscle, and how many moved with it."""
    place = whole(header.get("channel"))
    name = "" if place is None else meta.channel(place).name
    also = len(items(header.get("also")))
    return " ".join(
        word for word in (name, text(header.get("muscle")), f"+{also}" if also else "") if word
    )


def _sample(header: dict[str, Any], key: str) -> int | None:
    return whole(header.get(key))


def _time(header: dict[str, Any]) -> int | None:
    return whole(header.get("t_ns"))


def _id(header: dict[str, Any]) -> object:
    found = header.get("id")
    return found if isinstance(found, str | int | bytes) else None
