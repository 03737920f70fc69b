"""The messages of the stream, version 1: topics, headers, and how they are packed."""

from collections.abc import Mapping
from typing import Any

import msgpack

VERSION = 1

META = "meta"
RAW = "raw"
EMG = "emg"
ENV = "env"
TICK = "tick"
GAP = "gap"
MARK = "mark"
HEALTH = "health"
ONSET = "onset"
INTERVAL = "interval"
RETRACT = "retract"

Header = dict[str, Any]


class Sequence:
    """Gives every header its common keys: version, session, and a count per topic."""

    def __init__(self, session: str) -> None:
        self.session = session
        self._next: dict[str, int] = {}

    def head(self, topic: str, fields: Mapping[str, Any]) -> Header:
        """The whole header of the topic's next message."""
        seq = self._next.get(topic, 0)
        self._next[topic] = seq + 1
        return {"v": VERSION, "session": self.session, "seq": seq, **fields}


def pack(header: Header) -> bytes:
    """A header as bytes."""
    packed: bytes = msgpack.packb(header)
    return packed


def electrode_off(entry: object) -> str:
    """Say which electrode of a channel is off, by its entry in `lead_off`; empty where none is."""
    sides = entry if isinstance(entry, dict) else {}
    off = [sign for sign, side in (("+", "p"), ("-", "n")) if sides.get(side) is True]
    if off:
        return f"electrode {' and '.join(off)} off"
    return "lead off" if entry is True else ""
