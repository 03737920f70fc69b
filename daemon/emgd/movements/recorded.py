"""Movements from a recording: the intervals that the daemon published while it ran."""

from pathlib import Path
from typing import Any

from emgd.face.match import Span, kind_of
from emgd.movements.model import Movements, MovementsFault, Told, channel_numbers, step
from emgd.recorder.entry import whole

_TOPICS = frozenset({"raw", "onset", "interval", "retract"})


def read_recording(path: Path, told: Told) -> Movements:
    """The intervals, and how many samples there were when each was told."""
    from emgd.recording import RecordingFault
    from emgd.recording import open as open_recording

    try:
        recording = open_recording(path)
        rate_hz = recording.rate_hz or told.rate_hz or 0.0
        if not rate_hz:
            raise MovementsFault(f"{path} holds no samples: say its rate with --rate.")
        listed = Movements(rate_hz=rate_hz)
        newest, samples, onsets, retracted = -1, 0, dict[Any, int](), 0
        for topic, _, header, _ in recording.messages(_TOPICS):
            if topic == "raw":
                n = whole(header.get("n")) or 0
                newest = max(newest, (whole(header.get("first")) or 0) + n - 1)
                samples += n
            elif topic == "onset":
                onsets[header.get("id")] = newest
            elif topic == "retract":
                retracted += 1
            elif (span := _span(header, rate_hz, onsets, newest)) is not None:
                listed.spans.append(span)
    except RecordingFault as fault:
        raise MovementsFault(str(fault)) from fault
    listed.minutes = samples / rate_hz / 60.0
    listed.retracted = retracted if onsets else None
    return listed


def _span(
    header: dict[str, Any], rate_hz: float, onsets: dict[Any, int], newest: int
) -> Span | None:
    first, last = step(header.get("onset")), step(header.get("offset"))
    if first is None or last is None or last < first:
        return None
    strongest = channel_numbers([header.get("channel")])
    return Span(
        first,
        last,
        kind_of(header.get("kind"), first, last, rate_hz),
        step(header.get("apex")),
        (*strongest, *channel_numbers(header.get("also"))),
        told=onsets.get(header.get("id")),
        closed=newest,
        flagged=bool(header.get("flags")),
    )
