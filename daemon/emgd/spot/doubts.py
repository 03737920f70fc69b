"""What makes one doubt that a file was understood: its level, and channels hardly listened to."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from emgd.signals.model import SignalChannel

_LOUD_UV = 10_000.0  # no muscle's envelope is above that for long
_RESTLESS_UV = 1_000.0  # nor is its rest
_FAINT_UV = 2.0  # what never reaches that is hardly more than an amplifier's own noise
_MOST = 0.5  # of the pieces
_WISHED = frozenset({"channel off", "spotter off"})


class Doubts:
    """Listens to the envelope of each piece, and to what the spotter says of itself."""

    def __init__(self, channels: Sequence[SignalChannel]) -> None:
        self._channels = channels
        self._highest: list[NDArray[np.float64]] = []
        self._why: list[list[str]] = [[] for _ in channels]

    def hear(
        self,
        env: NDArray[np.float32] | NDArray[np.float64],
        not_spotted: Sequence[str | None] = (),
    ) -> None:
        """Take a piece; NaN is what was not recorded."""
        self._highest.append(np.fmax.reduce(env, axis=0, initial=0.0).astype(np.float64))
        for reasons, why in zip(self._why, not_spotted, strict=False):
            if why is not None and why not in _WISHED:
                reasons.append(why)

    def remarks(self) -> list[str]:
        """What is to be told, a sentence each."""
        if not self._highest:
            return []
        blind = [len(reasons) > _MOST * len(self._highest) for reasons in self._why]
        highest_uv = np.where(blind, 0.0, self._highest)  # whose level says nothing
        return [*self._blind(blind), *self._level(highest_uv)]

    def _blind(self, blind: Sequence[bool]) -> list[str]:
        by_why: dict[str, list[str]] = {}
        for channel, reasons, is_blind in zip(self._channels, self._why, blind, strict=True):
            if is_blind:
                why = max(reasons, key=reasons.count)
                by_why.setdefault(why, []).append(channel.name)
        return [
            f"nothing is spotted in most of {', '.join(names)}: {why}."
            for why, names in by_why.items()
        ]

    def _level(self, highest_uv: NDArray[np.float64]) -> list[str]:
        usual_uv = np.quantile(highest_uv, 0.5, axis=0, method="lower")
        loud = [c.name for c, uv in zip(self._channels, usual_uv, strict=True) if uv > _LOUD_UV]
        if loud:
            return [
                f"{', '.join(loud)}: the envelope reaches {usual_uv.max() / 1000:.0f} mV, more than"
                " a muscle gives. Is the unit right (--unit, --uv-per-count)?"
            ]
        rest_uv = np.quantile(highest_uv, 0.1, axis=0, method="lower")
        if restless := [
            c.name for c, uv in zip(self._channels, rest_uv, strict=True) if uv > _RESTLESS_UV
        ]:
            return [
                f"{', '.join(restless)}: the envelope hardly falls below"
                f" {rest_uv.max() / 1000:.1f} mV, more than a muscle at rest gives. Is the unit"
                " right (--unit, --uv-per-count)?"
            ]
        if 0 < highest_uv.max() < _FAINT_UV:
            return [
                f"the envelope stays below {_FAINT_UV:g} uV everywhere, less than a muscle gives."
                " Is the unit right (--unit, --uv-per-count)?"
            ]
        return []
