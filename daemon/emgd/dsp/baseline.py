"""The method's paper, offline: what its authors' published code computes (docs/spot.md)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgd.dsp.runs import runs

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Parameters:
    """The paper's six, by its own names: samples (L, S), windows (Sn, Wf, Wb), a factor (k)."""

    L: int = 60  # a window holds L + 1 samples
    S: int = 30  # and the next one begins so much later
    k: float = 1.0  # a window counts from k times the clip's mean on
    Sn: int = 5  # windows in a row that make a candidate
    Wf: int = 2  # windows before the first of them in which the onset is looked for
    Wb: int = 6  # windows after the last of them in which the offset is looked for


class Clip:
    """The envelope of one channel, prepared once for any number of parameters.

    Samples that are missing are NaN: they count in no mean, and a window that holds one is neither
    marked nor searched.
    """

    def __init__(self, envelope: Floats) -> None:
        self._envelope = envelope
        missing = np.isnan(envelope)
        self._sums = _sums(np.where(missing, 0.0, envelope))
        self._missing = _sums(missing.astype(np.float64)) if missing.any() else None
        there = len(envelope) - np.count_nonzero(missing)
        self._mean = float(self._sums[-1] / there) if there else 0.0
        self._energies: dict[tuple[int, int], Floats] = {}

    def candidates(self, wanted: Parameters) -> Places:
        """Onset and offset of each candidate, `[n, 2]`, counted from 0.

        Where nothing at all was recorded (a mean of 0) there is no candidate.
        """
        energy = self._energy(wanted.L, wanted.S)
        if not len(energy) or self._mean == 0.0:
            return np.zeros((0, 2), np.int64)
        with np.errstate(invalid="ignore"):
            marked = energy >= wanted.k * self._mean
        marked[0] = False  # the authors' scan begins with the second window
        first, end = runs(marked)
        last = end - 1
        # the last window opens no candidate
        kept = (last - first + 1 >= wanted.Sn) & (first < len(energy) - 1)
        first, last = first[kept], last[kept]
        onset = self._lowest(first - wanted.Wf, first, energy, wanted)
        offset = self._lowest(last + wanted.Wb, last, energy, wanted)
        return np.column_stack([onset, offset])

    def _energy(self, length: int, step: int) -> Floats:
        """The mean of each window; NaN where a sample is missing."""
        known = self._energies.get((length, step))
        if known is None:
            starts = np.arange(0, max(0, len(self._envelope) - length), step)
            ends = starts + length + 1
            known = (self._sums[ends] - self._sums[starts]) / (length + 1)
            if self._missing is not None:
                known[self._missing[ends] > self._missing[starts]] = np.nan
            self._energies[length, step] = known
        return known

    def _lowest(self, window: Places, itself: Places, energy: Floats, wanted: Parameters) -> Places:
        """The place of the minimum inside each window, or `itself` where there is no such one."""
        there = (window >= 0) & (window < len(energy))
        there[there] = ~np.isnan(energy[window[there]])
        starts = np.where(there, window, itself) * wanted.S
        inside = self._envelope[starts[:, None] + np.arange(wanted.L + 1)]
        lowest: Places = starts + inside.argmin(axis=1)
        return lowest


def merged(candidates: Places) -> Places:
    """All candidates of a clip as one: the smallest onset and the largest offset."""
    if not len(candidates):
        return candidates
    return np.array([[candidates[:, 0].min(), candidates[:, 1].max()]], np.int64)


def _sums(values: Floats) -> Floats:
    return np.concatenate([[0.0], np.cumsum(values)])
