"""The spotter's compiled part: levels of all channels and the marks of each; state passed in."""

from typing import Any

import numpy as np

from emgd.dsp import lanes
from emgd.dsp import spot_rows as at
from emgd.dsp import spot_types as k
from emgd.dsp.kernels import process
from emgd.dsp.spot_bursts import close, follow
from emgd.dsp.spot_hum import blind
from emgd.dsp.spot_rest import end_cells

PACE = np.float32(0.1)  # share of what is left that the hum's template takes over each period
TINY = np.float32(1e-20)  # keeps silence from decaying into denormals
BIG = np.float32(1e9)  # microvolts that no number of a signal has
LOWEST, HIGHEST = -0x800000, 0x7FFFFF  # the ends of the chip's range


@k.part
def eight(plane: k.Fast, row: int, first: int, fast: k.Fast) -> Any:
    """A row's values from a channel on; those that a board of fewer channels lacks are zeros."""
    if plane.shape[1] - first >= lanes.COUNT:
        return lanes.load(plane, row, first)
    for c in range(first, plane.shape[1]):
        fast[at.X, c] = plane[row, c]
    return lanes.load(fast, at.X, first)


@k.part
def numbers_or(values: Any, instead: Any) -> Any:
    """What no number of a signal can be is replaced."""
    return lanes.where_less(lanes.size(values), lanes.every(BIG), values, instead)


@k.part
def filtered_level(mean: Any, fast: k.Fast, slow: k.Slow, first: int) -> Any:
    """One step of the level's low-pass."""
    b0, b1 = lanes.every(slow[at.B0, 0]), lanes.every(slow[at.B0 + 1, 0])
    b2 = lanes.every(slow[at.B0 + 2, 0])
    a1, a2 = lanes.every(slow[at.B0 + 3, 0]), lanes.every(slow[at.B0 + 4, 0])
    level = b0 * mean + lanes.load(fast, at.Z1, first)
    lanes.store(fast, at.Z1, first, b1 * mean - a1 * level + lanes.load(fast, at.Z2, first))
    lanes.store(fast, at.Z2, first, b2 * mean - a2 * level)
    lanes.store(fast, at.LEVEL, first, level)
    return level


@k.part
def take_levels(env: k.Fast, i: int, fast: k.Fast, slow: k.Slow) -> bool:
    """A hop is over: levels, and their place in the trail; gives whether any is high."""
    rows, row = int(slow[at.TRAIL_ROWS, 0]), int(slow[at.ROW, 0])
    trail = int(slow[at.TRAIL_AT, 0]) + row
    now = slow[at.SAMPLE, 0] - 1
    high = False
    for first in range(0, fast.shape[1], lanes.COUNT):
        mean = lanes.load(fast, at.SUM, first) * lanes.every(1.0 / slow[at.HOP_SAMPLES, 0])
        mean = mean + lanes.every(TINY)
        if now <= slow[at.HOLD, 0]:
            mean = lanes.load(fast, at.LEVEL, first)
        level = filtered_level(mean, fast, slow, first)
        lanes.store(fast, at.SUM, first, lanes.every(0.0))
        lanes.store(fast, at.CELL_SUM, first, lanes.load(fast, at.CELL_SUM, first) + level)
        most = lanes.load(fast, at.CELL_MAX, first)
        lanes.store(fast, at.CELL_MAX, first, lanes.where_less(most, level, level, most))
        lanes.store(fast, trail, first, mean)
        lanes.store(fast, trail + rows, first, level)
        theirs = numbers_or(eight(env, i, first, fast), level)
        lanes.store(fast, trail + 2 * rows, first, theirs)
        high |= lanes.any_less(lanes.load(fast, at.HIGH, first), level)
    fast[trail + 3 * rows, 0] = np.float32(int(now) & (at.WRAP - 1))
    slow[at.ROW, 0] = row + 1 if row + 1 < rows else 0
    return high


@k.kernel(k.i8(k.fast, k.slow, k.i8, k.i8))
def follow_all(fast: k.Fast, slow: k.Slow, channels: int, told: int) -> int:
    """One hop of all channels where a level is high or a mark is open; gives events told."""
    followed = 0
    for c in range(channels):
        pace = PACE
        if fast[at.LEVEL, c] > fast[at.HIGH, c] or slow[at.STATE, c] > 0:
            told = follow(fast, slow, c, told)
            over = fast[at.HIGH, c] / max(fast[at.LEVEL, c], TINY)
            pace *= min(np.float32(1), over * over)  # muscle is not to be learned as hum
            followed += 1
        fast[at.PACE, c] = pace
    slow[at.FOLLOWED, 0] = followed
    return told


@k.part
def end_hop(env: k.Fast, i: int, fast: k.Fast, slow: k.Slow, told: int) -> int:
    """A few milliseconds are over: what the levels mean; gives how many events are told."""
    if take_levels(env, i, fast, slow) or slow[at.FOLLOWED, 0] > 0:
        told = follow_all(fast, slow, env.shape[1], told)
    slow[at.IN_CELL, 0] += 1
    if slow[at.IN_CELL, 0] == 0 or slow[at.IN_CELL, 0] == slow[at.CELL_HOPS, 0]:
        end_cells(fast, slow, env.shape[1])
    return told


