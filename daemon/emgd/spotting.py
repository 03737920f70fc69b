"""Blocks of the chain's output -> `onset`, `interval` and `retract`, live and from files alike."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgd.dsp.spotter import Burst, Spotter, Tuning, What
from emgd.face.expression import Expressions, Worn
from emgd.face.groups import Group, Groups
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
        worn = Worn(tuple(muscles), tuple(mvc_uv or [None] * len(muscles)))
        self._expressions = Expressions(worn, rate_hz)
        self._groups = Groups(rate_hz, self._expressions.alone)
        self._onsets: dict[int, int] = {}  # of movements under way: when their onset was told
        self._tune()

    def set(self, settings: Settings) -> None:
        """Go on with other settings, from the next sample on."""
        self.settings = settings
        self._tune()

    def set_mvc(self, mvc_uv: Sequence[float | None]) -> None:
        """Go on with other values of maximum contraction, microvolts per channel."""
        self._expressions.worn = Worn(self._expressions.worn.names, tuple(mvc_uv))
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
        return [self._event(what, group, burst) for what, group in self._groups.take(burst)]

    def _event(self, what: What, group: Group, burst: Burst) -> Event:
        newest = burst.known - 1
        if what is What.OPENED:
            self._onsets[group.id] = newest
            return ONSET, {
                "id": group.id,
                "channel": group.first.channel,
                "muscle": self._expressions.worn.names[group.first.channel],
                "onset": group.first.onset,
                "t_ns": self._utc_ns(group.first.onset),
            }
        told = self._onsets.pop(group.id)
        if what is What.DROPPED:
            return RETRACT, {"id": group.id}
        fields = self._expressions.describe(group.closed)
        return INTERVAL, {
            "id": group.id,
            **fields,
            "t_ns": self._utc_ns(fields["onset"]),
            "told": told,
            "closed": newest,
        }

    def _tuning(self) -> Tuning:
        s = self.settings
        return Tuning(
            sensitivity=s.threshold,
            release=s.release,
            merge_s=s.merge_ms / 1000,
            shortest_s=s.shortest_ms / 1000,
        )

    def _tune(self) -> None:
        s = self.settings
        self._expressions.blinks, self._expressions.swallows = s.blinks, s.swallows
        floors = [
            max(s.floor_uv, s.floor_pct / 100 * (uv or 0.0)) for uv in self._expressions.worn.mvc_uv
        ]
        self._spotter.tune(self._tuning(), floors)


_NOTHING: list[Event] = []
