"""Some seconds of samples: measured through the source that the daemon uses, kept as arrays."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from ads1299.block import Block
from ads1299.registers import CLIP_HIGH, CLIP_LOW
from ads1299.source import BoardInfo, LineCounters, Source
from ads1299.status import ElectrodeWatch
from numpy.typing import NDArray

from emgd.doctor.bench import Deadline, TooLong

Floats = NDArray[np.float64]
Tick = Callable[[float], None]  # told how many seconds are left

SETTLE_S = 0.2  # filter and inputs, after they were switched
_READY_S = 15.0  # for a board that has to be found again first
_FIRST_S = 5.0  # until the first samples have to be there
_SLICE_S = 0.1
SILENT_S = 1.0  # after so long without a packet nothing comes any more


@dataclass(frozen=True, slots=True)
class Samples:
    """What one measurement gave; places count from its first sample, with room for what is lost."""

    board: BoardInfo
    place: NDArray[np.int64]  # [n]
    counts: NDArray[np.int32]  # [n, channels]
    status: bytes  # 3 for each sample and chip
    ends: Floats  # for each packet the place after its last sample
    arrivals_ns: Floats  # and when it was there
    lost: int
    silent_s: float  # at the end, nothing came for so long
    counters: LineCounters

    @property
    def uv(self) -> Floats:
        """Microvolts `[n, channels]`."""
        microvolts: Floats = self.counts * np.array(self.board.uv_per_count)
        return microvolts

    @property
    def span(self) -> int:
        """How many samples there should be."""
        return int(self.place[-1]) + 1

    @property
    def seconds(self) -> float:
        """How long it is at the nominal rate."""
        return self.span / self.board.rate_hz

    @property
    def clipped(self) -> Floats:
        """The share of samples at the end of the range, for each channel."""
        ends = (self.counts >= CLIP_HIGH) | (self.counts <= CLIP_LOW)
        share: Floats = ends.mean(axis=0)
        return share

    def lead_off(self) -> tuple[list[bool], list[bool]]:
        """Which P and N electrodes the chips said to be off."""
        watched = ElectrodeWatch(self.board).off(self.status)
        sides = [each or (None, None) for each in watched]
        return [bool(p) for p, _ in sides], [bool(n) for _, n in sides]


def measure(source: Source, seconds: float, tick: Tick) -> Samples:
    """Start a source, let it settle, take so many seconds, and stop it; raises one of TROUBLE."""
    deadline = Deadline(_READY_S + seconds, "the board did not send for long enough")
    try:
        board = source.start(deadline)
        blocks = _take(source, board, seconds, tick)
        silent_s = _silent_s(blocks)
    finally:
        source.stop()
        source.close()
    return _arrange(board, blocks, silent_s, source.counters)


def _take(source: Source, board: BoardInfo, seconds: float, tick: Tick) -> list[Block]:
    """Blocks up to one that comes when the time is over, or until nothing comes any more."""
    blocks: list[Block] = []
    settled = 0
    until_s = time.monotonic() + _FIRST_S
    with suppress(TooLong):  # a line that did not come back: what it gave before counts
        while True:
            left_s = until_s - time.monotonic()
            tick(max(left_s, 0.0))
            block = source.read(_SLICE_S)
            if block is None:
                if left_s < 0 and (not blocks or _silent_s(blocks) > SILENT_S):
                    break
                continue
            if not settled:
                settled = block.first + round(SETTLE_S * board.rate_hz)
            if block.first < settled:
                continue
            if not blocks:
                until_s = time.monotonic() + seconds
            blocks.append(block)
            if time.monotonic() > until_s:
                break
    if not blocks:
        raise TooLong(f"no samples came within {_FIRST_S:g} s")
    return blocks


def _silent_s(blocks: list[Block]) -> float:
    return (time.monotonic_ns() - blocks[-1].arrival_ns) / 1e9


def _arrange(
    board: BoardInfo, blocks: list[Block], silent_s: float, counters: LineCounters
) -> Samples:
    zero = blocks[0].first
    return Samples(
        board,
        place=np.concatenate([np.arange(b.first - zero, b.end - zero) for b in blocks]),
        counts=np.concatenate([block.counts for block in blocks]),
        status=b"".join(block.status for block in blocks),
        ends=np.array([block.end - zero for block in blocks], float),
        arrivals_ns=np.array([block.arrival_ns - blocks[0].arrival_ns for block in blocks], float),
        lost=sum(block.gap.missing for block in blocks[1:] if block.gap),
        silent_s=silent_s,
        counters=counters,
    )
