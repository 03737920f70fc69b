"""Bursts of single channels become movements of the face: which belong together."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from emgd.dsp.spotter import Burst, What
from emgd.face.expression import Worn
from emgd.face.muscles import OCULI

TOGETHER_MS = 100.0  # an eye that begins with the others belongs to them


@dataclass(slots=True)
class Group:
    """Bursts that overlap in time."""

    id: int
    channel: int  # whose burst opened it
    onset: int
    eye: bool  # only the eye's muscle so far
    open: dict[int, Burst] = field(default_factory=dict)
    closed: list[Burst] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a group: it began, it ended with bursts, or it came to nothing."""

    group: Group
    what: What


class Groups:
    """Keeps the groups that are under way."""

    def __init__(self, worn: Worn, rate_hz: float) -> None:
        self.worn = worn
        self._together = TOGETHER_MS * rate_hz / 1000
        self._groups: list[Group] = []
        self._next_id = 0

    def take(self, burst: Burst) -> Iterator[Change]:
        """What a burst that opened, closed or was dropped means."""
        if burst.what is What.OPENED:
            yield from self._open(burst)
            return
        for group in self._groups:
            if burst.channel in group.open:
                del group.open[burst.channel]
                if burst.what is What.CLOSED:
                    group.closed.append(burst)
                yield from self._settle(group)
                return

    def _open(self, burst: Burst) -> Iterator[Change]:
        eye = self.worn.known(burst.channel) == OCULI
        for group in self._groups:
            near = abs(group.onset - burst.onset) <= self._together
            if near or not (eye or group.eye):
                group.open[burst.channel] = burst
                group.eye = group.eye and eye
                return
        self._next_id += 1
        group = Group(self._next_id, burst.channel, burst.onset, eye)
        group.open[burst.channel] = burst
        self._groups.append(group)
        yield Change(group, What.OPENED)

    def _settle(self, group: Group) -> Iterator[Change]:
        if group.open:
            return
        self._groups.remove(group)
        yield Change(group, What.CLOSED if group.closed else What.DROPPED)
