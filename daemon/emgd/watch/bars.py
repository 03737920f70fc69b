"""The live rows: one bar a channel."""

import math
from dataclasses import dataclass

from emgd.watch.headers import faults
from emgd.watch.history import BINS_PER_S
from emgd.watch.lines import FULL, HATCH, PARTS, PEAK, Line, Span, Style, cells, clip, crop, fit
from emgd.watch.model import Model
from emgd.watch.numbers import microvolts
from emgd.watch.view import View, peak_uv

HOLD_BINS = 2 * BINS_PER_S
NAME_MOST, MUSCLE_MOST, BAR_LEAST = 8, 22, 16


@dataclass(frozen=True, slots=True)
class Columns:
    """How wide the parts of a channel's row are, the same in all rows."""

    name: int
    muscle: int
    plot: int
    flags: int


def columns(model: Model, channels: list[int], width: int, taken: int) -> Columns:
    """Share the width: the plot and the flags come first, the muscle's name gets the rest."""
    known = [model.meta.channel(c) for c in channels]
    name = min(NAME_MOST, max((cells(channel.name) for channel in known), default=0))
    flags = max((cells(flags_of(model, c)) for c in channels), default=0)
    flags = min(flags, max(0, width // 3))
    left = width - taken - name - flags - BAR_LEAST - 1
    muscle = max((cells(channel.muscle) for channel in known), default=0)
    muscle = max(0, min(muscle, MUSCLE_MOST, left))
    plot = width - taken - name - (muscle + 1 if muscle else 0) - (flags + 1 if flags else 0)
    return Columns(name, muscle, max(1, plot), flags)


def title(model: Model, view: View, channel: int, parts: Columns) -> list[Span]:
    """Begin a channel's row: its number, name and muscle."""
    known = model.meta.channel(channel)
    chosen = channel == view.selected
    said = f"{'>' if chosen else ' '}{channel + 1:>2} {fit(known.name, parts.name)}"
    if parts.muscle:
        said += " " + fit(known.muscle, parts.muscle)
    return [Span(said, Style.CHOSEN if chosen else Style.PLAIN)]


def flags_of(model: Model, channel: int) -> str:
    """Say in words what is wrong with a channel."""
    return ", ".join(faults(model.meta, model.health, channel))


def rows(model: Model, view: View, channels: list[int], now_s: float, width: int) -> list[Line]:
    """Draw a bar for each of the channels."""
    taken = 4 + 1 + 7 + 1 + (6 if view.own_scale else 0)
    parts = columns(model, channels, width, taken)
    highest_uv = peak_uv(view, model)
    held = model.history.peak(HOLD_BINS) if model.history else ()
    lines = []
    for channel in channels:
        peak = float(held[channel]) if channel < len(held) else math.nan
        scale_uv = view.full_scale_uv(channel, highest_uv)
        spans = title(model, view, channel, parts)
        spans += _meter(model, view, channel, parts.plot, (peak, scale_uv), now_s)
        if parts.flags:
            spans += [Span(" "), Span(crop(flags_of(model, channel), parts.flags), Style.LOUD)]
        lines.append(clip(tuple(spans), width))
    return lines


def bar(value: float, peak: float, width: int, full: str = FULL) -> str:
    """Draw a value between 0 and 1 as a bar, with a stroke at the peak."""
    filled = max(0.0, min(value, 1.0)) * width if value == value else 0.0
    drawn = full * int(filled)
    if len(drawn) < width:
        drawn += PARTS[int(len(PARTS) * (filled - int(filled)))]
    drawn = drawn.ljust(width)
    if not peak > 0:
        return drawn
    place = min(width - 1, int(min(peak, 1.0) * width))
    return drawn if place < int(filled) else drawn[:place] + PEAK + drawn[place + 1 :]


def _meter(
    model: Model, view: View, channel: int, width: int, held: tuple[float, float], now_s: float
) -> list[Span]:
    """Draw the number and the bar of one channel."""
    if channel in view.hidden:
        return [Span(" (hidden: h shows it)".ljust(width + 9), Style.DIM)]
    if not model.meta.channel(channel).active:
        return [Span(" (switched off)".ljust(width + 9), Style.DIM)]
    peak, scale_uv = held
    value = float(model.history.last[channel]) if model.history else math.nan
    clipped = "CLIP" in faults(model.meta, model.health, channel)
    style = Style.CLIP if clipped else Style.DIM if model.stale(now_s) else Style.BAR
    drawn = bar(value / scale_uv, peak / scale_uv, width, HATCH if clipped else FULL)
    spans = [Span(f" {microvolts(value):>7} ", Style.BOLD), Span(drawn, style)]
    if view.own_scale:
        own = f"/{scale_uv:g}" if channel in view.own_scale else ""
        spans.append(Span(own.ljust(6)))
    return spans
