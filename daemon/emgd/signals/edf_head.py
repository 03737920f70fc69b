"""The head of an EDF or BDF file, field by field."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO

_FIXED = (8, 80, 80, 8, 8, 8, 44, 8, 8, 4)
_PER_SIGNAL = (16, 80, 8, 8, 8, 8, 8, 80, 8, 32)
_NOTES = ("EDF Annotations", "BDF Annotations")
_MOST_SIGNALS = 9999


class HeadFault(Exception):
    """The head cannot be understood; the words go on after the file's name."""


@dataclass(frozen=True, slots=True)
class Lead:
    """One signal that is no list of annotations."""

    label: str
    transducer: str
    unit: str
    scale: float  # of one digital step, in the unit
    samples: int  # per record
    at: slice  # its bytes in a record


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before the first record."""

    size: int
    recording: str
    start_ns: int | None  # as if the clock were UTC
    records: int  # -1 where the writer did not get to tell
    record_s: float
    record_bytes: int
    sample_bytes: int
    leads: tuple[Lead, ...]
    notes: slice | None  # the bytes of the first list of annotations in a record


def read_head(stream: BinaryIO) -> Head:
    """Read it from the beginning of a file."""
    fixed = _fields(stream, _FIXED)
    version, _, recording, date, time, _, reserved, records, record_s, count = fixed
    bdf = version.startswith("\xff") or reserved.startswith("BDF")
    if not bdf and version != "0":
        raise HeadFault("is neither EDF nor BDF: its first bytes are those of no such file.")
    signals = _whole(count, "number of signals")
    if not 0 < signals <= _MOST_SIGNALS:
        raise HeadFault(f"tells {signals} signals in its head.")
    columns = [_fields(stream, (width,) * signals) for width in _PER_SIGNAL]
    lasts = _number(record_s, "length of a record")
    sample_bytes = 3 if bdf else 2
    leads: list[Lead] = []
    notes: slice | None = None
    at = 0
    for label, transducer, unit, low, high, digital_low, digital_high, _, samples, _ in zip(
        *columns, strict=True
    ):
        n = _whole(samples, f"samples of {label}")
        if n < 0:
            raise HeadFault(f"tells {n} samples of {label} in each record.")
        place = slice(at, at := at + n * sample_bytes)
        if label in _NOTES:
            notes = notes or place
            continue
        steps = _number(digital_high, label) - _number(digital_low, label)
        span = _number(high, label) - _number(low, label)
        if not n or not steps or not span:
            continue  # it can carry no signal
        leads.append(Lead(label, transducer, unit, span / steps, n, place))
    if leads and not lasts > 0:
        raise HeadFault("tells records that last no time in its head.")
    return Head(
        size=256 * (signals + 1),
        recording=recording,
        start_ns=_start_ns(date, time),
        records=_whole(records, "number of records"),
        record_s=lasts,
        record_bytes=at,
        sample_bytes=sample_bytes,
        leads=tuple(leads),
        notes=notes,
    )


def _fields(stream: BinaryIO, widths: tuple[int, ...]) -> list[str]:
    block = stream.read(sum(widths))
    if len(block) < sum(widths):
        raise HeadFault("ends inside its head.")
    texts, at = [], 0
    for width in widths:
        texts.append(block[at : at + width].decode("latin1").strip(" \0"))
        at += width
    return texts


def _whole(text: str, what: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise HeadFault(f"tells {text!r} as its {what}, which is no whole number.") from None


def _number(text: str, what: str) -> float:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        number = float("nan")
    if not abs(number) < 1e300:
        raise HeadFault(f"tells {text!r} for {what} in its head, which is no number.")
    return number


def _start_ns(date: str, time: str) -> int | None:
    try:
        started = datetime.strptime(f"{date} {time}", "%d.%m.%y %H.%M.%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return round(started.timestamp()) * 1_000_000_000
