"""The online spotter over a file: the daemon's own chain and spotter, in larger blocks."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgd.dsp.filters import Chain, design
from emgd.dsp.kernels import ENV
from emgd.messages import INTERVAL
from emgd.plans import filter_plan
from emgd.settings import Settings
from emgd.signals.model import Piece, Signal
from emgd.spot.counts import counts_of
from emgd.spot.doubts import Doubts
from emgd.spot.order import Event
from emgd.spotting import Spotting

Tap = Callable[[int, NDArray[np.float32]], None]


def online_events(
    signal: Signal,
    settings_in: Callable[[Mapping[str, Any]], Settings],
    pieces: Callable[[], Iterable[Piece]],
    tap: Tap = lambda first, env: None,
) -> list[Event]:
    """What the daemon would have told of these samples; `tap` gets the envelope of each piece.

    `settings_in` gives what is to hold where a recording has this `meta`.
    """
    settings = settings_in(signal.meta)
    to_counts, uv_per_count = counts_of(signal, pieces)
    plan = design(filter_plan(settings.filter), round(signal.rate_hz))
    chain = Chain(plan, tuple(uv_per_count.tolist()))
    spotting = Spotting(
        signal.rate_hz,
        [channel.muscle for channel in signal.channels],
        settings.spotter,
        active=[channel.active for channel in signal.channels],
        mvc_uv=[channel.mvc_uv for channel in signal.channels],
        settle_samples=plan.settle_samples,
        utc_ns=signal.t_ns,
    )
    doubts = Doubts(signal.channels)
    told: list[tuple[str, Event]] = []
    end: int | None = None
    for piece in pieces():
        if piece.told is not None:
            told += spotting.set(settings_in(piece.told.meta).spotter)
            spotting.set_mvc(piece.told.mvc_uv)
        if end is not None and (piece.bridged or piece.first != end):
            chain.bridge()
            told += spotting.gap(end, piece.first - end)
        counts = to_counts(piece.values)
        told += spotting.update(piece.first, chain, counts, piece.off)
        tap(piece.first, chain.out[ENV])
        doubts.hear(chain.out[ENV], spotting.not_spotted())
        end = piece.first + len(counts)
    told += spotting.finish()
    signal.tell(doubts.remarks())
    return [fields for topic, fields in told if topic == INTERVAL]
