"""Where the spotter's kernels keep what they carry from call to call: rows of two arrays."""

WRAP = 1 << 23  # float32 holds whole numbers up to twice that

# `fast` (float32), a column per channel: what every sample and hop touches
X = 0  # a row with fewer channels than lanes, filled up
PACE = 1  # how quickly the hum's template follows
LIMIT = 2  # and the greatest step that it follows
SUM = 3  # of the rectified residual over the hop
Z1, Z2 = 4, 5  # of the level's low-pass
LEVEL = 6  # the spotter's own envelope
HIGH, LOW = 7, 8  # where a burst opens, and below which it has not begun
CELL_SUM, CELL_MAX = 9, 10  # of the level, over the cell under way
TEMPLATE = 11  # one mains period; then, from row RESIDUAL_AT, ..., on:
# the residual's ring; the trail, a row per hop: rectified, level, chain's envelope, time; cells:
# means in order of time, in order of size, peaks likewise

# `slow` (float64), a column per channel: what only bursts and cells touch
STATE = 0
CROSSED = 1  # sample at which the level rose above HIGH
ONSET = 2  # as told
PEAK, APEX = 3, 4
FALLEN = 5  # sample since which the level is below the release; -1 where it is above
BLIND = 6  # nothing is spotted up to this sample
WHY = 7  # and the reason
STIRRED = 8  # the cell under way has trouble in it
CELLS, CELL_AT = 9, 10  # how many are kept, and where the next one goes
REST = 11
FLOOR = 12  # least rise of the level, in microvolts
ENV_PEAK = 13  # of the chain's envelope, in the burst or its last seconds
ENV_SUM = 14  # and its sum, a value a hop
ENV_LOW = 15  # and its lowest
ENDED = 16  # sample at which the burst before ended
HUMMED = 17  # sample at which hum was last learned
MASK = 18  # how far that one's tail may still rise above rest
# rows of one number, in the first column
(
    SAMPLE,  # index of the next one
    IN_HOP,
    IN_CELL,
    HOP_SAMPLES,
    CELL_HOPS,
    ROW,  # of the trail
    PHASE,  # of the template
    PERIOD,
    LAG,  # samples of a mains period, rounded
    LAG_OTHER,
    OTHER,  # period of the other mains
    HOLD,  # up to this sample the level stays where it is
    FROM,  # first row of the block that is still to do
    UNTIL,  # and the row after the last; 0: all of them
    RESIDUAL_AT,
    RESIDUAL_ROWS,
    RESIDUAL_ROW,
    TRAIL_AT,
    TRAIL_ROWS,
    CELLS_AT,
    CELL_ROWS,
    B0,  # of the low-pass: b0, b1, b2, a1, a2
    DELAY,  # of the level, in samples
    SENSITIVITY,
    RELEASE,
    MERGE,
    CONFIRM,
    SHORTEST,
    TAIL,  # how long it takes the tail to fall to a third
    LONG,  # what is longer and weak may be a single motor unit
    MOMENT,  # as long as the jump of an electrode rings
    FOLLOWED,  # channels whose level was high or whose mark was open at the hop before
) = (*range(19, 41), *range(45, 55))
# and a column per channel
NEEDED = 55  # the rise above rest with which the burst opened
SPARSITY = 56  # of the burst before
EVENTS = 57  # two rows an event
EVENTS_KEPT = 64  # at the least; four for each channel

# an event: columns of its first row
WHAT, CHANNEL, E_ONSET, E_APEX, E_OFFSET, E_SAMPLE = range(6)
COLUMNS = 7
OPENED, CLOSED, DROPPED = 1, 2, 3
# of its second row
E_PEAK, E_REST, E_ENV_PEAK, E_ENV_SUM, E_ENV_LOW, E_NEEDED, E_SPARSITY = range(7)

# reasons
START, GAP, HUM, CLIPPED, FLAT, OFF, LOOSE = range(1, 8)
