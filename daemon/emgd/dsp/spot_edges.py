"""Where a burst begins and ends, from the trail of the last seconds."""

import math

import numpy as np

from emgd.dsp import spot_rows as at
from emgd.dsp import spot_types as k

BEGIN, END = 0.03, 0.06  # shares of its peak at which a burst begins and ends: it fades slowly
FOOT = 0.15  # as low as filters that still ring let the flanks be followed
SLOPE = 0.6  # and up to which its flanks are taken for straight on
UNITS_SHOW = 4  # samples a hop, with which the spikes of single units can be told


@k.kernel(k.f8(k.fast, k.slow, k.i8, k.f8))
def last_below(fast: k.Fast, slow: k.Slow, c: int, level: float) -> float:
    """The sample of the last hop that was below a level, looking back from the newest."""
    rows = int(slow[at.TRAIL_ROWS, 0])
    own, when = int(slow[at.TRAIL_AT, 0]) + rows, int(slow[at.TRAIL_AT, 0]) + 3 * rows
    newest = int(slow[at.ROW, 0]) - 1 + rows
    now = slow[at.SAMPLE, 0] - 1
    found = now
    for back in range(rows):
        row = (newest - back) % rows
        age = (now - fast[when + row, 0]) % at.WRAP
        if fast[when + row, 0] < 0 or now - age > found:
            break
        found = now - age
        if fast[own + row, c] < level:
            break
    return float(found)


@k.kernel(k.none(k.fast, k.slow, k.i8, k.f8, k.f8))
def weigh(fast: k.Fast, slow: k.Slow, c: int, first: float, last: float) -> None:
    """Peak, lowest value and sum of the chain's envelope between two samples of the trail."""
    rows = int(slow[at.TRAIL_ROWS, 0])
    chain, when = int(slow[at.TRAIL_AT, 0]) + 2 * rows, int(slow[at.TRAIL_AT, 0]) + 3 * rows
    newest = int(slow[at.ROW, 0]) - 1 + rows
    now = slow[at.SAMPLE, 0] - 1
    peak, low, total = 0.0, np.inf, 0.0
    for back in range(rows):
        row = (newest - back) % rows
        sample = now - (now - fast[when + row, 0]) % at.WRAP
        if fast[when + row, 0] < 0 or sample <= first:
            break
        if sample <= last:
            value = np.float64(fast[chain + row, c])
            peak, low, total = max(peak, value), min(low, value), total + value
    slow[at.ENV_PEAK, c], slow[at.ENV_LOW, c], slow[at.ENV_SUM, c] = peak, min(low, peak), total


@k.kernel(k.f8(k.f8))
def along(share: float) -> float:
    """How far along a smooth rise (half a cosine) a share of its height is reached."""
    return math.acos(1 - 2 * share) / math.pi


@k.kernel(k.four(k.fast, k.slow, k.i8, k.f8, k.f8))
def flanks(
    fast: k.Fast, slow: k.Slow, c: int, foot: float, high: float
) -> tuple[float, float, float, float]:
    """Where a burst's flanks pass two levels: up at the foot, up, down, down at the foot.

    -1 where it never does, or began before the trail.
    """
    rows = int(slow[at.TRAIL_ROWS, 0])
    own, when = int(slow[at.TRAIL_AT, 0]) + rows, int(slow[at.TRAIL_AT, 0]) + 3 * rows
    newest = int(slow[at.ROW, 0]) - 1 + rows
    now = slow[at.SAMPLE, 0] - 1
    up_foot = up = down = down_foot = -1.0
    joined = False  # to what is high, without a hole down to the foot
    for back in range(rows):
        row = (newest - back) % rows
        sample = now - (now - fast[when + row, 0]) % at.WRAP
        if fast[when + row, 0] < 0 or sample < slow[at.ONSET, c]:
            return up_foot, up, down, down_foot
        level = fast[own + row, c]
        joined = level >= high or (joined and level >= foot)
        if level >= high:
            up = sample
            down = max(down, sample)
        if joined:
            up_foot = sample
        if down < 0:
            down_foot = -1.0 if level < foot else max(down_foot, sample)
    return -1.0, -1.0, -1.0, -1.0


@k.kernel(k.none(k.fast, k.slow, k.i8))
def refine(fast: k.Fast, slow: k.Slow, c: int) -> None:
    """Put onset and offset where the burst alone, without rest, passes a small share of its peak.

    Where rest hides that place, the slope above it is carried on.
    """
    rest, peak, low = slow[at.REST, c], slow[at.PEAK, c], np.float64(fast[at.LOW, c])
    power = peak * peak - rest * rest
    if power <= 0:
        return
    seen = max(FOOT, math.sqrt(max(low * low - rest * rest, 0.0) / power))
    if seen >= 0.8 * SLOPE:
        return
    foot = math.sqrt(rest * rest + seen * seen * power)
    up_foot, up, down, down_foot = flanks(
        fast, slow, c, foot, math.sqrt(rest * rest + SLOPE * SLOPE * power)
    )
    if down < 0:
        return
    before = (along(seen) - along(BEGIN)) / (along(SLOPE) - along(seen))
    after = (along(seen) - along(END)) / (along(SLOPE) - along(seen))
    most = slow[at.MERGE, 0]
    slow[at.ONSET, c] = up_foot - min(before * (up - up_foot), most)
    slow[at.FALLEN, c] = max(down, down_foot)
    slow[at.FALLEN, c] += min(after * (slow[at.FALLEN, c] - down), most)


@k.kernel(k.f8(k.fast, k.slow, k.i8))
def jump(fast: k.Fast, slow: k.Slow, c: int) -> float:
    """The share of a burst's energy that lies in its strongest moment: near 1 for a pop."""
    rows, trail = int(slow[at.TRAIL_ROWS, 0]), int(slow[at.TRAIL_AT, 0])
    newest = int(slow[at.ROW, 0]) - 1 + rows
    now, hop = slow[at.SAMPLE, 0] - 1, slow[at.HOP_SAMPLES, 0]
    moment = max(1, round(slow[at.MOMENT, 0] / hop))
    total = recent = most = 0.0
    for back in range(rows):
        if now - back * hop < slow[at.ONSET, c] - slow[at.DELAY, 0]:
            break
        value = np.float64(fast[trail + (newest - back) % rows, c])
        total += value * value
        recent += value * value
        if back >= moment:
            gone = np.float64(fast[trail + (newest - back + moment) % rows, c])
            recent -= gone * gone
        most = max(most, recent)
    return most / total if total > 0 else 0.0


@k.kernel(k.f8(k.fast, k.slow, k.i8))
def sparsity(fast: k.Fast, slow: k.Slow, c: int) -> float:
    """Of a burst's hops, the mean square over the square of the mean: high for a single unit.

    0 where hops are too short to tell.
    """
    if slow[at.HOP_SAMPLES, 0] < UNITS_SHOW:
        return 0.0
    rows, trail = int(slow[at.TRAIL_ROWS, 0]), int(slow[at.TRAIL_AT, 0])
    newest = int(slow[at.ROW, 0]) - 1 + rows
    age, hop = slow[at.SAMPLE, 0] - 1 + slow[at.DELAY, 0], slow[at.HOP_SAMPLES, 0]
    first = int(max(age - slow[at.FALLEN, c], 0) / hop)
    last = min(int((age - slow[at.ONSET, c]) / hop), rows - 1)
    total = squares = 0.0
    for back in range(first, last):
        value = np.float64(fast[trail + (newest - back) % rows, c])
        total += value
        squares += value * value
    return squares * (last - first) / (total * total) if total > 0 else 0.0
