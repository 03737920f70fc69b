"""The spotter's compiled part: levels of all channels and the marks of each; state passed in."""

import math

import numpy as np
from mcubridge.jit import kernel
from numba import types
from numpy.typing import NDArray

from emgd.dsp import spot_rows as at

_f4, _f8, _i8 = types.float32[:, ::1], types.float64[:, ::1], types.int64
_counts_in = types.Array(types.int32, 2, "C", readonly=True)

Fast = NDArray[np.float32]
Slow = NDArray[np.float64]
Single = np.float32

QUIET_SHARE = 0.25  # of the cells are quieter than what is taken for rest
RIPPLE_SHARE = 0.5  # of the cells rise less than what is taken for its ripple
LOW_SHARE = 0.35  # of the way from rest to HIGH
HUM_AT_ONCE, HUM = 0.7, 0.6  # likeness to itself a mains period ago: of two periods, of more
JUMP = 0.8  # share of the energy in one moment that no movement has
FLAT_UV = 1e-3
EDGE = 0.06  # share of its peak at which a burst begins and ends
FOOT = 0.15  # as low as filters that still ring let the flanks be followed
SLOPE = 0.6  # and up to which its flanks are taken for straight on
TINY = np.float32(1e-20)  # keeps silence from decaying into denormals
BIG = np.float32(1e9)


@kernel(types.void(_f4, _i8, _i8, _i8, types.float32, types.float32))
def replace(fast: Fast, first: int, count: int, c: int, old: Single, new: Single) -> None:
    """Put a value in the place of another one in a column that is in order; old < 0: add it."""
    place = first + count
    if old >= 0:
        place = first
        while place < first + count - 1 and fast[place, c] != old:
            place += 1
        for row in range(place, first + count - 1):
            fast[row, c] = fast[row + 1, c]
        place = first + count - 1
    while place > first and fast[place - 1, c] > new:
        fast[place, c] = fast[place - 1, c]
        place -= 1
    fast[place, c] = new


@kernel(types.void(_f4, _f8, _i8, types.float64))
def set_thresholds(fast: Fast, slow: Slow, c: int, ripple: float) -> None:
    """From the rest level and how far it usually ripples within a cell."""
    rest = slow[at.REST, c]
    ripple = max(ripple, 0.1 * rest)
    rise = max(slow[at.SENSITIVITY, 0] * ripple, slow[at.FLOOR, c])
    fast[at.HIGH, c] = rest + rise
    fast[at.LOW, c] = rest + LOW_SHARE * rise


@kernel(types.void(_f4, _f8, _i8))
def end_cell(fast: Fast, slow: Slow, c: int) -> None:
    """Take a cell into the memory of rest, and set the thresholds by it."""
    rows = int(slow[at.CELL_ROWS, 0])
    means = int(slow[at.CELLS_AT, 0])
    peaks = means + 2 * rows
    mean = np.float32(fast[at.CELL_SUM, c] / slow[at.CELL_HOPS, 0])
    peak = fast[at.CELL_MAX, c]
    count, place = int(slow[at.CELLS, c]), int(slow[at.CELL_AT, c])
    full = count == rows
    old_mean = fast[means + place, c] if full else np.float32(-1)
    old_peak = fast[peaks + place, c] if full else np.float32(-1)
    replace(fast, means + rows, count, c, old_mean, mean)
    replace(fast, peaks + rows, count, c, old_peak, peak)
    fast[means + place, c] = mean
    fast[peaks + place, c] = peak
    count = min(count + 1, rows)
    slow[at.CELLS, c] = count
    slow[at.CELL_AT, c] = (place + 1) % rows
    rest = fast[means + rows + int(QUIET_SHARE * (count - 1)), c]
    # a fall of the tone is believed at once: the second highest of the last four cells
    if count >= 4:
        one = two = np.float32(0)
        for back in range(4):
            value = fast[means + (place - back) % rows, c]
            if value > one:
                one, two = value, one
            elif value > two:
                two = value
        rest = min(rest, two)
    ripple = fast[peaks + rows + int(RIPPLE_SHARE * (count - 1)), c] - rest
    slow[at.REST, c] = rest
    set_thresholds(fast, slow, c, ripple)


