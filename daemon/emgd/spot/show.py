"""Events for people, for programs and for spreadsheets."""

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from emgd.export.outfile import fresh_text
from emgd.spot.order import Event, Result

COLUMNS = (
    "id",
    "onset_s",
    "duration_ms",
    "onset",
    "apex",
    "offset",
    "t_ns",
    "kind",
    "channel",
    "name",
    "muscle",
    "also",
    "peak_uv",
    "mvc_pct",
    "iemg",
    "aus",
    "au_scores",
    "emotions",
    "emotion_scores",
    "detector",
    "flags",
    "told",
    "closed",
)
_LISTS = ("also", "aus", "au_scores", "emotions", "emotion_scores", "flags")
_KINDS = ("ME", "MaE", "blink", "swallow")
_NONE = "-"


def json_lines(result: Result, named: bool) -> Iterator[str]:
    """An object a line, with the fields of `interval`; and the file, where there are several."""
    for event in result.events:
        yield json.dumps({"file": str(result.path), **event} if named else event)


def write_csv(results: Iterable[Result], path: Path) -> None:
    """A row an event; lists stand with blanks between."""
    with fresh_text(path) as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(("file", *COLUMNS))
        for result in results:
            for event in result.events:
                told = _row(result, event)
                # the baseline has no flags, and tells nothing while a movement goes on
                rows.writerow([result.path, *(told.get(column) for column in COLUMNS)])


def _row(result: Result, event: Event) -> dict[str, Any]:
    lists = {key: " ".join(map(str, event.get(key, ()))) for key in _LISTS}
    return {
        **event,
        **lists,
        "onset_s": round((event["onset"] - result.first) / result.rate_hz, 4),
        "name": result.channels[event["channel"]].name,
    }


def table(result: Result) -> str:
    """The events, a line each, under a head that says what the file is."""
    lines = [_head(result)]
    if result.events:
        lines.append(
            f"  {'at':>9} {'ms':>6}  {'kind':<8}{'channel':<28}{'peak µV':>8} {'%MVC':>6}"
            f" {'iEMG':>7}  candidates"
        )
    lines += [_line(result, event) for event in sorted(result.events, key=_onset)]
    return "\n".join(lines) + "\n"


def _onset(event: Event) -> int:
    return int(event["onset"])


def _head(result: Result) -> str:
    kinds = [event["kind"] for event in result.events]
    counts = [f"{kinds.count(kind)} {kind}" for kind in _KINDS if kind in kinds]
    found = f"{len(kinds)} events ({', '.join(counts)})" if kinds else "no events"
    seconds = result.samples / result.rate_hz
    return (
        f"{result.path}: {clock(seconds)} of {len(result.channels)} channels at"
        f" {result.rate_hz:g} Hz: {found}"
    )


def _line(result: Result, event: Event) -> str:
    channel = result.channels[event["channel"]]
    where = f"{channel.name} {channel.muscle}".strip()
    others = "".join(f" +{result.channels[c].name}" for c in event["also"])
    mvc = _NONE if event["mvc_pct"] is None else f"{event['mvc_pct']:.1f}"
    units = " ".join(f"AU{unit}" for unit in event["aus"][:3])
    emotions = ", ".join(event["emotions"][:2])
    return (
        f"  {clock((event['onset'] - result.first) / result.rate_hz, 2):>9}"
        f" {event['duration_ms']:>6.0f}  {event['kind']:<8}{_cut(where + others, 27):<28}"
        f"{event['peak_uv']:>8.1f} {mvc:>6} {event['iemg']:>7.1f}"
        f"  {'; '.join(part for part in (units, emotions) if part) or _NONE}"
    )


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def clock(seconds: float, digits: int = 0) -> str:
    """Minutes and seconds, with hours where there are any."""
    ticks = round(seconds * 10**digits)
    whole, rest = divmod(ticks, 10**digits)
    hours, minutes, left = whole // 3600, whole // 60 % 60, whole % 60
    text = f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"
    return f"{text}.{rest:0{digits}d}" if digits else text
