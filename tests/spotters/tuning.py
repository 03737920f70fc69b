"""A bounded random search, the same for every detector."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

from emgd.face.figures import Report
from emgd.face.match import Span
from emgd.face.score import score

from tests.spotters.method import Method, Params
from tests.spotters.streams import RATE_HZ, Stream


def spot_all(method: Method, streams: Sequence[Stream], params: Params) -> Report:
    """Score a detector on all streams as one: each is a recording of its own."""
    truth: list[Span] = []
    found: list[Span] = []
    for stream in streams:
        clip = str(stream.seed)
        truth += [_in(clip, span) for span in stream.truth]
        found += [_in(clip, span) for span in method.spot(stream, params)]
    return score(truth, found, sum(stream.minutes for stream in streams), RATE_HZ)


def _in(clip: str, span: Span) -> Span:
    return replace(span, clip=clip)


def worth(report: Report) -> float:
    """What the search makes large: F1, the fit of the hits, few false ones."""
    return (
        (report.main.f1 or 0.0)
        + 0.5 * (report.iou_of_hits or 0.0)
        - 0.05 * (report.false_per_min or 0.0)
    )


def tuned(method: Method, streams: Sequence[Stream], trials: int) -> dict[str, Any]:
    """The best of so many draws; the defaults are the first of them."""
    draws = Random(method.name)
    best, most = dict(method.defaults), float("-inf")
    for trial in range(trials):
        drawn = {name: draws.choice(list(choices)) for name, choices in method.choices.items()}
        params = dict(method.defaults) if trial == 0 else drawn
        try:
            value = worth(spot_all(method, streams, params))
        except (IndexError, ValueError):  # some fail on some of their parameters
            continue
        if value > most:
            best, most = params, value
    return best
