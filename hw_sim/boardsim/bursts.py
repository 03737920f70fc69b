"""Signals that begin and end, laid upon the batches in which a stream is read."""

from dataclasses import dataclass

import numpy as np

from boardsim.sinc import Floats


@dataclass(frozen=True, slots=True)
class _Burst:
    first: int  # moment
    channel: int
    wave: Floats
    scale: np.float32


class Bursts:
    """Those that are not over yet."""

    def __init__(self) -> None:
        self._bursts: list[_Burst] = []

    def add(self, first: int, channel: int, wave: Floats, scale: float) -> None:
        """One more, from that moment on; it may be the same wave as another's."""
        self._bursts.append(_Burst(first, channel, wave, np.float32(scale)))

    def lay(self, out: Floats, moment: int) -> None:
        """Add them to `[channels, n]` that begins with that moment."""
        end = moment + out.shape[1]
        for burst in self._bursts:
            a, b = max(burst.first, moment), min(burst.first + len(burst.wave), end)
            if a < b:
                part = burst.wave[a - burst.first : b - burst.first]
                out[burst.channel, a - moment : b - moment] += burst.scale * part
        self._bursts = [b for b in self._bursts if b.first + len(b.wave) > end]
