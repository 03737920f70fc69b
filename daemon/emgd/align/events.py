"""Spotted movements as frames of the video: tables for coders."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from emgd.align.film import Film
from emgd.export.outfile import fresh_text
from emgd.recorder.entry import whole

COLUMNS = (
    "id", "kind", "onset_frame", "apex_frame", "offset_frame", "onset_s", "apex_s", "offset_s",
    "channel", "muscle", "also", "flags", "aus", "au_scores", "emotions", "emotion_scores",
    "duration_ms", "peak_uv", "mvc_pct", "iemg", "onset_sample", "apex_sample", "offset_sample",
    "t_ns", "error_ms", "detector",
)  # fmt: skip
KINDS = ("ME", "MaE", "blink", "swallow")

Event = dict[str, Any]  # with the keys of `interval`


class EventsFault(Exception):
    """Events that cannot be used; the sentence says which and why."""


@dataclass(frozen=True, slots=True)
class Covered:
    """A movement, and the frames that it covers; both ends belong to it."""

    header: Mapping[str, Any]
    onset: int
    apex: int
    offset: int
    error_s: float

    @property
    def kind(self) -> str:
        """ME, MaE, blink or swallow."""
        return str(self.header.get("kind") or "event")


def read_events(path: Path) -> list[Event]:
    """The movements of a file of JSON lines, as `emgd spot --json` writes them."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as fault:
        raise EventsFault(f"{path} cannot be read: {fault.strerror}.") from fault
    except UnicodeDecodeError as fault:
        raise EventsFault(f"{path} is no text in UTF-8 (byte {fault.start}).") from fault
    events = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            event = json.loads(line)
        except ValueError as fault:
            raise EventsFault(f"{path}, line {number}: this is no JSON object.") from fault
        if not isinstance(event, dict) or _places(event) is None:
            raise EventsFault(
                f"{path}, line {number}: an event needs `onset`, `apex` and `offset` as sample"
                " indices, in this order."
            )
        events.append(event)
    return events


def covered(film: Film, events: Iterable[Mapping[str, Any]]) -> tuple[list[Covered], int]:
    """The movements that the video shows, in order; and how many it does not."""
    result: list[Covered] = []
    outside = 0
    last = len(film.t_ns) - 1
    for event in events:
        places = _places(event)
        if places is None:
            outside += 1
            continue
        moments = film.told.clock.times(np.array(places, np.int64))
        onset, apex, offset = np.rint(film.place_at(moments)).astype(int).tolist()
        if offset < 0 or onset > last:
            outside += 1
            continue
        onset, apex, offset = (min(max(0, frame), last) for frame in (onset, apex, offset))
        result.append(Covered(event, onset, apex, offset, float(film.error_s[apex])))
    result.sort(key=lambda one: (one.onset, one.offset))
    return result, outside


def write_events(film: Film, events: Sequence[Covered], path: Path, force: bool) -> None:
    """A row for each movement; seconds are those that a player shows for the frame."""
    with fresh_text(path, force) as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(COLUMNS)
        for event in events:
            told = event.header
            frames = (event.onset, event.apex, event.offset)
            rows.writerow(
                (
                    _cell(told.get("id")),
                    event.kind,
                    *frames,
                    *(f"{frame / film.fps:.4f}" for frame in frames),
                    _cell(told.get("channel")),
                    _cell(told.get("muscle")),
                    *(
                        joined(told.get(key))
                        for key in (
                            "also",
                            "flags",
                            "aus",
                            "au_scores",
                            "emotions",
                            "emotion_scores",
                        )
                    ),
                    *(
                        _cell(told.get(key))
                        for key in ("duration_ms", "peak_uv", "mvc_pct", "iemg")
                    ),
                    *(_cell(told.get(key)) for key in ("onset", "apex", "offset", "t_ns")),
                    f"{1e3 * event.error_s:.3f}",
                    _cell(told.get("detector")),
                )
            )


def write_boris(
    film: Film, events: Sequence[Covered], subject: str, path: Path, force: bool
) -> None:
    """A table to paste into BORIS: a movement is a state event, so it has a start and a stop.

    BORIS takes exactly six columns for an observation of a video (time, subject, code, modifier,
    comment, frame), and no empty line, which a line end after the last row would be.
    """
    rows = [
        (frame, starts, kind, comment)
        for kind, begin, end, comment in _states(events)
        for frame, starts in ((begin, True), (end, False))
    ]
    rows.sort(key=lambda row: row[:2])  # of one frame, the stop of the earlier one comes first
    lines = [
        "\t".join((f"{frame / film.fps:.3f}", _plain(subject), kind, "", comment, str(frame)))
        for frame, _, kind, comment in rows
    ]
    with fresh_text(path, force) as out:
        out.write("\n".join(lines))


def _states(events: Sequence[Covered]) -> list[tuple[str, int, int, str]]:
    """Kind, start, stop and comment, none over another of its kind.

    BORIS takes every second event of a behaviour for a stop, whichever movement it belongs to.
    """
    result: dict[str, list[tuple[int, int, str]]] = {}
    for event in sorted(events, key=lambda one: one.onset):
        kind = result.setdefault(event.kind, [])
        flags = joined(event.header.get("flags"))
        said = _plain(event.header.get("muscle")) + (f" ({flags})" if flags else "")
        begin, end = event.onset, max(event.offset, event.onset + 1)
        if kind and begin < kind[-1][1]:
            before, until, text = kind.pop()
            if begin == before:
                end, said = max(until, end), f"{text} | {said}"
            else:
                kind.append((before, begin, text))
        kind.append((begin, end, said))
    return [(kind, *state) for kind, states in result.items() for state in states]


def joined(value: object, most: int | None = None) -> str:
    """A list in one cell, or the first of it."""
    if not isinstance(value, list | tuple):
        return ""
    return " ".join(str(_cell(item)) for item in value[:most])


def _places(event: Mapping[str, Any]) -> tuple[int, int, int] | None:
    onset, apex, offset = (whole(event.get(key)) for key in ("onset", "apex", "offset"))
    if onset is None or offset is None or onset > offset:
        return None
    if apex is None:
        apex = (onset + offset) // 2
    return (onset, apex, offset) if onset <= apex <= offset else None


def _cell(value: object) -> object:
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    return "" if value is None else value


def _plain(value: object) -> str:
    return "" if value is None else " ".join(str(value).split())
