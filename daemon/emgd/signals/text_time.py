"""The columns that tell the time or count the samples: they give the rate and the gaps."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from emgd.signals.model import Run

_Numbers = NDArray[np.float64]
_Places = NDArray[np.int64]

_TIMES = frozenset({"time", "t", "timestamp", "timestamps", "x"})
_COUNTS = frozenset({"sample", "samples", "index", "nseq", "frame"})
_SECONDS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), 1e-3),
    **dict.fromkeys(("us", "usec", "microsecond", "microseconds"), 1e-6),
    **dict.fromkeys(("ns", "nanosecond", "nanoseconds"), 1e-9),
    **dict.fromkeys(("min", "minute", "minutes"), 60.0),
}
_LOOKED_AT = 1000  # rows by which a column without a name is known
_UNEVEN = 0.25  # of a step, by which steps may differ
_GAP = 1.5  # steps
_BELOW_S = 0.1  # a step of a time without a unit that is shorter is told in seconds
_NEAR = 0.001  # a rate that close to a whole number is one
_UTC_S = 1e8  # a time above that counts from 1970


@dataclass(slots=True)
class Clock:
    """What came of it."""

    columns: set[int] = field(default_factory=set)  # that are no channels
    rate_hz: float | None = None
    runs: list[Run] = field(default_factory=list)
    t_ns: Callable[[int], int | None] = lambda sample: None
    remarks: list[str] = field(default_factory=list)


def clock_of(table: _Numbers, names: list[str], units: list[str]) -> Clock:
    """Find them among the columns of numbers, and use them."""
    clock = Clock()
    places = np.arange(len(table))
    beside = len(names) > 1  # a single column is the signal, whatever it looks like
    counted = False
    for c, name in enumerate(names):
        values = table[:, c]
        if _is_count(name) or (beside and not c and not name and _counts_up(values)):
            clock.columns.add(c)
            if name.lower() in ("", "sample", "index") and (np.diff(values) > 0).all():
                places, counted = (values - values[0]).astype(np.int64), True
    for c, name in enumerate(names):
        values = table[:, c]
        size = _seconds_in(name, units[c])
        unnamed = beside and not c and not name and not clock.columns and _is_even(values)
        if c in clock.columns or (size is None and not unnamed and name.lower() not in _TIMES):
            continue
        clock.columns.add(c)
        places = _use(clock, f"column {c} ({name or 'no name'})", values, size, places, counted)
    clock.runs = _runs(places)
    return clock


def _use(
    clock: Clock, what: str, values: _Numbers, size: float | None, places: _Places, counted: bool
) -> _Places:
    """Take rate and gaps from a column of times; gives the place of each row."""
    steps = np.diff(values)
    if not len(steps) or not (steps > 0).all():
        clock.remarks.append(f"{what} does not go forward: it is not used.")
        return places
    usual = float(np.median(steps))
    if size is None:
        if usual >= _BELOW_S:
            clock.remarks.append(f"{what} has steps of {usual:g} and no unit: it is not used.")
            return places
        clock.remarks.append(f"{what} is taken as a time in seconds.")
        size = 1.0
    if counted:
        rate = float((places[-1] - places[0]) / (values[-1] - values[0]))
    elif np.quantile(np.abs(steps - usual), 0.9) > _UNEVEN * usual:
        clock.remarks.append(f"{what} is uneven: the rate is its mean, and no gaps are looked for.")
        rate = float(len(steps) / (values[-1] - values[0]))
    else:
        whole = steps < _GAP * usual
        rate = float(np.count_nonzero(whole) / steps[whole].sum())
        strides = np.where(whole, 1, np.rint(steps * rate)).astype(np.int64)
        places = np.concatenate([[0], np.cumsum(strides)])
    clock.rate_hz = _neat(rate / size)
    if values[0] * size > _UTC_S:
        times, step_ns = values * (size * 1e9), 1e9 * size / rate
        clock.t_ns = lambda sample: _time_at(sample, places, times, step_ns)
    return places


def _is_count(name: str) -> bool:
    return name.lower() in _COUNTS


def _seconds_in(name: str, unit: str) -> float | None:
    """Seconds in 1 of a column of times: `time (ms)`, `t_ns`, `sec`; None where it is none."""
    bare = name.lower()
    head, _, tail = bare.rpartition("_")
    if head in _TIMES and tail in _SECONDS:
        return _SECONDS[tail]
    if bare in _TIMES and unit.lower() in _SECONDS:
        return _SECONDS[unit.lower()]
    return _SECONDS.get(bare)


def _counts_up(values: _Numbers) -> bool:
    return len(values) > 1 and bool((np.diff(values[:_LOOKED_AT]) == 1).all())


def _is_even(values: _Numbers) -> bool:
    """Whether a column goes forward in equal steps, as no signal does."""
    steps = np.diff(values[:_LOOKED_AT])
    return len(steps) > 1 and bool(steps.min() > 0 and np.ptp(steps) < _UNEVEN * np.median(steps))


def _neat(rate_hz: float) -> float:
    """Printed times are rounded: a rate next to a whole number is one."""
    near = round(rate_hz)
    return float(near) if near and abs(rate_hz / near - 1) < _NEAR else rate_hz


def _runs(places: _Places) -> list[Run]:
    begins = [0, *(np.flatnonzero(np.diff(places) != 1) + 1).tolist()]
    ends = [*begins[1:], len(places)]
    return [Run(float(places[b]), b, e) for b, e in zip(begins, ends, strict=True)]


def _time_at(sample: int, places: _Places, times: _Numbers, step_ns: float) -> int:
    row = max(0, int(np.searchsorted(places, sample, "right")) - 1)
    return round(float(times[row])) + round((sample - int(places[row])) * step_ns)