@kernel(types.float64(_f4, _f8, _i8, _i8, _i8))
def rhythm(fast: Fast, slow: Slow, c: int, lag: int, span: int) -> float:
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


@kernel(types.void(_f8, _i8, _i8, types.float64))
def blind(slow: Slow, c: int, why: int, until: float) -> None:
    """Spot nothing on a channel up to a sample."""
    if until >= slow[at.BLIND, c]:
        slow[at.BLIND, c] = until
        slow[at.WHY, c] = why
    slow[at.STIRRED, c] = 1


@kernel(types.int64(_f8, _i8, _i8, _i8))
def tell(slow: Slow, told: int, what: int, c: int) -> int:
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
    return told + 1


@kernel(types.float64(_f4, _f8, _i8, _i8, types.float64))
def last_below(fast: Fast, slow: Slow, c: int, hops_back: int, level: float) -> float:
    """The sample of the last hop that was below a level, looking back from so many hops ago."""
    rows = int(slow[at.TRAIL_ROWS, 0])
    own, when = int(slow[at.TRAIL_AT, 0]) + rows, int(slow[at.TRAIL_AT, 0]) + 3 * rows
    newest = int(slow[at.ROW, 0]) - 1 + rows
    now = slow[at.SAMPLE, 0] - 1
    found = now
    for back in range(hops_back, rows):
        row = (newest - back) % rows
        age = (now - fast[when + row, 0]) % at.WRAP
        if fast[when + row, 0] < 0 or now - age > found:
            break
        found = now - age
        if fast[own + row, c] < level:
            break
    return found


@kernel(types.void(_f4, _f8, _i8, types.float64, types.float64))
def add_env(fast: Fast, slow: Slow, c: int, after: float, sign: float) -> None:
    """Add the chain's envelope of the hops after a sample to the burst's sum, or take it away."""
    rows = int(slow[at.TRAIL_ROWS, 0])
    chain, when = int(slow[at.TRAIL_AT, 0]) + 2 * rows, int(slow[at.TRAIL_AT, 0]) + 3 * rows
    newest = int(slow[at.ROW, 0]) - 1 + rows
    now = slow[at.SAMPLE, 0] - 1
    for back in range(rows):
        row = (newest - back) % rows
        if fast[when + row, 0] < 0 or now - (now - fast[when + row, 0]) % at.WRAP <= after:
            break
        value = np.float64(fast[chain + row, c])
        slow[at.ENV_SUM, c] += sign * value
        if sign > 0:
            slow[at.ENV_PEAK, c] = max(slow[at.ENV_PEAK, c], value)


@kernel(types.void(_f4, _f8, _i8))
def learn(fast: Fast, slow: Slow, c: int) -> None:
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


@kernel(types.boolean(_f4, _f8, _i8, types.float64, types.float64))
def hums(fast: Fast, slow: Slow, c: int, span: float, least: float) -> bool:
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


@kernel(types.int64(_f4, _f8, _i8, _i8))
def confirm(fast: Fast, slow: Slow, c: int, told: int) -> int:
    """The level has stayed high for a moment: a movement, unless the mains explains it."""
    if hums(fast, slow, c, 2.0 * slow[at.LAG, 0], HUM_AT_ONCE):
        slow[at.STATE, c] = 0
        return told
    slow[at.STATE, c] = 2
    return tell(slow, told, at.OPENED, c)


@kernel(types.float64(types.float64))
def along(share: float) -> float:
    """How far along a smooth rise (half a cosine) a share of its height is reached."""
    return math.acos(1 - 2 * share) / math.pi


