"""The envelopes of a recording, made again by its own filters: recordings hold raw counts only."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgd.dsp.filters import Chain, Design, FilterPlan, design
from emgd.recorder.entry import maps, positive, whole
from emgd.recording import Recording
from emgd.recording.samples import Samples

_ENV = 1  # the second plane of the chain's output


@dataclass(frozen=True, slots=True)
class Envelope:
    """A piece of it, in microvolts, with the filters' delay given back."""

    t_ns: NDArray[np.int64]
    values: NDArray[np.float32]  # [samples, channels]


def envelopes(recording: Recording) -> Iterator[Envelope]:
    """The envelope packet by packet, as the daemon published it."""
    plan = _design(recording)
    delay_ns = round(plan.env_delay_ms * 1e6)
    chain: Chain | None = None
    factors: tuple[float, ...] = ()
    end: int | None = None
    for block in recording.blocks():
        if not np.isfinite(block.uv_per_count).all():
            continue
        known = tuple(block.uv_per_count.tolist())
        if chain is None or known != factors:
            chain, factors = Chain(plan, known), known
        elif block.first != end:
            chain.bridge()
        end = block.end
        yield _piece(block, chain, delay_ns)


def _piece(block: Samples, chain: Chain, delay_ns: int) -> Envelope:
    values = chain.process(np.ascontiguousarray(block.counts))[_ENV].copy()
    return Envelope(block.times() - delay_ns, values)


def _design(recording: Recording) -> Design:
    """The chain that was in force, as `meta` tells it; the usual one where it says nothing."""
    told = maps([recording.meta.get("filter")])[0]
    usual = FilterPlan()
    low, high = _edges(told.get("band_hz"))
    notches = told.get("notch_hz")
    plan = FilterPlan(
        band_hz=(low or usual.band_hz[0], high or usual.band_hz[1]),
        band_order=whole(told.get("band_order")) or usual.band_order,
        env_hz=positive(told.get("env_hz")) or usual.env_hz,
        env_order=whole(told.get("env_order")) or usual.env_order,
        mains_hz=round(positive(notches[0]) or 0) if isinstance(notches, list) and notches else 0,
    )
    return design(plan, round(recording.rate_hz))


def _edges(band: object) -> tuple[float | None, float | None]:
    if isinstance(band, list | tuple) and len(band) == 2:
        return positive(band[0]), positive(band[1])
    return None, None
