"""`Model`: what the viewer knows of a daemon, fed with messages and answers; no I/O."""

from collections import deque
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import numpy as np

from emgd.client import Message
from emgd.watch import happenings
from emgd.watch.fields import items, number, table, text, whole
from emgd.watch.happenings import Happening, Kind
from emgd.watch.headers import Health, Meta
from emgd.watch.history import History

TOPICS = ("meta", "env", "tick", "mark", "gap", "health", "onset", "interval", "retract")

AWAY_S = 2.5  # `health` comes once a second
STALE_S = 1.5  # a packet comes many times a second
CHANNELS_MOST = 64
HAPPENINGS_KEPT = 500


class State(Enum):
    """What goes on, as the top line says it."""

    AWAY = "AWAY"
    SILENT = "SILENT"  # it answers questions, but its stream brings nothing
    WAITING = "WAITING"
    STOPPED = "STOPPED"
    STREAMING = "STREAMING"
    RECORDING = "REC"


SAID = {"waiting": State.WAITING, "stopped": State.STOPPED}  # words of `status`


@dataclass(slots=True)
class Growth:
    """Whether a recording still grows, and since when it is watched."""

    samples: int | None
    size: int | None
    changed_s: float


class Model:
    """The newest of everything, and what is kept to look back."""

    def __init__(self, control: str = "", stream: str = "") -> None:
        self.control = control
        self.stream = stream
        self.missed = 0  # messages that this viewer did not get
        self.session: object = None
        self.meta = Meta()
        self.health = Health()
        self.tube: int | None = None
        self.history: History | None = None
        self.happenings: deque[Happening] = deque(maxlen=HAPPENINGS_KEPT)
        self.endpoints: list[str] = []  # where the daemon says that others can subscribe
        self.unreadable = 0
        self.heard_s: float | None = None  # when anything came, by the viewer's clock
        self.data_s: float | None = None  # when samples came
        self.answered_s: float | None = None
        self.restarted_s: float | None = None
        self.said_state = ""
        self._growth: Growth | None = None

    def take(self, message: Message, now_s: float) -> None:
        """Take a message of the stream; what cannot be read is counted."""
        header = message.header
        session = header.get("session")
        if not isinstance(session, str | int | bytes):
            self.unreadable += 1
            return
        if session != self.session:
            self._begin(session, now_s)
        self.heard_s = now_s
        match message.topic:
            case "env":
                self._take_samples(header, message.payload, now_s)
            case "meta":
                self._take_meta(header)
            case "health":
                self._take_health(Health.read(header), now_s)
            case "tick":
                self.tube = whole(header.get("number"))
            case _:
                self._take_happening(message.topic, header, now_s)

    def take_status(self, answer: dict[str, Any], now_s: float) -> None:
        """Take the daemon's answer to `status`."""
        self.answered_s = now_s
        self.said_state = text(answer.get("state"))
        self.endpoints = [text(endpoint) for endpoint in items(answer.get("endpoints"))]
        meta = table(answer.get("meta"))
        if not self.meta.channels and meta:
            self._take_meta(meta)

    def state(self, now_s: float) -> State:
        """Say what goes on."""
        if not _recent(self.heard_s, now_s, AWAY_S):
            if not _recent(self.answered_s, now_s, AWAY_S):
                return State.AWAY
            return SAID.get(self.said_state, State.SILENT)
        if self.health.recording is not None:
            return State.RECORDING
        if _recent(self.data_s, now_s, STALE_S):
            return State.STREAMING
        return SAID.get(self.said_state, State.WAITING)

    def stuck_s(self, now_s: float) -> float | None:
        """Say for how long the recording has not grown; None while it grows or there is none."""
        if self._growth is None or now_s - self._growth.changed_s < 2 * AWAY_S:
            return None
        return now_s - self._growth.changed_s

    def stale(self, now_s: float) -> bool:
        """Whether the samples on show are old."""
        return not _recent(self.data_s, now_s, STALE_S)

    @property
    def channels(self) -> int:
        """How many channels there are to show."""
        if self.history is not None:
            return self.history.channels
        return min(len(self.meta.channels), CHANNELS_MOST)

    def _begin(self, session: object, now_s: float) -> None:
        """Forget the last daemon: its sample indices mean nothing in this session."""
        again = self.session is not None
        self.session = session
        self.meta = Meta()
        self.health = Health()
        self.tube = None
        self.history = None
        self.data_s = None
        self._growth = None
        for place, happening in enumerate(self.happenings):
            self.happenings[place] = replace(happening, sample=None)
        if again:
            self.restarted_s = now_s
            self._add(Happening(Kind.NEWS, "the daemon was started again", now_s))

    def _take_meta(self, header: dict[str, Any]) -> None:
        rate_hz = self.meta.rate_hz
        self.meta = Meta.read(header)
        if self.meta.rate_hz != rate_hz:
            self.history = None

    def _take_happening(self, topic: str, header: dict[str, Any], now_s: float) -> None:
        match topic:
            case "mark":
                self._add(happenings.mark(header, now_s))
            case "gap":
                self._add(happenings.gap(header, now_s))
            case "onset":
                self._add(happenings.onset(header, now_s, self.meta))
            case "interval":
                self._settle(happenings.movement(header, now_s, self.meta))
            case "retract":
                self._retract(header, now_s)

    def _take_samples(self, header: dict[str, Any], payload: bytes, now_s: float) -> None:
        first, n, t_ns = (whole(header.get(key)) for key in ("first", "n", "t_ns"))
        step_ns = number(header.get("step_ns"))
        channels = len(payload) // 4 // n if n else 0
        if (
            first is None
            or not n
            or header.get("dtype") != "<f4"
            or not 0 < channels <= CHANNELS_MOST
            or len(payload) != 4 * n * channels
        ):
            self.unreadable += 1
            return
        if self.history is None or self.history.channels != channels:
            self.history = History(channels, self.meta.rate_hz)
        values = np.frombuffer(payload, "<f4").reshape(n, channels)
        step_ns = step_ns if step_ns and 0 < step_ns < 1e10 else 1e9 / self.meta.rate_hz
        self.history.add(first, t_ns or 0, step_ns, values)
        self.data_s = now_s

    def _take_health(self, health: Health, now_s: float) -> None:
        before, now = self.health.recording, health.recording
        self.health = health
        if now is None:
            self._growth = None
        elif self._growth is None or (now.samples, now.size) != (
            self._growth.samples,
            self._growth.size,
        ):
            self._growth = Growth(now.samples, now.size, now_s)
        if (before and before.path) != (now and now.path):
            if before:
                size = "" if before.samples is None else f" after {before.samples} samples"
                self._add(Happening(Kind.NEWS, f"recording ended{size}: {before.path}", now_s))
            if now:
                self._add(Happening(Kind.NEWS, f"recording to {now.path}", now_s))

    def _add(self, happening: Happening) -> None:
        self.happenings.append(happening)

    def _settle(self, happening: Happening) -> None:
        """Put what an onset has become in the place of the onset."""
        place = self._find(happening.id)
        if place is not None:
            del self.happenings[place]
        self._add(happening)

    def _retract(self, header: dict[str, Any], now_s: float) -> None:
        place = self._find(header.get("id"))
        before = None if place is None else self.happenings[place]
        self._settle(happenings.nothing(header, now_s, before))

    def _find(self, wanted: object) -> int | None:
        if wanted is None:
            return None
        for place in range(len(self.happenings) - 1, -1, -1):
            if self.happenings[place].id == wanted and self.happenings[place].kind is Kind.ONSET:
                return place
        return None


def _recent(then_s: float | None, now_s: float, within_s: float) -> bool:
    return then_s is not None and now_s - then_s < within_s
