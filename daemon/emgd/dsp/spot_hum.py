"""Mains hum: told from muscle by its rhythm, and taken off by its template."""

import math

import numpy as np

from emgd.dsp import spot_rows as at
from emgd.dsp import spot_types as k

HUM_AT_ONCE, HUM = 0.7, 0.6  # likeness to itself a mains period ago: of two periods, of more


@k.kernel(k.f8(k.fast, k.slow, k.i8, k.i8, k.i8))
def rhythm(fast: k.Fast, slow: k.Slow, c: int, lag: int, span: int) -> float:
    """How alike the residual is to itself a mains period ago: 1 for hum, near 0 for muscle."""
    rows, ring = int(slow[at.RESIDUAL_ROWS, 0]), int(slow[at.RESIDUAL_AT, 0])
    newest = int(slow[at.RESIDUAL_ROW, 0]) - 1 + 2 * rows
    both = a2 = b2 = 0.0
    for back in range(min(span, rows - lag)):
        a = np.float64(fast[ring + (newest - back) % rows, c])
        b = np.float64(fast[ring + (newest - back - lag) % rows, c])
        both += a * b
        a2 += a * a
        b2 += b * b
    return both / math.sqrt(a2 * b2) if a2 > 0 and b2 > 0 else 0.0


@k.kernel(k.none(k.slow, k.i8, k.i8, k.f8))
def blind(slow: k.Slow, c: int, why: int, until: float) -> None:
    """Spot nothing on a channel up to a sample."""
    if until >= slow[at.BLIND, c]:
        slow[at.BLIND, c] = until
        slow[at.WHY, c] = why
    slow[at.STIRRED, c] = 1


@k.kernel(k.none(k.fast, k.slow, k.i8))
def learn(fast: k.Fast, slow: k.Slow, c: int) -> None:
    """Hum has come or changed: take the last periods for its template, and wait a moment."""
    rows, ring = int(slow[at.RESIDUAL_ROWS, 0]), int(slow[at.RESIDUAL_AT, 0])
    newest = int(slow[at.RESIDUAL_ROW, 0]) - 1 + 2 * rows
    period, phase = int(slow[at.PERIOD, 0]), int(slow[at.PHASE, 0]) - 1
    for back in range(period):
        row = at.TEMPLATE + (phase - back) % period
        total, found = 0.0, 0
        age = back
        while age < min(rows, 3 * slow[at.LAG, 0]):
            total += fast[ring + (newest - age) % rows, c]
            found += 1
            age += period
        if found:
            fast[row, c] += total / found
    hold = slow[at.CELL_HOPS, 0] * slow[at.HOP_SAMPLES, 0]
    blind(slow, c, at.HUM, slow[at.SAMPLE, 0] - 1 + 0.4 * hold)


@k.kernel(k.truth(k.fast, k.slow, k.i8, k.f8, k.f8))
def hums(fast: k.Fast, slow: k.Slow, c: int, span: float, least: float) -> bool:
    """Whether the newest samples are mains hum, which is learned then."""
    lag, other = int(slow[at.LAG, 0]), int(slow[at.LAG_OTHER, 0])
    now = slow[at.SAMPLE, 0] - 1
    if rhythm(fast, slow, c, lag, int(max(min(span, 10.0 * lag), 2.0 * lag))) > least:
        learn(fast, slow, c)
        return True
    if rhythm(fast, slow, c, other, int(max(min(span, 10.0 * other), 2.0 * other))) > least:
        blind(slow, c, at.HUM, now + 0.3 * slow[at.CELL_HOPS, 0] * slow[at.HOP_SAMPLES, 0])
        return True
    return False
