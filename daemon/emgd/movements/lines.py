"""Movements from JSON lines: the simulated board's truth, and what `emgd spot` prints."""

import json
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any

from emgd.face.match import Span, kind_of
from emgd.movements.model import Movements, MovementsFault, Told, channel_numbers, number, step

_NO_MOVEMENTS = ("settings", "stream", "lost", "artefact", "end", "onset", "retract")


def read_lines(path: Path, lines: Iterable[str], told: Told) -> Movements:
    """Each line one map; those that tell of no movement are passed over and counted."""
    maps = [_map(path, place, line) for place, line in enumerate(lines, 1) if line.strip()]
    streams = {each.get("stream") for each in maps if each.get("type") == "stream"}
    if len(streams) > 1:
        raise MovementsFault(
            f"{path} tells of {len(streams)} streams, each of which counts its samples from 0:"
            " keep the lines of one of them."
        )
    listed = Movements(rate_hz=told.rate_hz or _rate_hz(maps))
    rate_hz = listed.rate_hz or 1000.0
    opened = {
        each["id"]: step(each.get("told"))
        for each in maps
        if each.get("topic") == "onset" and isinstance(each.get("id"), int | str)
    }
    passed_over = 0
    for each in maps:
        about = each.get("topic") or each.get("type")
        if about in (None, "event", "interval") and "onset" in each:
            listed.spans.append(_span(path, each, rate_hz, opened))
        elif about == "end" and (samples := number(each.get("samples"))) is not None:
            listed.minutes = samples / rate_hz / 60.0
        elif about not in _NO_MOVEMENTS:
            passed_over += 1
    if passed_over:
        listed.said.append(f"{path}: {passed_over} lines tell of no movement and were passed over.")
    if opened:
        listed.retracted = sum(each.get("topic") == "retract" for each in maps)
    return listed


def _map(path: Path, place: int, line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as fault:
        raise MovementsFault(
            f"{path}, line {place} is no JSON: {fault}. One map a line is expected, as"
            " `emgd spot --json` and `boardsim --truth` write them."
        ) from fault
    if not isinstance(value, dict):
        raise MovementsFault(f"{path}, line {place} is JSON, but no map with `onset` and `offset`.")
    return value


def _rate_hz(maps: list[dict[str, Any]]) -> float | None:
    """The rate as told, else what places and durations in ms say together."""
    for each in maps:
        if (rate_hz := number(each.get("rate_hz"))) is not None and rate_hz > 0:
            return rate_hz
    rates = []
    for each in maps:
        first, last = number(each.get("onset")), number(each.get("offset"))
        ms = number(each.get("duration_ms"))
        if first is not None and last is not None and ms and ms > 0 and last > first:
            rates.append((last - first) * 1000.0 / ms)
    return float(round(median(rates))) or None if rates else None


def _span(
    path: Path, each: dict[str, Any], rate_hz: float, opened: dict[int | str, int | None]
) -> Span:
    first, last = step(each.get("onset")), step(each.get("offset"))
    void = each.get("complete") is False
    if first is None or last is None or last < first:
        raise MovementsFault(
            f"{path}: the movement {json.dumps(each)[:200]} has no `onset` and `offset` that are"
            " sample numbers in this order."
        )
    channels = channel_numbers(each.get("channels"))
    if (strongest := step(each.get("channel"))) is not None and strongest >= 0:
        channels = (strongest, *channel_numbers(each.get("also")))
    name = each.get("id")
    onset_told = opened.get(name) if isinstance(name, int | str) else None
    own_told = step(each.get("told"))
    return Span(
        first,
        last,
        kind_of(each.get("kind"), first, last, rate_hz),
        step(each.get("apex")),
        channels,
        Path(str(each.get("file", ""))).stem,
        told=onset_told if own_told is None else own_told,
        closed=step(each.get("closed")),
        flagged=bool(each.get("flags")),
        void=void,
    )
