"""The online spotter, block by block as the daemon runs it."""

from collections.abc import Sequence
from typing import Any

from emgd.dsp.filters import Chain, FilterPlan, design
from emgd.face.match import Span, span_of
from emgd.face.muscles import default_muscle
from emgd.messages import INTERVAL, ONSET, RETRACT
from emgd.settings import Spotter as Settings
from emgd.spotting import Spotting

from tests.spotters.method import Params
from tests.spotters.streams import RATE_HZ, UV_PER_COUNT, Stream

PACKET = 20


class Ours:
    """With its defaults; `mains_hz` is the filter's, which a laboratory sets once."""

    def __init__(self, mains_hz: int) -> None:
        self.name = f"emgd, filter.mains_hz = {mains_hz}"
        self.defaults: Params = {"mains_hz": mains_hz}
        self.choices: dict[str, Sequence[Any]] = {}
        self.retracted = 0

    def spot(self, stream: Stream, params: Params) -> list[Span]:
        width = stream.counts.shape[1]
        plan = design(FilterPlan(mains_hz=params["mains_hz"]), RATE_HZ)
        chain = Chain(plan, (UV_PER_COUNT,) * width)
        muscles = [default_muscle(channel) for channel in range(width)]
        spotting = Spotting(RATE_HZ, muscles, Settings(), settle_samples=plan.settle_samples)
        opened: dict[int, int] = {}
        spans: list[Span] = []
        for first in range(0, len(stream.counts), PACKET):
            counts = stream.counts[first : first + PACKET]
            newest = first + len(counts) - 1
            for topic, event in spotting.update(first, chain, counts):
                if topic == ONSET:
                    opened[event["id"]] = newest
                elif topic == RETRACT:
                    self.retracted += 1
                elif topic == INTERVAL:
                    told = {**event, "told": opened.get(event["id"]), "closed": newest}
                    spans.append(span_of(told, RATE_HZ))
        spans += [
            span_of(event, RATE_HZ) for topic, event in spotting.finish() if topic == INTERVAL
        ]
        return spans


METHODS = (Ours(50), Ours(0))
