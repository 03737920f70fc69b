"""The paper's baseline over a file: each channel on its own, each candidate an event."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgd.dsp.baseline import Clip, Parameters, merged
from emgd.dsp.filters import FilterPlan
from emgd.dsp.spotter import Burst, What
from emgd.dsp.zero_phase import envelope
from emgd.face.expression import Expressions, Worn
from emgd.signals.model import Piece, Signal, Watch
from emgd.spot.order import BASELINE, Event

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Prepared:
    """The envelopes of a file, for any number of parameters."""

    first: int
    envelopes: list[Floats]
    clips: list[Clip]


def prepare(signal: Signal, plan: FilterPlan, pieces: Iterable[Piece], watch: Watch) -> Prepared:
    """Filter all channels; what is missing stays missing."""
    parts = list(pieces)
    if not parts:
        return Prepared(0, [], [])
    first = parts[0].first
    samples = parts[-1].first + len(parts[-1].values) - first
    uv = signal.uv_per_unit()
    envelopes: list[Floats] = []
    for c in range(len(signal.channels)):
        line = np.full(samples, np.nan)
        for part in parts:
            at = part.first - first
            line[at : at + len(part.values)] = part.values[:, c] * uv[c]
        envelopes.append(envelope(line, signal.rate_hz, plan))
        watch((c + 1) / len(signal.channels))
    return Prepared(first, envelopes, [Clip(env) for env in envelopes])


def baseline_events(
    signal: Signal, prepared: Prepared, wanted: Parameters, clip: bool
) -> list[Event]:
    """The candidates of all channels in the order of their onsets."""
    muscles = tuple(channel.muscle for channel in signal.channels)
    mvc_uv = tuple(channel.mvc_uv for channel in signal.channels)
    expressions = Expressions(Worn(muscles, mvc_uv), signal.rate_hz)
    expressions.blinks = expressions.swallows = False  # the paper knows no other kinds
    found: list[Event] = []
    for c, each in enumerate(prepared.clips):
        candidates = each.candidates(wanted)
        for onset, offset in (merged(candidates) if clip else candidates).tolist():
            burst = _burst(c, prepared.envelopes[c], onset, offset, signal.rate_hz)
            fields = expressions.describe([burst])
            for key in ("onset", "apex", "offset"):
                fields[key] += prepared.first
            t_ns = signal.t_ns(fields["onset"])
            found.append({**fields, "t_ns": t_ns, "detector": BASELINE})
    found.sort(key=lambda event: (event["onset"], event["channel"]))
    return [{"id": i, **event} for i, event in enumerate(found, 1)]


def _burst(channel: int, env: Floats, onset: int, offset: int, rate_hz: float) -> Burst:
    onset, offset = min(onset, offset), max(onset, offset)
    during = env[onset : offset + 1]
    apex = int(np.nanargmax(during))
    return Burst(
        what=What.CLOSED,
        channel=channel,
        onset=onset,
        apex=onset + apex,
        offset=offset,
        peak_uv=float(during[apex]),
        rise_uv=float(during[apex] - env[onset]),
        low_uv=float(np.nanmin(during)),
        sum_uv_ms=float(np.nansum(during[:-1])) * 1000 / rate_hz,
        known=offset,
    )