@kernel(types.void(_f4, _f8, _i8))
def refine(fast: Fast, slow: Slow, c: int) -> None:
    """Put onset and offset where the burst alone, without rest, passes a small share of its peak.

    Where rest hides that place, the slope above it is carried on.
    """
    rows = int(slow[at.TRAIL_ROWS, 0])
    own, when = int(slow[at.TRAIL_AT, 0]) + rows, int(slow[at.TRAIL_AT, 0]) + 3 * rows
    newest = int(slow[at.ROW, 0]) - 1 + rows
    now = slow[at.SAMPLE, 0] - 1
    rest, peak, low = slow[at.REST, c], slow[at.PEAK, c], np.float64(fast[at.LOW, c])
    power = peak * peak - rest * rest
    seen = max(FOOT, math.sqrt(max(low * low - rest * rest, 0.0) / power))
    if seen >= 0.8 * SLOPE:
        return
    foot = math.sqrt(rest * rest + seen * seen * power)
    flank = math.sqrt(rest * rest + SLOPE * SLOPE * power)
    first = last = first_high = last_high = -1.0
    joined = False
    for back in range(rows):
        row = (newest - back) % rows
        sample = now - (now - fast[when + row, 0]) % at.WRAP
        if fast[when + row, 0] < 0 or sample < slow[at.ONSET, c]:
            break
        level = fast[own + row, c]
        if level < foot:
            joined = False
            if last_high < 0:  # what was above the foot after this is no part of the burst
                last = -1.0
            continue
        if last < 0:
            last = sample
        if level >= flank:
            joined = True
            first_high = sample
            if last_high < 0:
                last_high = sample
        if joined:
            first = sample
    if last_high < 0 or back == rows - 1:
        return
    beyond = (along(seen) - along(EDGE)) / (along(SLOPE) - along(seen))
    most = slow[at.MERGE, 0]
    slow[at.ONSET, c] = first - min(beyond * max(first_high - first, 0.0), most)
    slow[at.FALLEN, c] = last + min(beyond * max(last - last_high, 0.0), most)


@kernel(types.float64(_f4, _f8, _i8))
def jump(fast: Fast, slow: Slow, c: int) -> float:
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


@kernel(types.int64(_f4, _f8, _i8, _i8))
def close(fast: Fast, slow: Slow, c: int, told: int) -> int:
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


@kernel(types.int64(_f4, _f8, _i8, _i8))
def follow(fast: Fast, slow: Slow, c: int, told: int) -> int:
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
        begun = last_below(fast, slow, c, 0, np.float64(fast[at.LOW, c]))
        slow[at.ONSET, c] = max(begun, slow[at.ENDED, c])
        slow[at.ENV_PEAK, c] = slow[at.ENV_SUM, c] = 0.0
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


@kernel(types.int64(types.float32[:, :, ::1], _i8, _f4, _f8, _i8))
def end_hop(filtered: Fast, i: int, fast: Fast, slow: Slow, told: int) -> int:
    """A few milliseconds are over: the level of each channel, and what it means."""
    lanes = fast.shape[1]
    channels = filtered.shape[2]
    rows, row = int(slow[at.TRAIL_ROWS, 0]), int(slow[at.ROW, 0])
    trail = int(slow[at.TRAIL_AT, 0]) + row
    hop = slow[at.HOP_SAMPLES, 0]
    share = np.float32(1.0 / hop)
    b0, b1, b2 = (
        np.float32(slow[at.B0, 0]),
        np.float32(slow[at.B0 + 1, 0]),
        np.float32(slow[at.B0 + 2, 0]),
    )
    a1, a2 = np.float32(slow[at.B0 + 3, 0]), np.float32(slow[at.B0 + 4, 0])
    now = slow[at.SAMPLE, 0] - 1
    held = now <= slow[at.HOLD, 0]
    if slow[at.IN_CELL, 0] == 0:
        for c in range(lanes):
            fast[at.CELL_SUM, c] = fast[at.CELL_MAX, c] = np.float32(0)
    for c in range(lanes):
        mean = fast[at.SUM, c] * share + TINY
        if held:
            mean = fast[at.LEVEL, c]
        fast[at.SUM, c] = np.float32(0)
        y = b0 * mean + fast[at.Z1, c]
        fast[at.Z1, c] = b1 * mean - a1 * y + fast[at.Z2, c]
        fast[at.Z2, c] = b2 * mean - a2 * y
        fast[at.LEVEL, c] = y
        fast[at.CELL_SUM, c] += y
        fast[at.CELL_MAX, c] = max(fast[at.CELL_MAX, c], y)
        fast[trail, c] = mean
        fast[trail + rows, c] = y
    for c in range(channels):
        fast[trail + 2 * rows, c] = filtered[1, i, c]
    fast[trail + 3 * rows, 0] = np.float32(now % at.WRAP)
    slow[at.ROW, 0] = (row + 1) % rows
    for c in range(channels):
        if fast[at.LEVEL, c] > fast[at.HIGH, c] or slow[at.STATE, c] > 0:
            told = follow(fast, slow, c, told)
            over = fast[at.HIGH, c] / fast[at.LEVEL, c]
            fast[at.PACE, c] = np.float32(0.1) * min(np.float32(1), over * over)
        else:
            fast[at.PACE, c] = np.float32(0.1)
    slow[at.IN_CELL, 0] += 1
    if slow[at.IN_CELL, 0] >= slow[at.CELL_HOPS, 0]:
        slow[at.IN_CELL, 0] = 0
        for c in range(channels):
            if fast[at.CELL_MAX, c] < FLAT_UV:
                blind(slow, c, at.FLAT, now + slow[at.CELL_HOPS, 0] * hop)
            if slow[at.STIRRED, c] == 0 and now > slow[at.BLIND, c]:
                end_cell(fast, slow, c)
            slow[at.STIRRED, c] = 1.0 if now < slow[at.BLIND, c] else 0.0
    return told


