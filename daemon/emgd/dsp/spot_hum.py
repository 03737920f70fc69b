"""Mains hum: told from muscle by its rhythm, and taken off by its template."""

import math

import numpy as np

from emgd.dsp import spot_rows as at
from emgd.dsp import spot_types as k

NOTHING = 1e-6  # square microvolts: no signal
BLIND = 0.4  # of half a second, in which the level settles
LONG = 18  # mains periods that tell for sure
HUM_AT_ONCE, HUM = 0.7, 0.6  # likeness to itself a mains period ago: of four periods, of more


@k.kernel(k.f8(k.fast, k.slow, k.i8, k.i8, k.i8, k.i8))
def rhythm(fast: k.Fast, slow: k.Slow, c: int, lag: int, skip: int, span: int) -> float:
    """How alike the residual is to itself a mains period ago: 1 for hum, near 0 for muscle."""
    rows, ring = int(slow[at.RESIDUAL_ROWS, 0]), int(slow[at.RESIDUAL_AT, 0])
    at_a = (int(slow[at.RESIDUAL_ROW, 0]) - skip + rows) % rows  # one after the newest
    at_b = (at_a - lag + rows) % rows
    both = a2 = b2 = 0.0
    for _ in range(skip, min(skip + span, rows - lag)):
        at_a = at_a - 1 if at_a else rows - 1
        at_b = at_b - 1 if at_b else rows - 1
        a, b = np.float64(fast[ring + at_a, c]), np.float64(fast[ring + at_b, c])
        both += a * b
        a2 += a * a
        b2 += b * b
    return both / math.sqrt(a2 * b2) if min(a2, b2) > NOTHING * span else 0.0


@k.kernel(k.none(k.slow, k.i8, k.i8, k.f8))
def blind(slow: k.Slow, c: int, why: int, until: float) -> None:
    """Spot nothing on a channel up to a sample."""
    if until >= slow[at.BLIND, c]:
        slow[at.BLIND, c] = until
        slow[at.WHY, c] = why
    slow[at.STIRRED, c] = 1


@k.kernel(k.none(k.fast, k.slow, k.i8, k.f8))
def learn(fast: k.Fast, slow: k.Slow, c: int, cycle: float) -> None:
    """Hum has come or changed: its last cycle goes into the template; wait a moment."""
    rows, ring = int(slow[at.RESIDUAL_ROWS, 0]), int(slow[at.RESIDUAL_AT, 0])
    newest = int(slow[at.RESIDUAL_ROW, 0]) - 1 + 2 * rows
    period, phase = int(slow[at.PERIOD, 0]), int(slow[at.PHASE, 0]) - 1
    for back in range(period):
        row = at.TEMPLATE + (phase - back) % period
        age = int(back - back // cycle * cycle + 0.5)
        fast[row, c] += fast[ring + (newest - age) % rows, c]
    now, moment = slow[at.SAMPLE, 0] - 1, slow[at.CELL_HOPS, 0] * slow[at.HOP_SAMPLES, 0]
    blind(slow, c, at.HUM, now + BLIND * moment)
    if now - slow[at.HUMMED, c] < 4 * moment:  # it does not hold: what is left of it is rest
        slow[at.CELLS, c] = slow[at.CELL_AT, c] = 0
        fast[at.HIGH, c] = np.inf
    slow[at.HUMMED, c] = now


@k.kernel(k.none(k.fast, k.slow, k.i8))
def turn(fast: k.Fast, slow: k.Slow, channels: int) -> None:
    """The mains has the other frequency: its template begins anew on all channels."""
    slow[at.PERIOD, 0], slow[at.OTHER, 0] = slow[at.OTHER, 0], slow[at.PERIOD, 0]
    slow[at.LAG, 0], slow[at.LAG_OTHER, 0] = slow[at.LAG_OTHER, 0], slow[at.LAG, 0]
    slow[at.PHASE, 0] = 0
    for row in range(at.TEMPLATE, int(slow[at.RESIDUAL_AT, 0])):
        for c in range(fast.shape[1]):
            fast[row, c] = np.float32(0)
    moment = slow[at.CELL_HOPS, 0] * slow[at.HOP_SAMPLES, 0]
    for c in range(channels):
        blind(slow, c, at.HUM, slow[at.SAMPLE, 0] - 1 + moment)
        slow[at.CELLS, c] = slow[at.CELL_AT, c] = 0
        fast[at.HIGH, c] = fast[at.LIMIT, c] = np.inf


@k.kernel(k.none(k.fast, k.slow, k.i8))
def listen(fast: k.Fast, slow: k.Slow, channels: int) -> None:
    """At each cell's end, one channel after the other: is there hum of the other frequency?"""
    moment = slow[at.CELL_HOPS, 0] * slow[at.HOP_SAMPLES, 0]
    c = int(slow[at.SAMPLE, 0] / moment) % channels
    other = int(slow[at.LAG_OTHER, 0])
    if slow[at.STATE, c] == 0 and rhythm(fast, slow, c, other, 0, LONG * other) > HUM:
        turn(fast, slow, channels)


@k.kernel(k.truth(k.fast, k.slow, k.i8, k.i8, k.i8, k.f8))
def hums(fast: k.Fast, slow: k.Slow, c: int, skip: int, span: int, least: float) -> bool:
    """Whether so many samples, some samples ago, are mains hum, which is learned then."""
    lag, other = int(slow[at.LAG, 0]), int(slow[at.LAG_OTHER, 0])
    period = int(slow[at.PERIOD, 0])
    moment = slow[at.CELL_HOPS, 0] * slow[at.HOP_SAMPLES, 0]
    if rhythm(fast, slow, c, lag, skip, max(span, lag)) > least:
        learn(fast, slow, c, period / max(1, round(period / lag)))
        return True
    # a cycle of no whole number of samples was learned roughly: what is left comes back each period
    if period > lag + 1 and rhythm(fast, slow, c, period, skip, max(span, period)) > least:
        learn(fast, slow, c, float(period))
        return True
    if rhythm(fast, slow, c, other, skip, max(span, other)) > least:
        blind(slow, c, at.HUM, slow[at.SAMPLE, 0] - 1 + BLIND * moment)
        return True
    return False
