"""What happened during a recording, at which sample, and how it is called in other programs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emgd.recorder.entry import whole

SKIPPED = "BAD_ACQ_SKIP"  # what MNE calls a stretch without data
_PLACES = ("sample", "onset", "first")  # keys that hold a sample index, the best first
_NOT_EVENTS = frozenset({"raw", "meta", "health"})


@dataclass(frozen=True, slots=True)
class Event:
    """A message of the stream that belongs to a sample."""

    topic: str
    sample: int | None  # None where the message does not say and the time does not help
    t_ns: int
    text: str
    samples: int  # how long it lasts; 0 for a moment
    header: Mapping[str, Any]


def is_event(topic: str) -> bool:
    """Whether messages of this topic are events."""
    return topic not in _NOT_EVENTS


def event_of(topic: str, log_ns: int, header: Mapping[str, Any], sample: int | None) -> Event:
    """The event a message tells; `sample` is what its time says, where the message says nothing."""
    told = next((at for key in _PLACES if (at := whole(header.get(key))) is not None), None)
    place = sample if told is None else told
    lasts = 0
    if topic == "gap":
        lasts = whole(header.get("missing")) or 0
    elif (end := whole(header.get("offset"))) is not None and place is not None:
        lasts = max(0, end - place)
    t_ns = whole(header.get("t_ns"))
    t_ns = log_ns if t_ns is None else t_ns
    return Event(topic, place, t_ns, _text(topic, header, lasts), lasts, header)


def _text(topic: str, header: Mapping[str, Any], lasts: int) -> str:
    if topic == "mark":
        return joined(header.get("label"), header.get("value"))
    if topic == "tick":
        return joined("tick", header.get("number"), zero=True)
    if topic == "gap":
        return SKIPPED if lasts else joined("gap", header.get("reason"))
    if topic == "recording":
        return joined("recording", header.get("event"))
    kind, muscle = header.get("kind", topic), header.get("muscle")
    return joined(kind, header.get("channel") if muscle is None else muscle, zero=True)


def joined(label: object, value: object, zero: bool = False) -> str:
    """`label/value`, as MNE groups events; a value that says nothing is left out."""
    text = "" if label is None else str(label)
    if value is None or value == "" or (value == 0 and not zero):
        return text
    return f"{text}/{value}"
