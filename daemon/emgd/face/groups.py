"""Bursts of single channels become movements of the face: which belong together."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from emgd.dsp.spotter import Burst, What

TOGETHER_MS = 150.0  # channels that begin within that belong together
LEAK = 0.2  # of a muscle's strength is the most that electrodes on another one pick up
INSIDE = 0.5  # so does what lies with that share of its length in another movement
ALONE = 1.2  # times what a burst needs is what it has to rise if no other channel moves with it
DENSE = 1.3  # unless it is no sparser than that: of many units, not of a few that fire at rest


class Rules(Protocol):
    """What muscles say of bursts."""

    def alone(self, burst: Burst, beside: Sequence[Burst]) -> bool:
        """Whether a burst is a movement of its own, whatever goes on beside it."""

    def swallowing(self, bursts: Sequence[Burst], beside: Sequence[Burst]) -> bool:
        """Whether bursts are a swallow or may become one, and others are none of it."""


@dataclass(slots=True)
class Group:
    """Bursts that are one movement; told of by the burst that opened it."""

    id: int
    first: Burst
    open: dict[int, Burst] = field(default_factory=dict)
    closed: list[Burst] = field(default_factory=list)

    @property
    def bursts(self) -> list[Burst]:
        """Those that are going on, and those that are over."""
        return [*self.open.values(), *self.closed]

    @property
    def onset(self) -> int:
        """The earliest one's."""
        return min(burst.onset for burst in self.bursts)

    @property
    def faint(self) -> bool:
        """Whether it is as likely to be none: weak, and on one channel without any other."""
        return len({burst.channel for burst in self.closed}) == 1 and all(
            burst.height < ALONE and not 0 < burst.sparsity <= DENSE for burst in self.closed
        )

    def end(self, now: int) -> int:
        """The latest offset; `now` while a burst is still going on."""
        return now if self.open else max(burst.offset for burst in self.closed)

    def inside(self, other: "Group", now: int) -> float:
        """The share of its own length in which the other one goes on, too."""
        end = self.end(now)
        common = min(end, other.end(now)) - max(self.onset, other.onset)
        return common / max(end - self.onset, 1)


Change = tuple[What, Group]


class Groups:
    """Keeps the movements that are under way, or wait for others to end."""

    def __init__(self, rate_hz: float, rules: Rules, last_id: int = 0) -> None:
        self._together = TOGETHER_MS * rate_hz / 1000
        self._rules = rules
        self._groups: list[Group] = []
        self.last_id = last_id

    def take(self, burst: Burst) -> list[Change]:
        """What a burst that opened, closed or was dropped means."""
        if burst.what is What.OPENED:
            return self._open(burst)
        group = next(group for group in self._groups if burst.channel in group.open)
        del group.open[burst.channel]
        if burst.what is What.CLOSED:
            group.closed.append(burst)
        if not group.open and not group.closed:
            self._groups.remove(group)
            return [(What.DROPPED, group), *self._settle(burst.known)]
        return self._settle(burst.known)

    def _open(self, burst: Burst) -> list[Change]:
        for group in self._groups:
            if group.open and abs(group.first.onset - burst.onset) <= self._together:
                group.open[burst.channel] = burst
                return []
        self.last_id += 1
        group = Group(self.last_id, burst, {burst.channel: burst})
        self._groups.append(group)
        return [(What.OPENED, group)]

    def _settle(self, now: int) -> list[Change]:
        """End the movements that no other one can change any more."""
        changes: list[Change] = []
        for group in self._over():
            if not self._single(group):
                changes += self._split(group)
            if self._single(group):
                changes.append(self._finish(group, What.CLOSED))
        for group in self._over():  # before any host is ended
            if (host := self._host(group, now)) is not None:
                host.closed += group.closed
                changes.append(self._finish(group, What.DROPPED))
        for group in self._over():
            if not any(g.open and g.onset < group.end(now) for g in self._groups):
                changes.append(self._finish(group, What.CLOSED))
        return changes

    def _over(self) -> list[Group]:
        return [group for group in self._groups if not group.open]

    def _split(self, group: Group) -> list[Change]:
        """Take out what only happened at the same time."""
        changes: list[Change] = []
        for burst in list(group.closed):
            if burst not in group.closed:
                continue
            beside = [other for other in group.closed if other is not burst]
            leaks = [other for other in beside if _leaks(burst, other)]
            rest = [other for other in beside if other not in leaks]
            if rest and self._rules.alone(burst, beside):
                group.closed = rest
                changes += self._apart(burst, leaks)
        return changes

    def _apart(self, burst: Burst, leaks: list[Burst]) -> list[Change]:
        """A movement of its own after all."""
        single = Group(self.last_id + 1, burst, closed=[burst, *leaks])
        if single.faint:
            return []
        self.last_id += 1
        return [(What.OPENED, single), (What.CLOSED, single)]

    def _single(self, group: Group) -> bool:
        """Whether all of it is one channel's, whatever goes on beside."""
        strongest = max(group.closed, key=lambda burst: burst.rise_uv)
        beside = [other for other in group.closed if other is not strongest]
        leaks = all(_leaks(strongest, other) for other in beside)
        return leaks and self._rules.alone(strongest, beside)

    def _finish(self, group: Group, what: What) -> Change:
        self._groups.remove(group)
        return What.DROPPED if group.faint else what, group

    def _host(self, group: Group, now: int) -> Group | None:
        """The movement of which this one is a part."""
        for other in self._groups:
            if other is group or group.inside(other, now) < INSIDE:
                continue
            if (other.open or not self._single(other)) and not self._beside(other, group):
                return other
        return None

    def _beside(self, swallow: Group, group: Group) -> bool:
        """Whether another one may be a swallow, during which this one happened by itself."""
        if not self._rules.swallowing(swallow.bursts, group.closed):
            return False
        strongest = max(swallow.bursts, key=lambda burst: burst.rise_uv)
        return bool(swallow.open) or not all(_leaks(strongest, each) for each in group.closed)


def _leaks(burst: Burst, other: Burst) -> bool:
    """Whether a channel only picked up what another one did."""
    middle = (other.onset + other.offset) // 2
    return other.rise_uv <= LEAK * burst.rise_uv and burst.onset <= middle <= burst.offset
