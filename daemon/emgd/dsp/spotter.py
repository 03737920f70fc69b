"""The online spotter: bursts of each channel, by its level over a slowly moving rest."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from emgd.dsp import lanes
from emgd.dsp import spot_rows as at
from emgd.dsp.filters import Chain
from emgd.dsp.spot_kernels import cut, process_and_spot, spot

HOP_S = 0.005
CELL_S = 0.5
MEMORY_S = 30.0
TRAIL_S = 20.0
LEVEL_HZ = 6.0
RHYTHM_S = 0.5
MOMENT_S = 0.03
TAIL_S = 0.25
LONG_S = 0.5  # a weak burst that is longer shows how sparsely units fire
DELAY_S = math.sqrt(2) / (2 * math.pi * LEVEL_HZ)  # of a Butterworth low-pass at 0 Hz
BRIDGED_S = 0.2  # a burst goes on through a gap of that length
AFTER_SETTLING_S = 0.03
START_S = 0.2  # until the filters have settled


class What(IntEnum):
    """What happened on a channel."""

    OPENED = at.OPENED
    CLOSED = at.CLOSED
    DROPPED = at.DROPPED


WHY = {
    at.START: "start",
    at.GAP: "gap",
    at.HUM: "hum",
    at.CLIPPED: "clipped",
    at.FLAT: "flat line",
    at.OFF: "channel off",
    at.LOOSE: "electrode off",
}


@dataclass(frozen=True, slots=True)
class Tuning:
    """What can be turned."""

    sensitivity: float = 3.3
    release: float = 0.15
    merge_s: float = 0.1
    confirm_s: float = 0.02
    shortest_s: float = 0.08
    floor_uv: float = 1.0


@dataclass(frozen=True, slots=True)
class Burst:
    """What a channel did; onset, apex and offset are sample indices, delays given back."""

    what: What
    channel: int
    onset: int
    apex: int
    offset: int
    peak_uv: float  # of the chain's envelope
    rise_uv: float  # of the spotter's own level over rest
    low_uv: float  # its lowest
    sum_uv_ms: float  # its sum over milliseconds
    known: int  # the sample before which it was known
    height: float = math.inf  # its rise over what it had to be
    sparsity: float = 0.0  # some 1.2 for many motor units, 2.5 and more for one; 0: unknown


class Spotter:
    """Marks of all channels of one board."""

    def __init__(
        self,
        rate_hz: float,
        active: Sequence[bool],
        tuning: Tuning | None = None,
        settle_samples: int | None = None,
    ) -> None:
        self._rate_hz = rate_hz
        self._active = tuple(active)
        self._next = 0
        settle = 0.05 * rate_hz if settle_samples is None else settle_samples
        self._settle = round(settle + AFTER_SETTLING_S * rate_hz)
        hop = max(1, round(HOP_S * rate_hz))
        hop_s = hop / rate_hz
        self._hop_ms = 1000 * hop_s
        width = -(-len(active) // lanes.COUNT) * lanes.COUNT
        kept = max(at.EVENTS_KEPT, 4 * width)
        self._slow = slow = np.zeros((at.EVENTS + 2 * kept, width))
        periods = [self._period(hz) for hz in (50, 60)]
        residual = math.ceil(RHYTHM_S * rate_hz)
        trail, cells = round(TRAIL_S / hop_s), round(MEMORY_S / CELL_S)
        places = np.cumsum([at.TEMPLATE, max(periods), residual, 4 * trail, 4 * cells])
        self._fast = np.zeros((places[-1], width), np.float32)
        numbers = {
            at.HOP_SAMPLES: hop,
            at.CELL_HOPS: round(CELL_S / hop_s),
            at.PERIOD: periods[0],
            at.OTHER: periods[1],
            at.LAG: round(rate_hz / 50),
            at.LAG_OTHER: round(rate_hz / 60),
            at.HOLD: -1,
            at.IN_CELL: -round(START_S / hop_s),
            at.RESIDUAL_AT: places[1],
            at.RESIDUAL_ROWS: residual,
            at.TRAIL_AT: places[2],
            at.TRAIL_ROWS: trail,
            at.CELLS_AT: places[3],
            at.CELL_ROWS: cells,
            at.LONG: LONG_S * rate_hz,
            at.TAIL: TAIL_S * rate_hz,
            at.MOMENT: MOMENT_S * rate_hz,
            at.DELAY: DELAY_S * rate_hz + (hop - 1) / 2,
        }
        for row, number in numbers.items():
            slow[row, 0] = number
        slow[at.B0 : at.B0 + 5, 0] = _low_pass(hop_s)
        self._fast[at.PACE] = 0.1
        self._fast[at.LIMIT] = self._fast[at.HIGH] = self._fast[at.LOW] = np.inf
        self._fast[places[2] + 3 * trail : places[2] + 4 * trail, 0] = -1
        slow[at.BLIND] = slow[at.ENDED] = -1
        slow[at.BLIND, : len(active)] = np.where(self._active, -1, np.inf)
        slow[at.WHY, : len(active)] = np.where(self._active, at.START, at.OFF)
        self.tune(tuning or Tuning())

    def _period(self, mains_hz: int) -> int:
        """The shortest whole number of samples that is a whole number of mains periods."""
        return round(self._rate_hz) // math.gcd(round(self._rate_hz), mains_hz)

    def tune(self, tuning: Tuning, floors_uv: Sequence[float] | None = None) -> None:
        """Change the settings; from the next sample on."""
        slow, rate = self._slow, self._rate_hz
        slow[at.SENSITIVITY, 0] = tuning.sensitivity
        slow[at.RELEASE, 0] = tuning.release
        slow[at.MERGE, 0] = tuning.merge_s * rate
        slow[at.CONFIRM, 0] = tuning.confirm_s * rate
        slow[at.SHORTEST, 0] = tuning.shortest_s * rate
        slow[at.FLOOR] = tuning.floor_uv
        if floors_uv is not None:
            slow[at.FLOOR, : len(floors_uv)] = np.maximum(floors_uv, tuning.floor_uv)

    def update(
        self,
        first: int,
        chain: Chain,
        counts: NDArray[np.int32],
        off: NDArray[np.bool_] | None = None,
    ) -> list[Burst]:
        """Take a block through the chain, and spot in what that gives.

        `off` tells for each sample and channel whether an electrode is off, where that is known.
        """
        bursts = [] if first == self._next else self.gap(self._next, first - self._next)
        self._next = first + len(counts)
        if off is not None:
            return bursts + self._in_parts(chain.process(counts), counts, off)
        told = process_and_spot(counts, *chain.prepare(counts), self._fast, self._slow)
        return bursts + self._rest(told, chain.out, counts) if told else bursts

    def _rest(
        self, told: int, filtered: NDArray[np.float32], counts: NDArray[np.int32]
    ) -> list[Burst]:
        """What was told, and what had no room beside it."""
        bursts, slow = self._told(told), self._slow
        while 0 < slow[at.FROM, 0] < (slow[at.UNTIL, 0] or len(counts)):
            bursts += self._told(spot(filtered, counts, self._fast, slow))
        return bursts

    def _in_parts(
        self,
        filtered: NDArray[np.float32],
        counts: NDArray[np.int32],
        off: NDArray[np.bool_],
    ) -> list[Burst]:
        """Row by row up to where an electrode comes off or back."""
        bursts: list[Burst] = []
        start = 0
        for until in self._changes(off):
            self._loosen(off[start])
            self._slow[at.UNTIL, 0] = start = until
            bursts += self._rest(spot(filtered, counts, self._fast, self._slow), filtered, counts)
        self._slow[at.UNTIL, 0] = 0
        return bursts

    def _changes(self, off: NDArray[np.bool_]) -> list[int]:
        """Rows before which an electrode came off or back, and the end."""
        changed = np.any(off[1:] != off[:-1], axis=1)
        return [*(np.flatnonzero(changed) + 1).tolist(), len(off)]

    def _loosen(self, off: NDArray[np.bool_]) -> None:
        """Electrodes are off, or were until now."""
        slow, n = self._slow, len(self._active)
        loose = (slow[at.WHY, :n] == at.LOOSE) & np.isinf(slow[at.BLIND, :n])
        for c in np.flatnonzero((loose != off) & self._active):
            until = np.inf if off[c] else slow[at.SAMPLE, 0] + CELL_S * self._rate_hz
            slow[[at.BLIND, at.WHY, at.STIRRED], c] = until, at.LOOSE, 1

    def _told(self, told: int) -> list[Burst]:
        if not told:
            return []
        rows = self._slow[at.EVENTS : at.EVENTS + 2 * told, : at.COLUMNS].tolist()
        return [self._burst(*rows[row : row + 2]) for row in range(0, 2 * told, 2)]

    def _burst(self, first: list[float], second: list[float]) -> Burst:
        rise_uv, needed_uv = second[at.E_PEAK] - second[at.E_REST], second[at.E_NEEDED]
        return Burst(
            what=What(int(first[at.WHAT])),
            channel=int(first[at.CHANNEL]),
            onset=max(0, round(first[at.E_ONSET])),
            apex=max(0, round(first[at.E_APEX])),
            offset=max(0, round(first[at.E_OFFSET])),
            peak_uv=second[at.E_ENV_PEAK],
            low_uv=second[at.E_ENV_LOW],
            rise_uv=rise_uv,
            sum_uv_ms=second[at.E_ENV_SUM] * self._hop_ms,
            known=int(first[at.E_SAMPLE]),
            height=rise_uv / needed_uv if needed_uv > 0 else math.inf,
            sparsity=second[at.E_SPARSITY],
        )

    def gap(self, first: int, missing: int) -> list[Burst]:
        """Samples are missing: the level stays where it is until the filters have settled.

        A short gap does not end a burst.
        """
        slow, fast = self._slow, self._fast
        bursts: list[Burst] = []
        if missing > BRIDGED_S * self._rate_hz:
            bursts = self._told(cut(fast, slow))
            rest = slow[at.REST]
            fast[at.LEVEL] = rest
            fast[at.Z1] = (1 - slow[at.B0, 0]) * rest
            fast[at.Z2] = (slow[at.B0 + 2, 0] - slow[at.B0 + 4, 0]) * rest
        fast[at.SUM] = 0.0
        slow[at.IN_HOP, 0] = 0
        slow[at.PHASE, 0] = (slow[at.PHASE, 0] + missing) % slow[at.PERIOD, 0]
        slow[at.SAMPLE, 0] = self._next = first + missing
        slow[at.HOLD, 0] = slow[at.SAMPLE, 0] - 1 + self._settle
        return bursts

    def finish(self) -> list[Burst]:
        """There are no more samples: bursts under way end here."""
        return self._told(cut(self._fast, self._slow))

    @property
    def newest(self) -> int:
        """The sample up to which everything has been told."""
        return int(self._slow[at.SAMPLE, 0] - self._slow[at.IN_HOP, 0]) - 1

    def not_spotted(self) -> list[str | None]:
        """Why a channel is not being spotted, or None."""
        slow = self._slow
        now = slow[at.SAMPLE, 0] - 1
        gap = now <= slow[at.HOLD, 0]
        out: list[str | None] = []
        for c in range(len(self._active)):
            if now <= slow[at.BLIND, c]:
                out.append(WHY[int(slow[at.WHY, c])])
            elif gap:
                out.append(WHY[at.GAP])
            else:
                out.append(None if slow[at.CELLS, c] else WHY[at.START])
        return out


def _low_pass(hop_s: float) -> NDArray[np.float64]:
    from scipy.signal import butter

    b, a = butter(2, LEVEL_HZ, fs=1 / hop_s)
    return np.array([*b, *a[1:]])
