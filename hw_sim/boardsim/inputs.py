"""What can be wired to the electrodes: a protocol and its simplest halves."""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from boardsim.converter import Lines
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


class Quiet:
    """Electrodes on nothing."""

    def __init__(self, channels: int = 8) -> None:
        self._channels = channels

    def begin(self, step_s: float) -> None:
        """Nothing changes."""

    def read(self, n: int) -> Floats:
        """All zero."""
        return np.zeros((self._channels, n), np.float32)


def pulses(pin: int, period_s: float, width_s: float) -> Lines:
    """GPIO lines of which one (1 to 4) is high for `width_s` at the start of every `period_s`."""

    def levels(at_s: NDArray[np.float64]) -> NDArray[np.uint8]:
        late = np.round(at_s % period_s, 9)  # a sample on the edge must not fall before it
        high = np.where(late >= period_s, 0.0, late) < width_s
        return (high * (1 << pin - 1)).astype(np.uint8)

    return levels


def steps(levels: Sequence[tuple[float, int]]) -> Lines:
    """GPIO lines that take these levels (bit 0 is pin 1) at these seconds, in order."""
    moments = np.array([at_s for at_s, _ in levels]) - 1e-9
    values = np.array([0, *(level for _, level in levels)], np.uint8)

    def at(at_s: NDArray[np.float64]) -> NDArray[np.uint8]:
        return values[np.searchsorted(moments, at_s, side="right")]

    return at


def together(lines: Sequence[Lines]) -> Lines:
    """GPIO lines that are high where any of these is."""

    def at(at_s: NDArray[np.float64]) -> NDArray[np.uint8]:
        levels = np.array([each(at_s) for each in lines], np.uint8)
        joined: NDArray[np.uint8] = np.bitwise_or.reduce(levels, axis=0)
        return joined

    return at
