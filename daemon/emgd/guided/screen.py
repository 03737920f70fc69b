"""The guide as lines of text, for a terminal of any size."""

import math
from textwrap import wrap

from emgd.guided.guide import Guide, Phase, Station
from emgd.watch.bars import HOLD_BINS, bar, flags_of
from emgd.watch.lines import RULE, Line, Span, Style, clip, fit, flow, length
from emgd.watch.model import Model
from emgd.watch.numbers import microvolts

LEAST_SCALE_UV = 50.0
NAME, VALUE = 6, 8
KEYS = {
    Phase.READY: (("space", "start"), ("s", "skip this muscle"), ("q", "quit")),
    Phase.COUNTDOWN: (("s", "skip this muscle"), ("q", "quit")),
    Phase.HOLD: (("s", "skip this muscle"), ("q", "quit")),
    Phase.REST: (
        ("space", "go on at once"),
        ("r", "repeat the last"),
        ("s", "enough of this muscle"),
        ("q", "quit"),
    ),
    Phase.DONE: (("space", "next muscle"), ("r", "repeat the last"), ("q", "quit")),
}


def render(
    guide: Guide, model: Model, person: str, now_s: float, size: tuple[int, int]
) -> list[Line]:
    """Draw all: at most `size` (columns, lines)."""
    width, height = size
    station = guide.station
    top: list[Line] = [
        (
            Span(f"maximum contraction of {person}", Style.BOLD),
            Span(f"   {place_of(guide)}  {title(station)}"),
        ),
        (),
        *((Span(line, Style.BOLD),) for line in wrap(station.instruction, max(20, width))),
        (),
        _now(guide, model, now_s),
        _rule(f" envelope, full {_scale_uv(station, model):.0f} µV ", width),
    ]
    tail: list[Line] = [_rule(" attempts ", width), _attempts(station)]
    for said in doubts_of(station):
        tail += [(Span(f"! {line}", Style.WARN),) for line in wrap(said, max(20, width - 2))]
    keys = [Span(f"{key} {does}") for key, does in KEYS.get(guide.phase, (("q", "quit"),))]
    foot = flow(keys, width)
    bars = _bars(guide, model, width)  # what looks wrong comes before the muscles beside
    bars = bars[: max(1, height - len(top) - len(tail) - len(foot))]
    found = [_rule(" found ", width), *flow(_found(guide), width)]
    body = [*top, *bars, *tail, *found][: max(0, height - len(foot))]
    body += [()] * (height - len(foot) - len(body))
    return [clip(line, width) for line in [*body, *foot]][:height]


def place_of(guide: Guide) -> str:
    """Which muscle it is of how many."""
    return f"{min(guide.place, len(guide.stations) - 1) + 1} of {len(guide.stations)}"


def title(station: Station) -> str:
    """A channel in words."""
    return f"{station.name} {station.muscle}".strip()


def doubts_of(station: Station) -> list[str]:
    """What is to be said of a channel's attempts."""
    failed = [f"the attempt does not count: {station.failed}"] if station.failed else []
    return [*failed, *station.all_doubts()]


def words(guide: Guide, now_s: float) -> str:
    """What goes on, for people."""
    left = math.ceil(guide.left_s(now_s))
    attempt = len(guide.station.attempts_uv) + 1
    match guide.phase:
        case Phase.READY:
            return f"ready for attempt {attempt} of {guide.plan.repetitions}"
        case Phase.COUNTDOWN:
            return f"get ready: {left}"
        case Phase.STARTING | Phase.HOLD:
            return f"HOLD IT  {max(left, 1)}"
        case Phase.STOPPING:
            return "relax"
        case Phase.REST:
            return f"relax  {left}"
        case Phase.DONE:
            return "this muscle is done"
        case _:
            return "done"


def _now(guide: Guide, model: Model, now_s: float) -> Line:
    style = Style.LOUD if guide.phase in (Phase.STARTING, Phase.HOLD) else Style.BOLD
    spans = [Span("  "), Span(f" {words(guide, now_s)} ", style)]
    if model.stale(now_s):
        spans.append(Span("   no samples come", Style.LOUD))
    return tuple(spans)


def _bars(guide: Guide, model: Model, width: int) -> list[Line]:
    """The channel of this turn first and bold, then the others, so that a louder one is seen."""
    if model.history is None:
        return [(Span("  waiting for samples", Style.DIM),)]
    held = model.history.peak(HOLD_BINS)
    station = guide.station
    scale_uv = _scale_uv(station, model)
    others = [c for c in range(len(held)) if c != station.channel and model.meta.channel(c).active]
    lines = []
    for channel in (station.channel, *others):
        if channel >= len(held):
            continue
        mine = channel == station.channel
        value = float(model.history.last[channel])
        flags = flags_of(model, channel)
        name = fit(model.meta.channel(channel).name, NAME)
        plot = max(4, width - NAME - VALUE - 6 - (len(flags) + 1 if flags else 0))
        spans = [
            Span(f" {'>' if mine else ' '}{name} ", Style.BOLD if mine else Style.DIM),
            Span(f"{microvolts(value):>{VALUE}} ", Style.BOLD if mine else Style.DIM),
            Span(
                bar(value / scale_uv, float(held[channel]) / scale_uv, plot),
                Style.BAR if mine else Style.DIM,
            ),
        ]
        if flags:
            spans += [Span(" "), Span(flags, Style.LOUD)]
        lines.append(tuple(spans))
    return lines


def _scale_uv(station: Station, model: Model) -> float:
    """What a full bar is: room above all attempts, and above what moves."""
    held = model.history.peak(HOLD_BINS) if model.history is not None else ()
    known = [float(uv) for uv in held if uv == uv]
    return max([LEAST_SCALE_UV, *(1.2 * uv for uv in station.attempts_uv), *known])


def _attempts(station: Station) -> Line:
    shown = [f"{n}: {uv:.0f} uV" for n, uv in enumerate(station.attempts_uv, 1)]
    return (Span("  " + ("    ".join(shown) or "none yet")),)


def _found(guide: Guide) -> list[Span]:
    spans = []
    for station in guide.stations:
        if station.mvc_uv is not None:
            style = Style.WARN if station.all_doubts() else Style.GOOD
            spans.append(Span(f"{station.name} {station.mvc_uv:.0f} uV", style))
        elif station.skipped:
            spans.append(Span(f"{station.name} skipped", Style.DIM))
    return spans or [Span("nothing yet", Style.DIM)]


def _rule(said: str, width: int) -> Line:
    line = (Span(RULE * 2, Style.DIM), Span(said, Style.BOLD))
    return clip((*line, Span(RULE * max(0, width - length(line)), Style.DIM)), width)
