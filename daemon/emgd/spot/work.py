"""An order done: a file is read once, and spotted in with any number of settings."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from emgd.dsp.filters import BandError
from emgd.plans import filter_plan, parameters
from emgd.settings import Filter
from emgd.signals import Signal, SignalFault, open_signal
from emgd.signals.model import Piece, Watch
from emgd.spot.offline import Prepared, baseline_events, prepare
from emgd.spot.online import online_events
from emgd.spot.order import BASELINE, Event, Order, Result, Trace, settings_of

_TRACE_S = 0.01
_READ_SHARE = 0.5  # of the work of the baseline, for the progress


def spot(order: Order, watch: Watch = lambda done: None) -> Result:
    """The events of a file; SignalFault or ConfigError where it cannot be done."""
    signal = open_signal(order.path, order.wanted)
    settings_in = partial(settings_of, order)
    settings = settings_in(signal.meta)
    counted = _Counted(signal)
    trace = _Tracer(signal.rate_hz) if order.traced else None
    try:
        if order.method == BASELINE:
            plan = filter_plan(settings.filter)
            read = counted.pieces(lambda done: watch(done * _READ_SHARE))
            prepared = prepare(
                signal, plan, read, lambda done: watch(_READ_SHARE + done * (1 - _READ_SHARE))
            )
            events = baseline_events(signal, prepared, parameters(settings.baseline), order.clip)
            if trace:
                trace.take(prepared.first, np.column_stack(prepared.envelopes))
        else:
            pieces = partial(counted.pieces, watch)
            events = online_events(signal, settings_in, pieces, trace.take if trace else _nothing)
    except BandError as fault:
        raise SignalFault(f"{order.path}: {fault}") from fault
    return _result(order, signal, counted, events, trace.trace() if trace else None)


def sweep(order: Order, variants: Sequence[tuple[str, ...]]) -> list[Result]:
    """The events with each of some settings; the file is read once."""
    signal = open_signal(order.path, order.wanted)
    counted = _Counted(signal)
    kept = list(counted.pieces(lambda done: None))
    prepared: dict[Filter, Prepared] = {}
    results = []
    try:
        for variant in variants:
            settings_in = partial(settings_of, replace(order, sets=(*order.sets, *variant)))
            settings = settings_in(signal.meta)
            if order.method == BASELINE:
                known = prepared.get(settings.filter)
                if known is None:
                    plan = filter_plan(settings.filter)
                    known = prepare(signal, plan, kept, lambda done: None)
                    prepared[settings.filter] = known
                wanted = parameters(settings.baseline)
                events = baseline_events(signal, known, wanted, order.clip)
            else:
                events = online_events(signal, settings_in, lambda: kept)
            results.append(_result(order, signal, counted, events, None))
    except BandError as fault:
        raise SignalFault(f"{order.path}: {fault}") from fault
    return results


def _nothing(first: int, env: NDArray[np.float32]) -> None:
    """Nobody draws."""


def _result(
    order: Order, signal: Signal, counted: "_Counted", events: list[Event], trace: Trace | None
) -> Result:
    return Result(
        path=order.path,
        rate_hz=signal.rate_hz,
        samples=counted.samples,
        first=(counted.first or 0) if signal.meta else 0,  # files begin at 0, also with a gap
        channels=signal.channels,
        events=events,
        remarks=signal.remarks,
        trace=trace,
    )


class _Counted:
    """The pieces of a signal, and how many samples there were."""

    def __init__(self, signal: Signal) -> None:
        self._signal = signal
        self.samples = 0
        self.first: int | None = None

    def pieces(self, watch: Watch) -> Iterator[Piece]:
        """One pass."""
        self.samples, self.first = 0, None
        for piece in self._signal.pieces(watch):
            self.samples += len(piece.values)
            self.first = piece.first if self.first is None else self.first
            yield piece


class _Tracer:
    """Keeps the highest value of every hundredth of a second."""

    def __init__(self, rate_hz: float) -> None:
        self._every = max(1, round(_TRACE_S * rate_hz))
        self._parts: list[tuple[int, NDArray[np.float32]]] = []

    def take(self, first: int, env: NDArray[np.float32] | NDArray[np.float64]) -> None:
        """The envelope of a piece; its last, short stretch counts as a whole one."""
        stretches = -(-len(env) // self._every)
        padded = np.full((stretches * self._every, env.shape[1]), -np.inf, np.float32)
        padded[: len(env)] = np.where(np.isnan(env), -np.inf, env)
        highest = padded.reshape(stretches, self._every, -1).max(axis=1)
        self._parts.append((first, highest))

    def trace(self) -> Trace | None:
        """All of it on one time axis."""
        if not self._parts:
            return None
        origin = self._parts[0][0]
        last, rows = self._parts[-1]
        count = (last - origin) // self._every + len(rows) + 1
        highest = np.full((count, rows.shape[1]), np.nan, np.float32)
        for first, rows in self._parts:
            at = (first - origin) // self._every
            highest[at : at + len(rows)] = np.fmax(highest[at : at + len(rows)], rows)
        highest[np.isneginf(highest)] = np.nan
        return Trace(origin, self._every, highest)
