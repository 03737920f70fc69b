"""What is rest on a channel, and how high above it a burst opens."""

import numpy as np

from emgd.dsp import spot_rows as at
from emgd.dsp import spot_types as k
from emgd.dsp.spot_hum import blind, listen

QUIET_SHARE = 0.25  # of the cells are quieter than what is taken for rest
RIPPLE_SHARE = 0.5  # of the cells rise less than what is taken for its ripple
MOST_RIPPLE = 0.8  # of rest: more is movement, in people and limbs that hardly ever rest
LEAST_RIPPLE = 0.4  # of rest: what rest does in half a second, if only it is watched long enough
LIMIT = 3  # times HIGH is the most that can be hum at once
FLAT_UV = 1e-3  # a channel whose level stays below that carries nothing
LOW_SHARE = 0.35  # of the way from rest to HIGH


@k.kernel(k.none(k.fast, k.i8, k.i8, k.i8, k.single, k.single))
def replace(fast: k.Fast, first: int, count: int, c: int, old: k.Single, new: k.Single) -> None:
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


@k.kernel(k.none(k.fast, k.slow, k.i8, k.f8))
def set_thresholds(fast: k.Fast, slow: k.Slow, c: int, ripple: float) -> None:
    """From the rest level and how far it usually ripples within a cell."""
    rest = slow[at.REST, c]
    ripple = min(max(ripple, LEAST_RIPPLE * rest), MOST_RIPPLE * rest)
    rise = max(slow[at.SENSITIVITY, 0] * ripple, slow[at.FLOOR, c])
    fast[at.HIGH, c] = rest + rise
    fast[at.LIMIT, c] = LIMIT * (rest + rise)
    fast[at.LOW, c] = rest + LOW_SHARE * rise


@k.kernel(k.none(k.fast, k.slow, k.i8))
def end_cell(fast: k.Fast, slow: k.Slow, c: int) -> None:
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


@k.kernel(k.none(k.fast, k.slow, k.i8))
def end_cells(fast: k.Fast, slow: k.Slow, channels: int) -> None:
    """Half a second is over, or the time before the first: the next one begins."""
    now, hop = slow[at.SAMPLE, 0] - 1, slow[at.HOP_SAMPLES, 0]
    for c in range(channels):
        if slow[at.IN_CELL, 0] > 0:
            if fast[at.CELL_MAX, c] < FLAT_UV:
                blind(slow, c, at.FLAT, now + slow[at.CELL_HOPS, 0] * hop)
            if slow[at.STIRRED, c] == 0 and now > slow[at.BLIND, c]:
                end_cell(fast, slow, c)
        slow[at.STIRRED, c] = 1.0 if now < slow[at.BLIND, c] else 0.0
        fast[at.CELL_SUM, c] = fast[at.CELL_MAX, c] = np.float32(0)
    listen(fast, slow, channels)
    slow[at.IN_CELL, 0] = 0
