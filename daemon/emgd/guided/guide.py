"""The course of a calibration: what is asked of the participant, and what comes of it; no I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from emgd.face.mvc import best_uv, far_from_the_others
from emgd.guided.movements import movement
from emgd.mvcfile import ChannelMvc
from emgd.watch.fields import items, number, text
from emgd.watch.headers import Meta

COUNTDOWN_S = 3.0


class Phase(Enum):
    """What goes on."""

    READY = "ready"  # waits for the operator
    COUNTDOWN = "countdown"
    STARTING = "starting"  # the daemon was asked to begin
    HOLD = "hold"
    STOPPING = "stopping"  # the daemon was asked what it came to
    REST = "rest"
    DONE = "done"  # the channel has all its attempts
    END = "end"


@dataclass(frozen=True, slots=True)
class Plan:
    """How often and how long."""

    repetitions: int = 3
    hold_s: float = 4.0
    rest_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Ask:
    """A request for the daemon."""

    do: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Station:
    """One channel to be measured."""

    channel: int
    name: str
    muscle: str
    attempts_uv: list[float] = field(default_factory=list)
    doubts: list[list[str]] = field(default_factory=list)  # of each attempt
    failed: str = ""  # why the latest attempt does not count
    skipped: bool = False

    @property
    def instruction(self) -> str:
        """What the participant has to do."""
        return movement(self.muscle, self.name)

    @property
    def mvc_uv(self) -> float | None:
        """What the attempts came to."""
        return best_uv(self.attempts_uv)

    def all_doubts(self) -> list[str]:
        """What looks wrong with the attempts, and with them together."""
        found = [f"attempt {n}: {said}" for n, told in enumerate(self.doubts, 1) for said in told]
        far = far_from_the_others(self.attempts_uv)
        return [*found, *([far] if far else [])]

    def result(self) -> ChannelMvc:
        """The same for the file."""
        attempts, doubts = tuple(self.attempts_uv), tuple(self.all_doubts())
        return ChannelMvc(self.name, self.muscle, self.mvc_uv, attempts, doubts)


class Guide:
    """One calibration. Keys, time and answers go in; requests come out."""

    def __init__(self, stations: list[Station], plan: Plan) -> None:
        self.stations = stations
        self.plan = plan
        self.phase = Phase.READY
        self.place = 0
        self._until_s = 0.0
        self._forget = "all"  # which attempts the daemon is to forget when the next one begins

    @property
    def station(self) -> Station:
        """The channel whose turn it is."""
        return self.stations[min(self.place, len(self.stations) - 1)]

    def left_s(self, now_s: float) -> float:
        """How long the phase still lasts, where it has an end."""
        return max(0.0, self._until_s - now_s)

    # -- what happens

    def press(self, key: str, now_s: float) -> list[Ask]:
        """A key of the operator."""
        match key, self.phase:
            case (("q" | "escape"), _):
                asks = self._give_up()
                self.phase = Phase.END
                return asks
            case ((" " | "enter"), Phase.DONE):
                self._go_on()
            case ((" " | "enter"), (Phase.READY | Phase.REST)):
                self._count_down(now_s)
            case "r", (Phase.READY | Phase.REST | Phase.DONE):
                self._forget = self._forget or ("last" if self.phase is not Phase.READY else "")
                self._count_down(now_s)
            case "s", Phase.READY | Phase.REST | Phase.COUNTDOWN | Phase.HOLD | Phase.DONE:
                asks = self._give_up()
                self.station.skipped = not self.station.attempts_uv
                self._go_on()
                return asks
        return []

    def tick(self, now_s: float) -> list[Ask]:
        """Time goes by."""
        if now_s < self._until_s:
            return []
        match self.phase:
            case Phase.COUNTDOWN:
                self.phase = Phase.STARTING
                station = self.station
                label = f"{station.name} {station.muscle}".strip()[:200]
                fields = {
                    "channel": station.channel,
                    "label": label,
                    "forget": self._forget or None,
                }
                return [Ask("mvc.start", fields)]
            case Phase.HOLD:
                self.phase = Phase.STOPPING
                return [Ask("mvc.stop")]
            case Phase.REST:
                self._count_down(now_s)
        return []

    def answered(self, do: str, answer: Mapping[str, Any], now_s: float) -> None:
        """The daemon did what it was asked."""
        if do == "mvc.start" and self.phase is Phase.STARTING:
            if self._forget == "last":
                del self.station.attempts_uv[-1:], self.station.doubts[-1:]
            self._forget = ""
            self._wait(Phase.HOLD, self.plan.hold_s, now_s)
        elif do == "mvc.stop" and self.phase is Phase.STOPPING:
            self._measured(answer, now_s)

    def refused(self, why: str) -> None:
        """The daemon did not; the attempt does not count and can be made again."""
        if self.phase in (Phase.STARTING, Phase.HOLD, Phase.STOPPING):
            self.station.failed = why
            self.phase = Phase.READY

    # -- what follows from it

    def _measured(self, answer: Mapping[str, Any], now_s: float) -> None:
        station, uv = self.station, number(answer.get("attempt_uv"))
        if uv is None:  # a daemon that tells only what the attempts come to
            uv = number(answer.get("mvc_uv")) or 0.0
        station.attempts_uv.append(uv)
        far = far_from_the_others(station.attempts_uv)
        told = [text(said) for said in items(answer.get("doubts"))]
        station.doubts.append([said for said in told if said and said != far])
        station.failed = ""
        station.skipped = False
        if len(station.attempts_uv) < self.plan.repetitions:
            self._wait(Phase.REST, self.plan.rest_s, now_s)
        else:
            self.phase = Phase.DONE

    def _give_up(self) -> list[Ask]:
        """End what the daemon has under way."""
        going = self.phase in (Phase.STARTING, Phase.HOLD)
        return [Ask("mvc.stop", {"discard": True})] if going else []

    def _go_on(self) -> None:
        self.place += 1
        self._forget = "all"
        self.phase = Phase.READY if self.place < len(self.stations) else Phase.END

    def _count_down(self, now_s: float) -> None:
        self.station.failed = ""
        self._wait(Phase.COUNTDOWN, COUNTDOWN_S, now_s)

    def _wait(self, phase: Phase, for_s: float, now_s: float) -> None:
        self.phase, self._until_s = phase, now_s + for_s


class NoStationError(ValueError):
    """There is no such channel to measure; the sentence says which there are."""


def stations_of(meta: Meta, wanted: Sequence[str]) -> list[Station]:
    """The channels to measure; NoStationError where one of the wanted ones cannot be had.

    Without wishes they are all that are on and lie on a muscle.
    """
    known = {channel.name: place for place, channel in enumerate(meta.channels)}
    missing = [name for name in wanted if name not in known]
    if missing:
        raise NoStationError(f"there is no channel {missing[0]}; there are {', '.join(known)}")
    off = [name for name in wanted if not meta.channels[known[name]].active]
    if off:
        raise NoStationError(f"channel {off[0]} is switched off (board.channels)")
    chosen = [known[name] for name in wanted] or [
        place for place, channel in enumerate(meta.channels) if channel.active and channel.muscle
    ]
    if not chosen:
        raise NoStationError(
            "no channel lies on a muscle (board.channels): name some with --channels"
        )
    return [Station(at, meta.channels[at].name, meta.channels[at].muscle) for at in chosen]
