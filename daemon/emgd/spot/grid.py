"""Many settings over many files: every combination of the values given, and what each finds."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from statistics import fmean
from typing import Any

from emgd.face.figures import Report
from emgd.face.match import Span, span_of
from emgd.face.score import score
from emgd.movements import Movements
from emgd.signals.model import Watch
from emgd.spot.order import Order
from emgd.spot.parallel import run_all
from emgd.spot.work import sweep

_RANGE = re.compile(r"(-?\d+)\.\.(-?\d+)")
_MOST = 100_000

Variant = tuple[str, ...]  # key=value of each key
Row = dict[str, Any]


class GridFault(Exception):
    """The grid cannot be used; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Task:
    """A file and the settings to try on it, from this place of the grid on."""

    order: Order
    begin: int
    variants: tuple[Variant, ...]


@dataclass(frozen=True, slots=True)
class Swept:
    """What one file gave with each of some settings."""

    order: Order
    begin: int
    rate_hz: float
    minutes: float
    found: list[list[Span]]
    remarks: list[str]


def variants_of(grids: Sequence[str]) -> list[Variant]:
    """All combinations of `key=a,b,c;key=1..5`."""
    axes = [_axis(part) for grid in grids for part in grid.split(";") if part.strip()]
    keys = [axis[0].partition("=")[0] for axis in axes]
    if doubled := {key for key in keys if keys.count(key) > 1}:
        raise GridFault(f"--grid names {', '.join(sorted(doubled))} more than once.")
    count = 1
    for axis in axes:
        count *= len(axis)
    if not axes or count > _MOST:
        raise GridFault(f"--grid has {count if axes else 0} combinations: give 1 to {_MOST}.")
    return list(product(*axes))


def _axis(part: str) -> list[str]:
    key, equals, values = part.strip().partition("=")
    if not equals or not key or not values:
        raise GridFault(f"--grid {part}: give it as key=a,b,c or key=1..5, parted by semicolons.")
    listed: list[str] = []
    for value in values.split(","):
        if told := _RANGE.fullmatch(value.strip()):
            listed += map(str, range(int(told[1]), int(told[2]) + 1))
        else:
            listed.append(value.strip())
    if not all(listed) or not listed:
        raise GridFault(f"--grid {part}: a value is missing.")
    return [f"{key.strip()}={value}" for value in listed]


def tasks_of(orders: Sequence[Order], variants: Sequence[Variant], jobs: int) -> list[Task]:
    """A task a file; where there are fewer files than cores, several."""
    pieces = max(1, min(len(variants), jobs // len(orders)))
    size = -(-len(variants) // pieces)
    return [
        Task(order, at, tuple(variants[at : at + size]))
        for order in orders
        for at in range(0, len(variants), size)
    ]


def swept(task: Task) -> Swept:
    """Do one task; runs in a process of its own."""
    results = sweep(task.order, task.variants)
    found = [
        [replace(span_of(event, result.rate_hz), clip=str(result.path)) for event in result.events]
        for result in results
    ]
    one = results[0]
    return Swept(task.order, task.begin, one.rate_hz, one.minutes, found, one.remarks)


def run_grid(
    orders: Sequence[Order], variants: Sequence[Variant], jobs: int, watch: Watch
) -> tuple[list[Swept], dict[Path, Exception]]:
    """All of it; and which files could not be used, and why."""
    tasks = tasks_of(orders, variants, jobs)
    done: list[Swept] = []
    failed: dict[Path, Exception] = {}
    for place, outcome in run_all(swept, tasks, jobs, watch):
        if isinstance(outcome, Exception):
            failed[tasks[place].order.path] = outcome
        else:
            done.append(outcome)
    return [each for each in done if each.order.path not in failed], failed


def rows(
    done: Sequence[Swept], variants: Sequence[Variant], truth: Mapping[Path, Movements]
) -> Iterator[Row]:
    """A row for each combination, over all files together."""
    files = {each.order.path: each for each in done}
    minutes = sum(each.minutes for each in files.values())
    rates = {each.rate_hz for each in files.values()}
    rate_hz = next(iter(rates), 1000.0)
    if truth and len(rates) > 1:
        raise GridFault("the files have several rates: score those of one rate at a time.")
    true = [
        replace(span, clip=str(path))
        for path, movements in truth.items()
        if path in files
        for span in movements.spans
    ]
    by_place: dict[int, list[Span]] = {}
    lengths: dict[int, list[float]] = {}
    for each in done:
        for place, spans in enumerate(each.found, each.begin):
            by_place.setdefault(place, []).extend(spans)
            ms = 1000 / each.rate_hz
            lengths.setdefault(place, []).extend((s.offset - s.onset) * ms for s in spans)
    for place, variant in enumerate(variants):
        spans = by_place.get(place, [])
        row: Row = dict(each.split("=", 1) for each in variant)
        row |= {
            "files": len(files),
            "minutes": round(minutes, 3),
            "events": len(spans),
            "ME": sum(span.kind == "ME" for span in spans),
            "MaE": sum(span.kind == "MaE" for span in spans),
            "mean_ms": round(fmean(lengths[place]), 1) if spans else None,
        }
        if truth:
            row |= _scored(score(true, spans, minutes, rate_hz))
        yield row


def _scored(report: Report) -> Row:
    """The figures that tell settings apart; the paper's own overlap is none to choose by."""
    main = report.main
    told = {
        "f1": main.f1,
        "precision": main.precision,
        "recall": main.recall,
        "iou_of_hits": report.iou_of_hits,
        "iou_of_all": report.iou_of_all,
        "onset_ms": report.onset.mean_absolute_ms if report.onset else None,
        "offset_ms": report.offset.mean_absolute_ms if report.offset else None,
        "false_per_min": report.false_per_min,
        "paper_overlap": report.paper.mean_overlap,
        "paper_misses": report.paper.misses,
    }
    return {key: round(v, 4) if isinstance(v, float) else v for key, v in told.items()}
