"""Blocks of the chain's output -> `onset`, `interval` and `retract`, live and from files alike."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgd.dsp.spotter import Burst, Spotter, Tuning, What
from emgd.face.expression import Rules, Worn, describe
from emgd.face.groups import Change, Groups
from emgd.settings import Spotter as Settings

ONSET, INTERVAL, RETRACT = "onset", "interval", "retract"
Event = tuple[str, dict[str, Any]]


class Spotting:
    """Spots the movements of one board's channels; the same however the samples are cut."""

    def __init__(
        self,
        rate_hz: float,
        muscles: Sequence[str],
        settings: Settings | None = None,
        *,
        active: Sequence[bool] | None = None,
        mvc_uv: Sequence[float | None] | None = None,
        utc_ns: Callable[[int], int | None] = lambda _sample: None,
    ) -> None:
        self._rate_hz = rate_hz
        self.settings = settings or Settings()
        self._utc_ns = utc_ns
        self._spotter = Spotter(rate_hz, active or [True] * len(muscles), self._tuning())
        self._groups = Groups(Worn(tuple(muscles), (None,) * len(muscles)), rate_hz)
        self.set_mvc(mvc_uv or [None] * len(muscles))

    def set(self, settings: Settings) -> None:
        """Go on with other settings, from the next sample on."""
        self.settings = settings
        self._tune()

    def set_mvc(self, mvc_uv: Sequence[float | None]) -> None:
        """Go on with other values of maximum contraction, microvolts per channel."""
        self._groups.worn = Worn(self._groups.worn.names, tuple(mvc_uv))
        self._tune()

    def update(
        self, first: int, filtered: NDArray[np.float32], counts: NDArray[np.int32]
    ) -> list[Event]:
        """Take the chain's output of a block and its counts; gives what is to be told."""
        bursts = self._spotter.update(first, filtered, counts)
        return [event for burst in bursts for event in self._hear(burst)] if bursts else _NOTHING

    def gap(self, first: int, missing: int) -> list[Event]:
        """Samples are missing before the next block."""
        bursts = self._spotter.gap(first, missing)
        return [event for burst in bursts for event in self._hear(burst)]

    def finish(self) -> list[Event]:
        """There will be no more samples: movements under way end here."""
        return [event for burst in self._spotter.finish() for event in self._hear(burst)]

    def not_spotted(self) -> list[str | None]:
        """Why a channel is not being spotted, or None."""
        return self._spotter.not_spotted()

    def _hear(self, burst: Burst) -> list[Event]:
        return [self._event(change) for change in self._groups.take(burst)]

    def _event(self, change: Change) -> Event:
        group = change.group
        if change.what is What.DROPPED:
            return RETRACT, {"id": group.id}
        if change.what is What.OPENED:
            return ONSET, {
                "id": group.id,
                "channel": group.channel,
                "muscle": self._groups.worn.names[group.channel],
                "onset": group.onset,
                "t_ns": self._utc_ns(group.onset),
            }
        rules = Rules(self.settings.blinks, self.settings.swallows)
        fields = describe(group.closed, self._groups.worn, rules, self._rate_hz)
        return INTERVAL, {"id": group.id, **fields, "t_ns": self._utc_ns(fields["onset"])}

    def _tuning(self) -> Tuning:
        s = self.settings
        return Tuning(
            sensitivity=s.threshold,
            release=s.release,
            merge_s=s.merge_ms / 1000,
            shortest_s=s.shortest_ms / 1000,
            longest_s=s.longest_s,
        )

    def _tune(self) -> None:
        s = self.settings
        floors = [
            max(s.floor_uv, s.floor_pct / 100 * (uv or 0.0)) for uv in self._groups.worn.mvc_uv
        ]
        self._spotter.tune(self._tuning(), floors)


_NOTHING: list[Event] = []