@kernel(_i8(types.float32[:, :, ::1], _counts_in, _f4, _f8))
def spot(filtered: Fast, counts: NDArray[np.int32], fast: Fast, slow: Slow) -> int:
    """Take a block from row FROM on; gives how many events there are. FROM = n: all done."""
    channels = counts.shape[1]
    n = int(slow[at.UNTIL, 0])
    lanes = fast.shape[1]
    i = int(slow[at.FROM, 0])
    hop, in_hop = int(slow[at.HOP_SAMPLES, 0]), int(slow[at.IN_HOP, 0])
    period, phase = int(slow[at.PERIOD, 0]), int(slow[at.PHASE, 0])
    ring, rows = int(slow[at.RESIDUAL_AT, 0]), int(slow[at.RESIDUAL_ROWS, 0])
    newest = int(slow[at.RESIDUAL_ROW, 0])
    told = 0
    while i < n and told <= at.EVENTS_KEPT - 2 * channels:
        stop = min(n, i + hop - in_hop)
        lowest = highest = np.int32(0)
        for j in range(i, stop):
            for c in range(channels):
                fast[at.X, c] = filtered[0, j, c]
                lowest = min(lowest, counts[j, c])
                highest = max(highest, counts[j, c])
            template = at.TEMPLATE + phase
            for c in range(lanes):
                left = fast[at.X, c] - fast[template, c] + TINY
                fast[template, c] += fast[at.PACE, c] * left
                fast[ring + newest, c] = left
                fast[at.SUM, c] += abs(left)
            phase = phase + 1 if phase + 1 < period else 0
            newest = newest + 1 if newest + 1 < rows else 0
        in_hop += stop - i
        slow[at.SAMPLE, 0] += stop - i
        if lowest <= -0x800000 or highest >= 0x7FFFFF:
            for j in range(i, stop):
                for c in range(channels):
                    if counts[j, c] <= -0x800000 or counts[j, c] >= 0x7FFFFF:
                        until = slow[at.SAMPLE, 0] - stop + j
                        blind(slow, c, at.CLIPPED, until + slow[at.CELL_HOPS, 0] * hop)
        i = stop
        if in_hop == hop:
            in_hop = 0
            slow[at.PHASE, 0] = phase
            slow[at.RESIDUAL_ROW, 0] = newest
            told = end_hop(filtered, i - 1, fast, slow, told)
    slow[at.IN_HOP, 0] = in_hop
    slow[at.PHASE, 0] = phase
    slow[at.RESIDUAL_ROW, 0] = newest
    slow[at.FROM, 0] = i
    return told


@kernel(_i8(_f4, _f8))
def cut(fast: Fast, slow: Slow) -> int:
    """The samples end here, and so do all bursts; gives how many events there are."""
    told = 0
    for c in range(fast.shape[1]):
        if slow[at.STATE, c] > 0:
            if slow[at.FALLEN, c] < 0:
                slow[at.FALLEN, c] = slow[at.SAMPLE, 0] - 1
            told = close(fast, slow, c, told)
    return told
