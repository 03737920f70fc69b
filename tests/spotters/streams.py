"""Streams of the simulated face with their truth, made once and the same for every detector."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from boardsim.render import render
from boardsim.simboard import Settings
from emgd.face.match import Span
from emgd.movements import Told
from emgd.movements.lines import read_lines
from numpy.typing import NDArray
from scipy.signal import butter, iirnotch, sosfiltfilt, tf2sos

UV_PER_COUNT = 4.5e6 / 24 / 2**23
RATE_HZ = 1000
Wave = NDArray[np.float64]


class Channel:
    """One channel of a stream, raw and cleaned in each way that a detector may ask for."""

    def __init__(self, counts: NDArray[np.int32]) -> None:
        self.raw: Wave = counts * UV_PER_COUNT

    def cleaned(self, how: str) -> Wave:
        """`high`: above 100 Hz, as both libraries do it; `band`: 20 to 450 Hz without mains."""
        return self._high if how == "high" else self._band

    @cached_property
    def _high(self) -> Wave:
        sos = butter(4, 100, "highpass", fs=RATE_HZ, output="sos")
        high: Wave = sosfiltfilt(sos, self.raw - self.raw.mean())
        return high

    @cached_property
    def _band(self) -> Wave:
        notches = [tf2sos(*iirnotch(hz, 12.5, fs=RATE_HZ)) for hz in (50, 150)]
        sos = np.vstack([*notches, butter(2, [20, 450], "bandpass", fs=RATE_HZ, output="sos")])
        band: Wave = sosfiltfilt(sos, self.raw - self.raw.mean())
        return band


@dataclass(frozen=True)
class Stream:
    seed: int
    counts: NDArray[np.int32]
    truth: tuple[Span, ...]

    @property
    def minutes(self) -> float:
        return len(self.counts) / RATE_HZ / 60

    @cached_property
    def channels(self) -> tuple[Channel, ...]:
        return tuple(Channel(self.counts[:, c]) for c in range(self.counts.shape[1]))


def make(seed: int, minutes: float) -> Stream:
    """The face that `boardsim --seed` has by default: one person for each seed."""
    counts, lines = render(Settings(seed=seed), round(minutes * 60 * RATE_HZ), RATE_HZ)
    truth = read_lines(Path(f"seed {seed}"), (json.dumps(line) for line in lines), Told())
    return Stream(seed, counts, tuple(truth.spans))


def streams(first_seed: int, minutes: float, each: float) -> Iterator[Stream]:
    """So many minutes, a person after the other."""
    for number in range(max(1, round(minutes / each))):
        yield make(first_seed + number, min(each, minutes))
