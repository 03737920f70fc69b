"""The spotter's compiled part: levels of all channels and the marks of each; state passed in."""

import numpy as np

from emgd.dsp import spot_rows as at
from emgd.dsp import spot_types as k
from emgd.dsp.spot_bursts import close, follow
from emgd.dsp.spot_hum import blind
from emgd.dsp.spot_rest import end_cells

PACE = np.float32(0.1)  # share of what is left that the hum's template takes over each period
TINY = np.float32(1e-20)  # keeps silence from decaying into denormals
BIG = np.float32(1e9)  # microvolts that no number of a signal has
LOWEST, HIGHEST = -0x800000, 0x7FFFFF  # the ends of the chip's range


@k.part
def take_levels(filtered: k.Fast, i: int, fast: k.Fast, slow: k.Slow) -> None:
    """A hop is over: the level of each channel, and its place in the trail."""
    rows, row = int(slow[at.TRAIL_ROWS, 0]), int(slow[at.ROW, 0])
    trail = int(slow[at.TRAIL_AT, 0]) + row
    share = np.float32(1.0 / slow[at.HOP_SAMPLES, 0])
    b0, b1 = np.float32(slow[at.B0, 0]), np.float32(slow[at.B0 + 1, 0])
    b2 = np.float32(slow[at.B0 + 2, 0])
    a1, a2 = np.float32(slow[at.B0 + 3, 0]), np.float32(slow[at.B0 + 4, 0])
    now = slow[at.SAMPLE, 0] - 1
    held = now <= slow[at.HOLD, 0]
    for c in range(fast.shape[1]):
        mean = fast[at.LEVEL, c] if held else fast[at.SUM, c] * share + TINY
        fast[at.SUM, c] = np.float32(0)
        y = b0 * mean + fast[at.Z1, c]
        fast[at.Z1, c] = b1 * mean - a1 * y + fast[at.Z2, c]
        fast[at.Z2, c] = b2 * mean - a2 * y
        fast[at.LEVEL, c] = y
        fast[at.CELL_SUM, c] += y
        fast[at.CELL_MAX, c] = max(fast[at.CELL_MAX, c], y)
        fast[trail, c] = mean
        fast[trail + rows, c] = y
    for c in range(filtered.shape[2]):
        env = filtered[1, i, c]
        fast[trail + 2 * rows, c] = env if abs(env) < BIG else fast[at.LEVEL, c]
    fast[trail + 3 * rows, 0] = np.float32(int(now) & (at.WRAP - 1))
    slow[at.ROW, 0] = row + 1 if row + 1 < rows else 0


@k.part
def end_hop(filtered: k.Fast, i: int, fast: k.Fast, slow: k.Slow, told: int) -> int:
    """A few milliseconds are over: what the levels mean; gives how many events are told."""
    take_levels(filtered, i, fast, slow)
    for c in range(filtered.shape[2]):
        pace = PACE
        if fast[at.LEVEL, c] > fast[at.HIGH, c] or slow[at.STATE, c] > 0:
            told = follow(fast, slow, c, told)
            over = fast[at.HIGH, c] / max(fast[at.LEVEL, c], TINY)
            pace *= min(np.float32(1), over * over)  # muscle is not to be learned as hum
        fast[at.PACE, c] = pace
    slow[at.IN_CELL, 0] += 1
    if slow[at.IN_CELL, 0] == 0 or slow[at.IN_CELL, 0] == slow[at.CELL_HOPS, 0]:
        end_cells(fast, slow, filtered.shape[2])
    return told


@k.part
def clips(counts: k.Counts) -> bool:
    """Whether any sample is at the end of the chip's range."""
    seen = 0
    for count in counts.reshape(counts.size):
        seen |= int(count >= HIGHEST or count <= LOWEST)
    return seen != 0


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
def take_rows(filtered: k.Fast, start: int, stop: int, fast: k.Fast, slow: k.Slow) -> None:
    """Samples of one hop: what hum leaves of them, and its template one step further."""
    first, period = int(slow[at.PHASE, 0]), int(slow[at.PERIOD, 0])
    ring, rows = int(slow[at.RESIDUAL_AT, 0]), int(slow[at.RESIDUAL_ROWS, 0])
    oldest = int(slow[at.RESIDUAL_ROW, 0])
    for c in range(filtered.shape[2]):
        pace, limit, total = fast[at.PACE, c], fast[at.LIMIT, c], np.float32(0)
        phase, row = first, oldest
        for j in range(start, stop):
            x = filtered[0, j, c]
            if not abs(x) < BIG:
                x = np.float32(0)
            left = x - fast[at.TEMPLATE + phase, c] + TINY
            fast[at.TEMPLATE + phase, c] += pace * min(max(left, -limit), limit)
            fast[ring + row, c] = left
            total += abs(left)
            phase = phase + 1 if phase + 1 < period else 0
            row = row + 1 if row + 1 < rows else 0
        fast[at.SUM, c] += total
    slow[at.PHASE, 0] = turned(first, stop - start, period)
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
    clipped = clips(counts)
    told = 0
    while i < until and told <= at.EVENTS_KEPT - 2 * channels:
        stop = min(until, i + hop - in_hop)
        take_rows(filtered, i, stop, fast, slow)
        in_hop += stop - i
        slow[at.SAMPLE, 0] += stop - i
        if clipped:
            note_clipping(slow, counts, i, stop)
        i = stop
        if in_hop == hop:
            in_hop = 0
            told = end_hop(filtered, i - 1, fast, slow, told)
    slow[at.IN_HOP, 0] = in_hop
    slow[at.FROM, 0] = i if i < n else 0
    return told


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