@k.part
def clips(counts: k.Counts) -> bool:
    """Whether any sample is at the end of the chip's range."""
    most = least = np.int32(0)
    for count in counts.reshape(counts.size):
        most, least = max(most, count), min(least, count)
    return bool(most >= HIGHEST or least <= LOWEST)


@k.kernel(k.none(k.slow, k.counts, k.i8, k.i8))
def note_clipping(slow: k.Slow, counts: k.Counts, start: int, stop: int) -> None:
    """Spot nothing for a moment where samples are at the end of the chip's range."""
    moment = slow[at.CELL_HOPS, 0] * slow[at.HOP_SAMPLES, 0]
    for i in range(start, stop):
        for c in range(counts.shape[1]):
            if counts[i, c] <= LOWEST or counts[i, c] >= HIGHEST:
                blind(slow, c, at.CLIPPED, slow[at.SAMPLE, 0] - stop + i + moment)


@k.part
def turned(place: int, steps: int, length: int) -> int:
    """A place in a ring some steps on; a division would take longer."""
    place += steps
    while place >= length:
        place -= length
    return place


@k.part
def take_rows(emg: k.Fast, start: int, stop: int, fast: k.Fast, slow: k.Slow) -> None:
    """Samples of one hop: what hum leaves of them, and its template one step further."""
    phase_before, period = int(slow[at.PHASE, 0]), int(slow[at.PERIOD, 0])
    ring, rows = int(slow[at.RESIDUAL_AT, 0]), int(slow[at.RESIDUAL_ROWS, 0])
    oldest = int(slow[at.RESIDUAL_ROW, 0])
    nothing: Any = lanes.every(0.0)
    for first in range(0, fast.shape[1], lanes.COUNT):
        pace, limit = lanes.load(fast, at.PACE, first), lanes.load(fast, at.LIMIT, first)
        total = lanes.load(fast, at.SUM, first)
        phase, row = phase_before, oldest
        for j in range(start, stop):
            x = numbers_or(eight(emg, j, first, fast), nothing)
            hum = lanes.load(fast, at.TEMPLATE + phase, first)
            left = x - hum + lanes.every(TINY)
            step = lanes.where_less(left, nothing - limit, nothing - limit, left)
            step = lanes.where_less(limit, step, limit, step)
            lanes.store(fast, at.TEMPLATE + phase, first, hum + pace * step)
            lanes.store(fast, ring + row, first, left)
            total = total + lanes.size(left)
            phase = phase + 1 if phase + 1 < period else 0
            row = row + 1 if row + 1 < rows else 0
        lanes.store(fast, at.SUM, first, total)
    slow[at.PHASE, 0] = turned(phase_before, stop - start, period)
    slow[at.RESIDUAL_ROW, 0] = turned(oldest, stop - start, rows)


@k.kernel(k.i8(k.filtered, k.counts, k.fast, k.slow))
def spot(filtered: k.Fast, counts: k.Counts, fast: k.Fast, slow: k.Slow) -> int:
    """Take the rows of a block from FROM to UNTIL (0: all); gives how many events are told.

    It stops early, with FROM at the next row, where there is no room for more events.
    """
    n, channels = counts.shape
    i, until = int(slow[at.FROM, 0]), int(slow[at.UNTIL, 0])
    until = until if until else n
    hop, in_hop = int(slow[at.HOP_SAMPLES, 0]), int(slow[at.IN_HOP, 0])
    emg, env = filtered[0], filtered[1]
    clipped = clips(counts)
    told, room = 0, (slow.shape[0] - at.EVENTS) // 2
    while i < until and told <= room - 2 * channels:
        stop = min(until, i + hop - in_hop)
        take_rows(emg, i, stop, fast, slow)
        in_hop += stop - i
        slow[at.SAMPLE, 0] += stop - i
        if clipped:
            note_clipping(slow, counts, i, stop)
        i = stop
        if in_hop == hop:
            in_hop = 0
            told = end_hop(env, i - 1, fast, slow, told)
    slow[at.IN_HOP, 0] = in_hop
    slow[at.FROM, 0] = i if i < n else 0
    return told


@k.kernel(k.i8(k.counts, k.slow, k.slow, k.filtered, k.fast, k.slow))
def process_and_spot(
    counts: k.Counts, sos: k.Slow, carried: k.Slow, filtered: k.Fast, fast: k.Fast, slow: k.Slow
) -> int:
    """Chain and spotter in one call: getting into a kernel costs as much as spotting."""
    process(counts, sos, carried, filtered)
    return spot(filtered, counts, fast, slow)


@k.kernel(k.i8(k.fast, k.slow))
def cut(fast: k.Fast, slow: k.Slow) -> int:
    """The samples end here, and so do all bursts; gives how many events are told."""
    told = 0
    for c in range(fast.shape[1]):
        if slow[at.STATE, c] > 0:
            if slow[at.FALLEN, c] < 0:
                slow[at.FALLEN, c] = slow[at.SAMPLE, 0] - 1
            told = close(fast, slow, c, told)
    return told
