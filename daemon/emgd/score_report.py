"""A score as a table for people, and as rows for other programs."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from emgd.face.figures import Counts, Errors, Latency, Report
from emgd.face.match import Span
from emgd.face.paper_score import Differences, PaperFigures

Listed = tuple[str, Span]
LISTS = ("missed", "false", "called_expressions")
_WIDTHS = (4, 12, 6, 6, 6, 10, 8, 8, 10, 12)
_HEAD = (
    "IoU",
    "",
    "true",
    "hits",
    "false",
    "precision",
    "recall",
    "F1",
    "on blinks",
    "F1 with them",
)
_NOT_A_TARGET = (
    "  No target: this overlap is over the shorter interval, so marking each whole clip scores 1,"
    "\n  above the published 0.847. Judge by the IoU above."
)


def table(report: Report) -> str:
    """Every figure, with the words that it needs."""
    lines = [_row(_HEAD)]
    for at, rows in report.by_iou.items():
        lines += [_row(_counted(f"{at:g}", name, counts)) for name, counts in rows.items()]
    lines += ["", *_details(report)]
    lines += ["", "In the paper's own figures, in clips of 0.5 s round each true expression:"]
    lines += [*_paper(report.paper), _NOT_A_TARGET, "", "Found as (at IoU 0.5):"]
    lines += [f"  {kind + ':':<9} {_together(found)}" for kind, found in report.kinds.items()]
    return "\n".join(lines) + "\n"


def rows(report: Report) -> Iterator[tuple[str, str, str, str]]:
    """Each figure a row: its name, the IoU and the kind that it is of, and its value."""
    told = report.as_map()
    for at, by_kind in told.pop("by_iou").items():
        for kind, counts in by_kind.items():
            for name, value in counts.items():
                yield name, at, kind, _written(value)
    for kind, found in told.pop("kinds").items():
        for found_as, n in found.items():
            yield f"found_as_{found_as}", "0.5", kind, str(n)
    for name in LISTS:
        told.pop(name)
    yield from ((name, "", "", value) for name, value in _flat("", told))


def listed(report: Report) -> list[Listed]:
    """What was missed and what was false, in the order of time."""
    all_of_them = [(name, span) for name in LISTS for span in getattr(report, name)]
    return sorted(all_of_them, key=lambda each: (each[1].clip, each[1].onset))


def list_lines(report: Report, rate_hz: float) -> Iterator[str]:
    """The same for people: when, how long, what."""
    for name, span in listed(report):
        ms = (span.offset - span.onset + 1) * 1000.0 / rate_hz
        channels = " ".join(f"c{channel + 1}" for channel in span.channels)
        where = f"{span.clip} " if span.clip else ""
        what = name.replace("_", " ").replace("called expressions", "called an expression")
        said = f"{where}{span.onset / rate_hz:10.3f} s {ms:6.0f} ms  {what:<20} {span.kind}"
        yield f"{said} {channels}".rstrip()


def how_many(spans: Iterable[Span]) -> str:
    """How many there are of each kind."""
    return _together(Counter(span.kind for span in spans))


def _together(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {kind}" for kind, n in counts.items()) or "none"


def _row(cells: Iterable[str]) -> str:
    one, name, *rest = zip(_WIDTHS, cells, strict=True)
    left = f"{one[1]:<{one[0]}} {name[1]:<{name[0]}}"
    return (left + "".join(f" {cell:>{width}}" for width, cell in rest)).rstrip()


def _counted(at: str, name: str, c: Counts) -> tuple[str, ...]:
    shares = (_share(c.precision), _share(c.recall), _share(c.f1))
    whole = (str(c.true), str(c.hits), str(c.false))
    return (at, name, *whole, *shares, str(c.on_nuisance), _share(c.f1_counted))


def _details(report: Report) -> Iterator[str]:
    yield (
        f"IoU of the hits {_share(report.iou_of_hits)},"
        f" of all true expressions {_share(report.iou_of_all)} (a miss is 0)"
    )
    for name in ("onset", "apex", "offset"):
        yield f"{name + ':':<8} {_errors(getattr(report, name))}"
    yield f"onset told    {_latency(report.onset_latency, 'the true onset')}"
    yield f"interval told {_latency(report.interval_latency, 'the true offset')}"
    yield (
        f"false: {_per_min(report.main.false, report.false_per_min)}; of these"
        f" {_per_min(report.on_rest, report.on_rest_per_min)} touch no true movement"
    )
    if report.retracted is not None:
        yield f"onsets retracted: {_per_min(report.retracted, report.retracted_per_min)}"
    yield (
        f"flagged as talking or movement: {report.flagged};"
        f" {report.on_speech} of them are no hits, lie on true speech and are left out"
    )
    if report.void:
        yield f"true ones without an end, left out with what lies on them: {report.void}"


def _paper(paper: PaperFigures) -> Iterator[str]:
    yield (
        f"  clips {paper.clips}, misses {paper.misses},"
        f" mean overlap {_share(paper.mean_overlap)} (misses left out)"
    )
    yield (
        f"  above 0.5: {_share(paper.share_above_half)} of the clips,"
        f" {_share(paper.share_above_half_of_380)} of 380 (as their code divides, always)"
    )
    yield f"  onset  {_differences(paper.onset)}"
    yield f"  offset {_differences(paper.offset)}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _errors(errors: Errors | None) -> str:
    if errors is None:
        return "-"
    late = "late" if errors.bias_ms >= 0 else "early"
    return (
        f"off by {errors.mean_absolute_ms:.0f} ms on average, {abs(errors.bias_ms):.0f} ms {late}"
    )


def _latency(latency: Latency | None, after: str) -> str:
    if latency is None:
        return "- (the events do not tell when)"
    return f"{latency.p50_ms:.0f} ms after {after} (median), 90 % within {latency.p90_ms:.0f} ms"


def _per_min(n: int, per_min: float | None) -> str:
    return f"{n}" if per_min is None else f"{n} ({per_min:.2f} a minute)"


def _differences(d: Differences | None) -> str:
    if d is None:
        return "-"
    se = "-" if d.se_ms is None else f"{d.se_ms:.0f}"
    return f"mean {d.mean_ms:.0f} ms, SE {se} ms, RMSE {d.rmse_ms:.0f} ms (absolute differences)"


def _flat(prefix: str, told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in told.items():
        if isinstance(value, dict):
            yield from _flat(f"{prefix}{name}_", value)
        else:
            yield f"{prefix}{name}", _written(value)


def _written(value: object) -> str:
    return "" if value is None else str(value)
