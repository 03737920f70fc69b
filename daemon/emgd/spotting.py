"""Blocks of the chain's output -> `onset`, `interval` and `retract`, live and from files alike."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgd.dsp.filters import Chain
from emgd.dsp.spotter import Burst, Spotter, Tuning, What
from emgd.face.expression import Expressions, Worn
from emgd.face.groups import Group, Groups
from emgd.face.talking import MOUTH, Talking
from emgd.messages import INTERVAL, ONSET, RETRACT
from emgd.settings import Spotter as Settings

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
        settle_samples: int | None = None,
        utc_ns: Callable[[int], int | None] = lambda _sample: None,
        last_id: int = 0,
    ) -> None:
        self._rate_hz = rate_hz
        self.settings = settings or Settings()
        self._utc_ns = utc_ns
        self._spotter = Spotter(
            rate_hz, active or [True] * len(muscles), self._tuning(), settle_samples
        )
        worn = Worn(tuple(muscles), tuple(mvc_uv or [None] * len(muscles)))
        self._expressions = Expressions(worn, rate_hz)
        self._groups = Groups(rate_hz, self._expressions, last_id)
        self._talking = Talking(rate_hz)
        self._told: dict[int, int] = {}  # of movements under way: the newest sample at their onset
        self._held: list[tuple[int, dict[str, Any]]] = []
        self._due = math.inf  # the sample at which the first of them is told at the latest
        self._tune()

    @property
    def last_id(self) -> int:
        """The one that was given last."""
        return self._groups.last_id

    def set(self, settings: Settings) -> list[Event]:
        """Go on with other settings, from the next sample on."""
        events = [] if settings.enabled else self.finish()
        self.settings = settings
        self._tune()
        return events

    def set_mvc(self, mvc_uv: Sequence[float | None]) -> None:
        """Go on with other values of maximum contraction, microvolts per channel."""
        self._expressions.worn = Worn(self._expressions.worn.names, tuple(mvc_uv))
        self._tune()

    def update(
        self,
        first: int,
        chain: Chain,
        counts: NDArray[np.int32],
        off: NDArray[np.bool_] | None = None,
    ) -> list[Event]:
        """Take a block through the chain, into `chain.out`; gives what is to be told.

        `off` tells for each sample and channel whether an electrode is off, where that is known.
        """
        if not self.settings.enabled:
            chain.process(counts)
            return _NOTHING
        bursts = self._spotter.update(first, chain, counts, off)
        if not bursts and first + len(counts) <= self._due:
            return _NOTHING
        return self._hear(bursts) + self._release(self._spotter.newest)

    def gap(self, first: int, missing: int) -> list[Event]:
        """Samples are missing before the next block."""
        return self._hear(self._spotter.gap(first, missing))

    def finish(self) -> list[Event]:
        """There will be no more samples: movements under way end here."""
        events = self._hear(self._spotter.finish())
        return events + self._release(None)

    def not_spotted(self) -> list[str | None]:
        """Why a channel is not being spotted, or None."""
        if not self.settings.enabled:
            return ["spotter off"] * len(self._expressions.worn.names)
        return self._spotter.not_spotted()

    def _hear(self, bursts: Iterable[Burst]) -> list[Event]:
        events: list[Event] = []
        for burst in bursts:
            newest = burst.known - 1
            events += self._release(newest)
            if self._expressions.worn.known[burst.channel] in MOUTH:
                self._talking.hear(burst)
                events += self._release(newest)
            for what, group in self._groups.take(burst):
                events += self._event(what, group, newest)
        return events

    def _event(self, what: What, group: Group, newest: int) -> Iterator[Event]:
        if what is What.OPENED:
            self._told[group.id] = newest
            first = group.first
            yield (
                ONSET,
                {
                    "id": group.id,
                    "channel": first.channel,
                    "muscle": self._expressions.worn.names[first.channel],
                    "onset": first.onset,
                    "t_ns": self._utc_ns(first.onset),
                },
            )
            return
        told = self._told.pop(group.id)
        if what is What.DROPPED:
            yield RETRACT, {"id": group.id}
            return
        fields = {"id": group.id, **self._expressions.describe(group.closed), "told": told}
        moved = {self._expressions.worn.known[burst.channel] for burst in group.closed}
        if self.settings.speech and self._of_mouth(fields) and len(moved & MOUTH) > 1:
            self._held.append((newest, fields))
            yield from self._release(newest)
        else:
            yield self._interval(fields, newest)

    def _release(self, newest: int | None) -> list[Event]:
        """Tell what was held back until it was known whether it was talking; None: all."""
        events: list[Event] = []
        held, self._held, self._due = self._held, [], math.inf
        for ended, fields in held:
            onset, offset = fields["onset"], fields["offset"]
            due = max(ended, self._talking.due(onset, offset))
            if newest is None:
                closed = min(due, self._spotter.newest)
            elif self._talking.during(onset, offset):
                closed = newest
            elif newest >= due:
                closed = due
            else:
                self._held.append((ended, fields))
                self._due = min(self._due, due)
                continue
            events.append(self._interval(fields, int(closed)))
        return events

    def _interval(self, fields: dict[str, Any], newest: int) -> Event:
        talking = self._of_mouth(fields) and self._talking.during(fields["onset"], fields["offset"])
        return INTERVAL, {
            **fields,
            "flags": ["speech"] if talking and self.settings.speech else [],
            "t_ns": self._utc_ns(fields["onset"]),
            "closed": newest,
        }

    def _of_mouth(self, fields: dict[str, Any]) -> bool:
        return self._expressions.worn.known[fields["channel"]] in MOUTH

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
