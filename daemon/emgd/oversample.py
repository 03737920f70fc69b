"""A source at half the rate of its board: the chip runs faster, a FIR brings it back."""

from collections import deque
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from ads1299.block import Block, Gap, GapReason
from ads1299.frame import STATUS_BYTES
from ads1299.source import BoardInfo, Idle, Source
from ads1299.status import Bits, joined_pairs
from numpy.typing import NDArray

from emgd.dsp.decimation import HALF, design_taps, halve

FACTOR = 2
MAX_PACKET = 32  # of the board link

Counts = NDArray[np.int32]


def board_packet(packet_samples: int) -> int:
    """How many samples the board is to send at a time, so that a block is one packet or two."""
    whole = FACTOR * packet_samples
    return whole if whole <= MAX_PACKET else packet_samples


class _Stretch:
    """Samples of the board without a gap -> samples at half the rate.

    Sample k of the lower rate lies at sample 2k of the board's, and carries its status and that
    of 2k+1. It exists where the whole FIR lies on samples: HALF of them on either side.
    """

    def __init__(self, first: int, board: BoardInfo, taps: NDArray[np.float64]) -> None:
        self.next = -(-(first + HALF) // FACTOR)  # the next sample to be given
        self._first = first  # of the samples that are kept
        self._taps = taps
        self._counts: Counts = np.empty((0, board.channels), np.int32)
        self._status: Bits = np.empty((0, board.chips, STATUS_BYTES), np.uint8)
        self._before = np.zeros((board.chips, STATUS_BYTES), np.uint8)  # the status before those

    def take(self, block: Block) -> tuple[Counts, Bits]:
        """Give the counts and the status of the samples that this block completes."""
        shape = (block.samples, *self._before.shape)
        counts = np.concatenate((self._counts, block.counts))
        status = np.concatenate(
            (self._status, np.frombuffer(block.status, np.uint8).reshape(shape))
        )
        n = max(0, (block.end - 1 - HALF) // FACTOR - self.next + 1)
        out = np.empty((n, counts.shape[1]), np.int32)
        place = FACTOR * self.next - self._first
        halve(counts, place - HALF, self._taps, out)
        pairs = status[place : place + FACTOR * n]
        joined = joined_pairs(pairs, self._before)
        if n:
            self._before = pairs[-1].copy()
        self.next += n
        used = FACTOR * self.next - HALF - self._first
        self._first += used
        self._counts, self._status = counts[used:], status[used:]
        return out, joined


class Oversampled:
    """Blocks of `packet_samples` at half the rate; their indices count samples of that rate.

    A gap ends the FIR's stretch: HALF of the board's samples on either side of it become none of
    ours, and are missing with those that were lost.
    """

    def __init__(self, source: Source, packet_samples: int) -> None:
        self.counters = source.counters
        self.board: BoardInfo | None = None  # of the block that was given last
        self._source = source
        self._packet_samples = packet_samples
        self._taps = design_taps()
        self._ready: deque[tuple[Block, BoardInfo]] = deque()
        self._met: tuple[BoardInfo, BoardInfo] | None = None  # the board, and what we make of it
        self._stretch: _Stretch | None = None
        self._pending: list[tuple[Counts, Bits]] = []  # not yet a whole block
        self._moments: deque[Block] = deque()  # what is still to be timed by
        self._end = 0  # our index after the last block
        self._reason: GapReason | None = None  # of the gap before the next block

    @property
    def streaming(self) -> bool:
        """Whether the board is connected, configured and started."""
        return self._source.streaming

    @property
    def time_error_ns(self) -> int:
        """How far off a block's `taken_ns` may be."""
        return self._source.time_error_ns

    def start(self, idle: Idle) -> BoardInfo:
        """Find the board, configure it and start it."""
        self.board = self._made_of(self._source.start(idle))
        return self.board

    def read(self, timeout_s: float) -> Block | None:
        """Give the next block, or None when none came in time."""
        if not self._ready:
            block = self._source.read(timeout_s)
            if block is not None and self._source.board is not None:
                self._take(block, self._source.board)
        if not self._ready:
            return None
        ready, self.board = self._ready.popleft()
        return ready

    def show(self, number: int, done: Callable[[int | None], None]) -> None:
        """Show a number on the board's tube."""
        self._source.show(number, done)

    def stop(self) -> None:
        """Stop the conversions."""
        self._source.stop()

    def close(self) -> None:
        """Give the line back."""
        self._source.close()

    def _made_of(self, board: BoardInfo) -> BoardInfo:
        if self._met is None or self._met[0] is not board:
            ours = replace(
                board,
                rate_hz=board.rate_hz // FACTOR,
                packet_samples=self._packet_samples,
                oversample=FACTOR,
            )
            self._met = board, ours
        return self._met[1]

    def _take(self, block: Block, board: BoardInfo) -> None:
        if block.gap is not None or self._stretch is None:
            self._give(whole=False)
            self._stretch = _Stretch(block.first, board, self._taps)
            self._moments.clear()
            if block.gap is not None and self._reason in (None, "lost"):
                self._reason = block.gap.reason
        self._moments.append(block)
        self._made_of(board)
        self._pending.append(self._stretch.take(block))
        self._give(whole=True)

    def _give(self, whole: bool) -> None:
        """Make blocks of what is pending: whole ones, or at a gap one of what there is."""
        n = sum(len(counts) for counts, _ in self._pending)
        size = self._packet_samples if whole else n
        if not n or n < size or self._stretch is None or self._met is None:
            return
        counts = np.concatenate([counts for counts, _ in self._pending])
        status = np.concatenate([status for _, status in self._pending])
        sample = self._stretch.next - n
        for at in range(0, n - size + 1, size):
            block = self._block(sample + at, counts[at : at + size], status[at : at + size])
            self._ready.append((block, self._met[1]))
        rest = n - n % size
        self._pending = [(counts[rest:], status[rest:])]

    def _block(self, sample: int, counts: Counts, status: Bits) -> Block:
        first = sample - HALF // FACTOR  # the first sample that there can be is ours number 0
        gap = None
        if self._reason is not None:
            gap = Gap(self._end, first - self._end, self._reason)
            self._reason = None
        self._end = first + len(counts)
        board_us, taken_ns = self._moment(FACTOR * sample)
        counts.flags.writeable = False
        timed, newest = self._moments[0], self._moments[-1]
        times = (board_us, taken_ns, newest.arrival_ns)
        step_ns = timed.step_ns and timed.step_ns * FACTOR
        return Block(first, counts, status.tobytes(), *times, gap, step_ns)

    def _moment(self, index: int) -> tuple[int | None, int]:
        """When a sample of the board was taken: between the times of its block and the next."""
        while len(self._moments) > 1 and self._moments[1].first <= index:
            self._moments.popleft()
        block = self._moments[0]
        share = (index - block.first) / block.samples
        if len(self._moments) > 1:
            after = self._moments[1]
            until_ns, until_us = after.taken_ns - block.taken_ns, after.board_us
        else:
            until_ns, until_us = round(block.samples * self._period_ns), None
        taken_ns = block.taken_ns + round(share * until_ns)
        if block.board_us is None:
            return None, taken_ns
        span_us = until_ns / 1000 if until_us is None else until_us - block.board_us
        return block.board_us + round(share * span_us), taken_ns

    @property
    def _period_ns(self) -> float:
        """Of the board's samples, by its nominal rate."""
        assert self._met is not None  # there is a block
        return 1e9 / self._met[0].rate_hz
