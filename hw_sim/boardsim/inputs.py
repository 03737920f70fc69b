"""What can be wired to the electrodes: a protocol and its simplest halves."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from boardsim.sinc import Floats


class Input(Protocol):
    """A signal at the electrodes, in microvolts, from START on."""

    def begin(self, step_s: float) -> None:
        """The conversions start: the next moment read is time 0, each `step_s` after the last."""

    def read(self, n: int) -> Floats:
        """Give the next `n` moments as `[channels, n]`."""


class Waveform:
    """A function of time: seconds since START `[n]` to microvolts `[channels, n]`."""

    def __init__(self, microvolts: Callable[[Floats], Floats]) -> None:
        self._microvolts = microvolts
        self._step_s = 0.0
        self._moment = 0

    def begin(self, step_s: float) -> None:
        """Go back to time 0."""
        self._step_s, self._moment = step_s, 0

    def read(self, n: int) -> Floats:
        """Evaluate the function at the next `n` moments."""
        moments = np.arange(self._moment, self._moment + n)
        self._moment += n
        return np.asarray(self._microvolts(moments * self._step_s), dtype=np.float32)
