"""The mark of one channel: opened, confirmed, closed."""

import math

import numpy as np

from emgd.dsp import spot_rows as at
from emgd.dsp import spot_types as k
from emgd.dsp.spot_edges import jump, last_below, refine, sparsity, weigh
from emgd.dsp.spot_hum import HUM, HUM_AT_ONCE, hums

IDLE, RISING, OPEN = 0, 1, 2  # RISING: not yet told
BRIEF = 16  # moments that the jump of an electrode lasts at most
SPARSE = 1.55  # no burst of many units is, weak and long as it may be
SPARSE_BRIEF = 2.0  # nor one that is too short for a better guess
JUMP = 0.8  # share of the energy in one moment that no movement has


@k.kernel(k.i8(k.slow, k.i8, k.i8, k.i8))
def tell(slow: k.Slow, told: int, what: int, c: int) -> int:
    """Write an event."""
    row = at.EVENTS + 2 * told
    slow[row, at.WHAT] = what
    slow[row, at.CHANNEL] = c
    slow[row, at.E_ONSET] = slow[at.ONSET, c] - slow[at.DELAY, 0]
    slow[row, at.E_APEX] = slow[at.APEX, c] - slow[at.DELAY, 0]
    slow[row, at.E_OFFSET] = slow[at.FALLEN, c] - slow[at.DELAY, 0]
    slow[row, at.E_SAMPLE] = slow[at.SAMPLE, 0]
    slow[row + 1, at.E_PEAK] = slow[at.PEAK, c]
    slow[row + 1, at.E_REST] = slow[at.REST, c]
    slow[row + 1, at.E_ENV_PEAK] = slow[at.ENV_PEAK, c]
    slow[row + 1, at.E_ENV_SUM] = slow[at.ENV_SUM, c]
    slow[row + 1, at.E_ENV_LOW] = slow[at.ENV_LOW, c]
    slow[row + 1, at.E_NEEDED] = slow[at.NEEDED, c]
    slow[row + 1, at.E_SPARSITY] = slow[at.SPARSITY, c]
    return told + 1


@k.kernel(k.none(k.fast, k.slow, k.i8))
def begin(fast: k.Fast, slow: k.Slow, c: int) -> None:
    """The level has risen above HIGH: a burst, unless the one before is only fading."""
    now, level = slow[at.SAMPLE, 0] - 1, np.float64(fast[at.LEVEL, c])
    tail = slow[at.MASK, c] * math.exp((slow[at.ENDED, c] - now) / slow[at.TAIL, 0])
    if now <= slow[at.HOLD, 0] or level <= slow[at.REST, c] + tail:
        return
    slow[at.STATE, c] = RISING
    slow[at.NEEDED, c] = fast[at.HIGH, c] - slow[at.REST, c]
    slow[at.CROSSED, c] = slow[at.APEX, c] = now
    slow[at.PEAK, c] = level
    slow[at.FALLEN, c] = -1
    begun = last_below(fast, slow, c, np.float64(fast[at.LOW, c]))
    slow[at.ONSET, c] = max(begun, slow[at.ENDED, c])


@k.kernel(k.i8(k.fast, k.slow, k.i8, k.i8))
def check(fast: k.Fast, slow: k.Slow, c: int, told: int) -> int:
    """Early on, each mains period: a movement, unless the mains explains the level."""
    hop, lag = slow[at.HOP_SAMPLES, 0], slow[at.LAG, 0]
    since = slow[at.SAMPLE, 0] - 1 - slow[at.CROSSED, c]
    open_ = slow[at.STATE, c] == OPEN
    if since < slow[at.CONFIRM, 0] or (open_ and since // hop % max(lag // hop, 1) != 0):
        return told
    if hums(fast, slow, c, 0, int(4 * lag), HUM_AT_ONCE):
        slow[at.STATE, c] = IDLE
        return tell(slow, told, at.DROPPED, c) if open_ else told
    slow[at.STATE, c] = OPEN
    return told if open_ else tell(slow, told, at.OPENED, c)


@k.kernel(k.truth(k.fast, k.slow, k.i8))
def moves(fast: k.Fast, slow: k.Slow, c: int) -> bool:
    """Whether a burst that is over was a movement: high and long enough, no pop and no hum."""
    rise, lasts = slow[at.PEAK, c] - slow[at.REST, c], slow[at.FALLEN, c] - slow[at.ONSET, c]
    if rise < slow[at.FLOOR, c] or lasts < slow[at.SHORTEST, 0]:
        return False
    if lasts <= BRIEF * slow[at.MOMENT, 0] and jump(fast, slow, c) > JUMP:
        return False
    twice = 2 * slow[at.NEEDED, c]
    sparse = SPARSE if lasts > slow[at.LONG, 0] else SPARSE_BRIEF
    if rise < twice and slow[at.SPARSITY, c] > sparse:
        return False
    ago = slow[at.SAMPLE, 0] - 1 - slow[at.FALLEN, c] + slow[at.DELAY, 0]
    span = min(lasts - slow[at.LAG, 0], 10 * slow[at.LAG, 0])
    return not hums(fast, slow, c, int(ago), int(span), HUM)


@k.kernel(k.i8(k.fast, k.slow, k.i8, k.i8))
def close(fast: k.Fast, slow: k.Slow, c: int, told: int) -> int:
    """The level has fallen: an interval, or nothing."""
    state = slow[at.STATE, c]
    slow[at.STATE, c] = IDLE
    if state != OPEN:
        return told
    slow[at.SPARSITY, c] = sparsity(fast, slow, c)
    moved = moves(fast, slow, c)
    refine(fast, slow, c)
    weigh(fast, slow, c, slow[at.ONSET, c], slow[at.FALLEN, c])
    slow[at.ENDED, c] = slow[at.FALLEN, c]
    slow[at.MASK, c] = slow[at.RELEASE, 0] * (slow[at.PEAK, c] - slow[at.REST, c])
    return tell(slow, told, at.CLOSED if moved else at.DROPPED, c)


@k.kernel(k.i8(k.fast, k.slow, k.i8, k.i8))
def follow(fast: k.Fast, slow: k.Slow, c: int, told: int) -> int:
    """One hop of one channel whose level is high or whose mark is open; gives events told."""
    now, level = slow[at.SAMPLE, 0] - 1, np.float64(fast[at.LEVEL, c])
    state = slow[at.STATE, c]
    if now <= slow[at.BLIND, c]:
        slow[at.STATE, c] = IDLE
        return tell(slow, told, at.DROPPED, c) if state == OPEN else told
    if state == IDLE:
        begin(fast, slow, c)
        return told
    if level > slow[at.PEAK, c]:
        slow[at.PEAK, c] = level
        slow[at.APEX, c] = now
    rest = slow[at.REST, c]
    release = rest + slow[at.RELEASE, 0] * (slow[at.PEAK, c] - rest)
    if level >= max(release, np.float64(fast[at.LOW, c])):
        slow[at.FALLEN, c] = -1
    elif slow[at.FALLEN, c] < 0:
        slow[at.FALLEN, c] = now
    elif now - slow[at.FALLEN, c] >= slow[at.MERGE, 0]:
        return close(fast, slow, c, told)
    early = now - slow[at.CROSSED, c] <= 6 * slow[at.LAG, 0]
    if slow[at.FALLEN, c] < 0 and (early or state == RISING):
        return check(fast, slow, c, told)
    return told
