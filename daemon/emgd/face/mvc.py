"""Maximum voluntary contraction: what an attempt is worth, and what looks wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

HOLD_S = 0.5  # the value is the highest mean of the envelope over so long
SHORTEST_S = 1.0  # of an attempt: the envelope needs a third of that to rise

FAR = 1.5  # an attempt that is so many times another one does not fit it
_RAGGED = 2.5  # the envelope's peak over the value: the maximum of noise is 1.5 at most
_ABOVE_REST = 5.0  # the value over the envelope at rest
_NO_EFFORT = 2.0  # the same; of rest alone the best half second is 1.5 at most
_MAINS_SHARE = 0.25  # of the power
_MAINS_HZ = (50.0, 60.0)
_HARMONICS = 3
_RMS_TO_ENVELOPE = (2 / np.pi) ** 0.5  # of noise


@dataclass(frozen=True, slots=True)
class Attempt:
    """One contraction as it was measured, all channels."""

    channel: int
    names: tuple[str, ...]  # of the channels, for sentences
    rate_hz: float
    emg: Floats  # [samples, channels], microvolts
    env: Floats
    rest_uv: float | None = None  # rms of the channel's emg at rest

    @property
    def long_enough(self) -> bool:
        """Whether a value can be had of it."""
        return len(self.env) >= SHORTEST_S * self.rate_hz

    def value_uv(self) -> float:
        """The highest mean of the channel's envelope over half a second."""
        return round(float(self._held().max()), 3)

    def no_effort(self) -> str:
        """What to say where it is hardly above rest, so no contraction at all; else empty."""
        times = self._times_rest()
        if times is None or times >= _NO_EFFORT:
            return ""
        faint = f"it is only {times:.1f} times what is there at rest"
        if louder := self._louder():
            return f"{faint}, and {louder}"
        return (
            f"{faint}: let the face rest for 10 s, then contract with all effort; if that gives no "
            "more, find another place for the electrodes"
        )

    def doubts(self) -> list[str]:
        """What looks wrong, as sentences; empty for a good attempt."""
        sentences = (self._louder(), self._weak(), self._ragged(), self._mains())
        return [sentence for sentence in sentences if sentence]

    @property
    def _width(self) -> int:
        return max(1, round(HOLD_S * self.rate_hz))

    def _held(self) -> NDArray[np.float64]:
        """Means over half a second, by their first sample."""
        summed = np.cumsum(self.env[:, self.channel], dtype=np.float64)
        summed = np.concatenate(((0.0,), summed))
        means: NDArray[np.float64] = (summed[self._width :] - summed[: -self._width]) / self._width
        return means

    def _louder(self) -> str:
        value_uv, at = self.value_uv(), int(self._held().argmax())
        others_uv = self.env[at : at + self._width].mean(axis=0, dtype=np.float64)
        loudest = int(others_uv.argmax())
        if loudest == self.channel or others_uv[loudest] <= value_uv:
            return ""
        return (
            f"{self.names[loudest]} was stronger ({others_uv[loudest]:.0f} uV against "
            f"{value_uv:.0f} uV): is it the right movement, and are the plugs in their places?"
        )

    def _times_rest(self) -> float | None:
        """The value over the envelope at rest, where that is known."""
        if self.rest_uv is None or not self.rest_uv > 0:
            return None
        return float(self.value_uv() / (_RMS_TO_ENVELOPE * self.rest_uv))

    def _weak(self) -> str:
        times = self._times_rest()
        if times is None or times >= _ABOVE_REST:
            return ""
        return (
            f"it is only {times:.1f} times what is there at rest: more effort, or another place "
            "for the electrodes"
        )

    def _ragged(self) -> str:
        value_uv, peak_uv = self.value_uv(), float(self.env[:, self.channel].max())
        if not value_uv > 0 or peak_uv < _RAGGED * value_uv:
            return ""
        return (
            f"for a moment the envelope was at {peak_uv:.0f} uV, {peak_uv / value_uv:.1f} times "
            "the value: a jerk or a bad contact; the movement should be held"
        )

    def _mains(self) -> str:
        emg = self.emg[:, self.channel].astype(np.float64)
        power = np.abs(np.fft.rfft(emg * np.hanning(len(emg)))) ** 2
        hz = np.fft.rfftfreq(len(emg), 1 / self.rate_hz)
        for mains_hz in _MAINS_HZ:
            harmonics = mains_hz * np.arange(1, _HARMONICS + 1)
            near = (np.abs(hz[:, None] - harmonics) <= 1.0).any(axis=1)
            share = power[near].sum() / power.sum() if power.any() else 0.0
            if share > _MAINS_SHARE:
                return (
                    f"{100 * share:.0f} % of it is mains hum ({mains_hz:.0f} Hz): look after the "
                    f"cables and the ground, or set filter.mains_hz = {mains_hz:.0f}"
                )
        return ""


def best_uv(attempts_uv: Sequence[float]) -> float | None:
    """What a channel's attempts come to: the largest, as nobody can do more than the maximum."""
    return max(attempts_uv, default=None)


def far_from_the_others(attempts_uv: Sequence[float]) -> str:
    """What to say where an attempt stands alone; else empty."""
    if len(attempts_uv) < 2:
        return ""
    *lower, second, largest = sorted(attempts_uv)
    if largest >= FAR * second and not lower:
        return (
            f"the attempts differ much ({second:.0f} and {largest:.0f} uV): one more tells which "
            "is right"
        )
    if largest >= FAR * second:
        place = list(attempts_uv).index(largest) + 1
        return (
            f"attempt {place} ({largest:.0f} uV) is far above the others ({second:.0f} uV at "
            "most): do one more"
        )
    if lower and lower[0] * FAR <= second:
        place = list(attempts_uv).index(lower[0]) + 1
        return f"attempt {place} ({lower[0]:.0f} uV) is far below the others; it does not matter"
    return ""
