"""The signal chain of all channels: designed by scipy, run by one compiled call a block."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgd.dsp.kernels import CLIPPED, ENV, HELD, POWER, SCALE, SETTLING, STATES, process

_NOTCH_Q = 12.5  # 4 Hz wide at 50 Hz: holds a mains that wanders by half a hertz, rings for 80 ms
_EDGE_LIMIT = 0.45  # of the rate: a band that ends at half the rate cannot be designed
_SETTLE_PERIODS = 1.0  # of the lower band edge: the band-pass has settled
_SETTLE_NOTCH_TAUS = 3.0


_Arrays = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float32]]


class BandError(Exception):
    """The band cannot be had at this rate."""


@dataclass(frozen=True, slots=True)
class FilterPlan:
    """The chain as asked for."""

    band_hz: tuple[float, float] = (20.0, 450.0)
    band_order: int = 2
    env_hz: float = 6.0
    env_order: int = 2
    mains_hz: int = 0


@dataclass(frozen=True, slots=True)
class Design:
    """The chain as it can be at a rate: second-order sections in scipy's rows."""

    rate_hz: int
    band_hz: tuple[float, float]
    notches_hz: tuple[float, ...]
    band: NDArray[np.float64]  # notches first, then the band-pass
    env: NDArray[np.float64]
    settle_samples: int

    @property
    def env_delay_ms(self) -> float:
        """How late the envelope comes: the low-pass's group delay at 0 Hz."""
        from scipy.signal import group_delay, sos2tf

        delay: NDArray[np.float64] = group_delay(sos2tf(self.env), w=[0.0])[1]
        return float(delay[0]) * 1000 / self.rate_hz


def band_edges(plan: FilterPlan, rate_hz: float) -> tuple[float, float]:
    """The band as the rate can carry it."""
    low, high = plan.band_hz
    high = min(high, _EDGE_LIMIT * rate_hz)
    if low >= high:
        raise BandError(
            f"filter.band_hz: a rate of {rate_hz:g} Hz carries up to {high:g} Hz; the lower edge of"
            f" {low:g} Hz lies above that. Lower it, or sample faster (a board that sets its own"
            " rate is told to by board.configure = true)."
        )
    return low, high


def notches(
    plan: FilterPlan, rate_hz: float
) -> dict[float, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """The notches that the rate has room for, `b, a` by their frequency."""
    from scipy.signal import iirnotch

    return {
        float(hum): iirnotch(hum, _NOTCH_Q, fs=rate_hz)
        for hum in (plan.mains_hz, 3 * plan.mains_hz)
        if 0 < hum < _EDGE_LIMIT * rate_hz
    }


def design(plan: FilterPlan, rate_hz: int) -> Design:
    """Design the chain with scipy.signal, which is slow to import: it is needed only here."""
    from scipy.signal import butter, tf2sos

    low, high = band_edges(plan, rate_hz)
    band = butter(plan.band_order, [low, high], "bandpass", fs=rate_hz, output="sos")
    hums = notches(plan, rate_hz)
    rows = [tf2sos(*notch) for notch in hums.values()]
    env = butter(plan.env_order, plan.env_hz, fs=rate_hz, output="sos")
    settle_s = _SETTLE_PERIODS / low
    if hums:
        settle_s = max(settle_s, _SETTLE_NOTCH_TAUS * _NOTCH_Q / (np.pi * min(hums)))
    return Design(
        rate_hz=rate_hz,
        band_hz=(low, high),
        notches_hz=tuple(hums),
        band=np.vstack([*rows, band]),
        env=env,
        settle_samples=round(settle_s * rate_hz),
    )


class Chain:
    """The chain of one board, carried from block to block."""

    def __init__(self, plan: Design, uv_per_count: tuple[float, ...]) -> None:
        self._sos = np.ascontiguousarray(np.vstack([plan.band, plan.env])[:, [0, 1, 2, 4, 5]])
        self._carried = np.zeros((STATES + 2 * len(self._sos), len(uv_per_count)))
        self._carried[SCALE] = uv_per_count
        self._steady = _steady(plan.band)
        self._settle = plan.settle_samples
        self._begun = False
        self.out = np.zeros((2, 1, len(uv_per_count)), np.float32)
        self._squared = 0

    def process(self, counts: NDArray[np.int32]) -> NDArray[np.float32]:
        """Give emg and env of a block, `[2, samples, channels]`, in microvolts.

        The array is written again by the next call: making one costs a fifth of the whole chain.
        """
        process(counts, *self.prepare(counts))
        return self.out

    def prepare(self, counts: NDArray[np.int32]) -> _Arrays:
        """What the kernel takes beside the counts of a block; once for each of them."""
        if not self._begun:
            self._begin(counts[0])
        n = len(counts)
        if self.out.shape[1] != n:
            self.out = np.empty((2, *counts.shape), np.float32)
        self._squared += n
        return self._sos, self._carried, self.out

    def bridge(self) -> None:
        """Samples are missing before the next block: what follows is no continuation.

        The band filters start again at the level of the next sample, and the envelope stays where
        it is until they have settled: a gap is not a movement.
        """
        if self._begun:
            self._begun = False
            self._carried[SETTLING, 0] = self._settle
            self._carried[HELD] = np.maximum(self.out[ENV, -1], 0.0)

    def _begin(self, counts: NDArray[np.int32]) -> None:
        """Start the band filters in their steady state: an offset does not ring."""
        band = self._carried[STATES : STATES + len(self._steady)]
        band[:] = self._steady[:, None] * (counts * self._carried[SCALE])
        self._begun = True

    def take_noise_uv(self) -> NDArray[np.float64] | None:
        """Root mean square of emg per channel since the last call; None without samples."""
        if not self._squared:
            return None
        rms: NDArray[np.float64] = np.sqrt(self._carried[POWER] / self._squared)
        self._carried[POWER] = 0.0
        self._squared = 0
        return rms

    @property
    def clipped(self) -> list[int]:
        """Samples at the end of the chip's range, per channel."""
        return [int(count) for count in self._carried[CLIPPED]]


def _steady(sos: NDArray[np.float64]) -> NDArray[np.float64]:
    """The states after an endless input of 1, in the order in which the kernel carries them."""
    from scipy.signal import sosfilt_zi

    return np.asarray(sosfilt_zi(sos)).ravel()
