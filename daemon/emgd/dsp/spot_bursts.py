"""The mark of one channel: opened, confirmed, closed."""

import math

import numpy as np

from emgd.dsp import spot_rows as at
from emgd.dsp import spot_types as k
from emgd.dsp.spot_edges import add_env, jump, last_below, refine
from emgd.dsp.spot_hum import HUM, HUM_AT_ONCE, hums

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
    return told + 1


@k.kernel(k.i8(k.fast, k.slow, k.i8, k.i8))
def confirm(fast: k.Fast, slow: k.Slow, c: int, told: int) -> int:
    """The level has stayed high for a moment: a movement, unless the mains explains it."""
    if hums(fast, slow, c, 2.0 * slow[at.LAG, 0], HUM_AT_ONCE):
        slow[at.STATE, c] = 0
        return told
    slow[at.STATE, c] = 2
    return tell(slow, told, at.OPENED, c)


@k.kernel(k.i8(k.fast, k.slow, k.i8, k.i8))
def close(fast: k.Fast, slow: k.Slow, c: int, told: int) -> int:
    """The level has fallen: an interval, or nothing."""
    state = slow[at.STATE, c]
    slow[at.STATE, c] = 0
    if state != 2:
        return told
    add_env(fast, slow, c, slow[at.FALLEN, c], -1.0)
    rise = slow[at.PEAK, c] - slow[at.REST, c]
    lasts = slow[at.FALLEN, c] - slow[at.ONSET, c]
    refine(fast, slow, c)
    slow[at.ENDED, c] = slow[at.FALLEN, c]
    slow[at.MASK, c] = slow[at.RELEASE, 0] * rise
    enough = rise >= slow[at.FLOOR, c] and lasts >= slow[at.SHORTEST, 0]
    if enough and lasts <= 16 * slow[at.MOMENT, 0] and jump(fast, slow, c) > JUMP:
        enough = False
    if enough and hums(fast, slow, c, slow[at.SAMPLE, 0] - slow[at.ONSET, c], HUM):
        enough = False
    return tell(slow, told, at.CLOSED if enough else at.DROPPED, c)


@k.kernel(k.i8(k.fast, k.slow, k.i8, k.i8))
def follow(fast: k.Fast, slow: k.Slow, c: int, told: int) -> int:
    """One hop of one channel whose level is high or whose mark is open; gives events told."""
    now = slow[at.SAMPLE, 0] - 1
    level = np.float64(fast[at.LEVEL, c])
    state = slow[at.STATE, c]
    hop, period = slow[at.HOP_SAMPLES, 0], slow[at.LAG, 0]
    if now <= slow[at.BLIND, c]:
        slow[at.STATE, c] = 0
        return tell(slow, told, at.DROPPED, c) if state == 2 else told
    if state == 0:
        tail = slow[at.MASK, c] * math.exp((slow[at.ENDED, c] - now) / slow[at.TAIL, 0])
        if now <= slow[at.HOLD, 0] or level <= slow[at.REST, c] + tail:
            return told
        slow[at.STATE, c] = 1
        slow[at.CROSSED, c] = slow[at.APEX, c] = now
        slow[at.PEAK, c] = level
        slow[at.FALLEN, c] = -1
        begun = last_below(fast, slow, c, np.float64(fast[at.LOW, c]))
        slow[at.ONSET, c] = max(begun, slow[at.ENDED, c])
        slow[at.ENV_PEAK, c] = slow[at.ENV_SUM, c] = 0.0
        slow[at.ENV_LOW, c] = np.inf
        add_env(fast, slow, c, slow[at.ONSET, c], 1.0)
        return told
    add_env(fast, slow, c, now - 1, 1.0)
    if level > slow[at.PEAK, c]:
        slow[at.PEAK, c] = level
        slow[at.APEX, c] = now
    rest = slow[at.REST, c]
    release = max(
        np.float64(fast[at.LOW, c]), rest + slow[at.RELEASE, 0] * (slow[at.PEAK, c] - rest)
    )
    if level >= release:
        slow[at.FALLEN, c] = -1
    elif slow[at.FALLEN, c] < 0:
        slow[at.FALLEN, c] = now
    elif now - slow[at.FALLEN, c] >= slow[at.MERGE, 0]:
        return close(fast, slow, c, told)
    since = now - slow[at.CROSSED, c]
    if state == 1 and slow[at.FALLEN, c] < 0 and since >= slow[at.CONFIRM, 0]:
        return confirm(fast, slow, c, told)
    again = state == 2 and since <= 6 * period and since // hop % max(period // hop, 1) == 0
    if again and hums(fast, slow, c, 3.0 * slow[at.LAG, 0], HUM_AT_ONCE):
        slow[at.STATE, c] = 0
        return tell(slow, told, at.DROPPED, c)
    return told
