"""One message on its way to the file: header and payload as one msgpack map."""

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgpack

LEFT_OUT = frozenset({"emg", "env"})  # made from raw by known settings: a replay gives them again


class Entry(NamedTuple):
    """A packed message with its place in time."""

    topic: str
    log_ns: int  # the message's own t_ns, or UTC when it was offered
    sequence: int
    data: bytes


def pack_entry(topic: str, header: Mapping[str, Any], payload: bytes = b"") -> Entry:
    """Pack a message as it stands now: the header may be changed or used again afterwards."""
    body = {**header, "data": payload} if payload else dict(header)
    data: bytes = msgpack.packb(body)
    t_ns = whole(header.get("t_ns"))
    seq = whole(header.get("seq"))
    return Entry(topic, time.time_ns() if t_ns is None else t_ns, (seq or 0) & 0xFFFFFFFF, data)


def unpack_entry(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Give header and payload back; ValueError where they are no map."""
    header = msgpack.unpackb(data)
    if not isinstance(header, dict):
        raise ValueError("no map")
    payload = header.pop("data", b"")
    return header, payload if isinstance(payload, bytes) else b""


def whole(value: object) -> int | None:
    """The value where it is a whole number from 0 on that fits 63 bits, else None."""
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63
    return value if fits and isinstance(value, int) else None


def positive(value: object) -> float | None:
    """The value where it is a number above 0, else None."""
    fits = isinstance(value, int | float) and 0 < value < 1e300
    return float(value) if fits and isinstance(value, int | float) else None


def maps(value: object) -> list[dict[str, Any]]:
    """A list of maps; what is none becomes an empty one."""
    items = value if isinstance(value, list | tuple) else []
    return [item if isinstance(item, dict) else {} for item in items]
