"""Truth and events in the same steps and of the same recordings."""

from dataclasses import replace

from emgd.face.match import Span
from emgd.movements.model import Movements, MovementsFault, some


def in_step(truth: Movements, found: Movements) -> float:
    """Bring both to the finer of their steps; gives that rate."""
    rates = [each.rate_hz for each in (truth, found) if each.rate_hz]
    if not rates:
        raise MovementsFault(
            "Neither file tells how many samples there are a second: say it with --rate."
        )
    finest = max(rates)
    for each in (truth, found):
        own_hz = each.rate_hz or rates[0]
        if own_hz != finest:
            each.spans = [_scaled(span, finest / own_hz) for span in each.spans]
        each.rate_hz = finest
    return finest


def of_same_clips(truth: Movements, found: Movements, only: str | None) -> None:
    """Keep `only` that recording, or see to it that both name the same ones."""
    if only is not None:
        _keep(truth, only)
        _keep(found, only)
    if min(len(truth.clips), len(found.clips)) == 0:
        return
    if len(truth.clips) == len(found.clips) == 1:
        for each in (truth, found):
            each.spans = [replace(span, clip="") for span in each.spans]
    elif not truth.clips & found.clips:
        raise MovementsFault(
            "The files do not speak of the same recordings: the truth names"
            f" {some(truth.clips) or 'none'}, the events {some(found.clips - {''}) or 'none'}."
            " Choose one with --clip where the other file is of that one alone."
        )


def _keep(listed: Movements, only: str) -> None:
    if listed.clips in (set(), {""}):
        return  # all of the one recording there is
    if only not in listed.clips:
        raise MovementsFault(f"There is no recording {only!r}: there are {some(listed.clips)}.")
    listed.spans = [span for span in listed.spans if span.clip == only]


def _scaled(span: Span, factor: float) -> Span:
    """In finer steps: the last one of a step that belongs to it still does."""

    def at(place: int | None) -> int | None:
        return None if place is None else round(place * factor)

    return replace(
        span,
        onset=round(span.onset * factor),
        offset=round((span.offset + 1) * factor) - 1,
        apex=at(span.apex),
        told=at(span.told),
        closed=at(span.closed),
    )
