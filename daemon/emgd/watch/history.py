"""`History`: the envelope of the last minutes, as the highest value in each short bin."""

import numpy as np
from numpy.typing import NDArray

BINS_PER_S = 20
KEPT_S = 300
BINS_KEPT = BINS_PER_S * KEPT_S


class History:
    """Bins of equal length, counted by sample index; a bin without samples holds NaN."""

    def __init__(self, channels: int, rate_hz: float):
        self.channels = channels
        self.bin_samples = max(1, round(rate_hz / BINS_PER_S))
        self.next_sample = 0
        self.last: NDArray[np.float32] = np.full(channels, np.nan, np.float32)
        self._peaks = np.full((BINS_KEPT, channels), np.nan, np.float32)
        self._t_ns = np.zeros(BINS_KEPT, np.int64)
        self._first: int | None = None
        self._newest = -1

    @property
    def newest(self) -> int:
        """The bin with the newest sample."""
        return max(self._newest, 0)

    @property
    def oldest(self) -> int:
        """The oldest bin that is kept."""
        return max(self._first or 0, self._newest - BINS_KEPT + 1, 0)

    def add(self, first: int, t_ns: int, step_ns: float, values: NDArray[np.float32]) -> None:
        """Keep a block [samples, channels]; what is older than the newest sample is left out."""
        skipped = max(0, self.next_sample - first)
        if skipped >= len(values):
            return
        finite = np.where(np.isfinite(values[skipped:]), values[skipped:], np.float32(np.nan))
        first, t_ns = first + skipped, t_ns + round(skipped * step_ns)
        end = first + len(finite)
        if self._first is None:
            self._first = self._newest = first // self.bin_samples
            self._clear(self._newest, self._newest)
        # Only what the ring can hold is worth a look in a block of absurd length.
        start_bin = max(first // self.bin_samples, (end - 1) // self.bin_samples - BINS_KEPT + 1)
        for place in range(start_bin, (end - 1) // self.bin_samples + 1):
            low = max(place * self.bin_samples, first)
            high = min((place + 1) * self.bin_samples, end)
            self._put(
                place, t_ns + round((low - first) * step_ns), finite[low - first : high - first]
            )
        self.last = finite[-1]
        self.next_sample = end

    def peak(self, bins: int, end: int | None = None) -> NDArray[np.float32]:
        """Give each channel's highest value in the `bins` up to `end`; NaN where there is none."""
        window = self.window(bins, self.newest if end is None else end)
        return np.asarray(np.fmax.reduce(window, axis=0))

    def window(self, bins: int, end: int) -> NDArray[np.float32]:
        """Give `bins` bins up to and with `end` as [bins, channels], NaN where nothing is kept."""
        places = np.arange(end - bins + 1, end + 1)
        found = self._peaks[places % BINS_KEPT]
        found[(places < self.oldest) | (places > self._newest)] = np.nan
        return found

    def sample(self, place: int) -> int:
        """Give the first sample index of a bin."""
        return place * self.bin_samples

    def bin(self, sample: int) -> int:
        """Give the bin that a sample falls into."""
        return sample // self.bin_samples

    def t_ns(self, place: int) -> int | None:
        """Give when a bin's first sample was taken; None where there is none."""
        if not self.oldest <= place <= self._newest:
            return None
        return int(self._t_ns[place % BINS_KEPT]) or None

    def _put(self, place: int, t_ns: int, values: NDArray[np.float32]) -> None:
        if place > self._newest:
            self._clear(self._newest + 1, place)
            self._newest = place
        row = place % BINS_KEPT
        self._peaks[row] = np.fmax(self._peaks[row], np.fmax.reduce(values, axis=0))
        if self._t_ns[row] == 0:
            self._t_ns[row] = t_ns

    def _clear(self, low: int, high: int) -> None:
        """Empty the bins from `low` to `high`: samples that were lost keep their place."""
        places = np.arange(max(low, high - BINS_KEPT + 1), high + 1) % BINS_KEPT
        self._peaks[places] = np.nan
        self._t_ns[places] = 0
