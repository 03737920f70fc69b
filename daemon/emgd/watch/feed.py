"""`Feed`: keeps a model fed from a daemon, and finds the daemon again after it was away."""

import math
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from emgd.client import (
    ClientError,
    Control,
    Header,
    Message,
    Question,
    Subscription,
    stream_endpoint,
)
from emgd.watch.model import TOPICS

ASK_EVERY_S = 5.0
ASK_AGAIN_S = 1.0  # while no samples come
MESSAGES_A_TURN = 2000  # a flood must not hold the keys


@dataclass(frozen=True, slots=True)
class Asked:
    """A question on its way, and what to do with its end."""

    question: Question
    answered: Callable[[Header], None]
    failed: Callable[[ClientError], None]


class Fed(Protocol):
    """What a feed keeps up to date."""

    control: str
    stream: str
    missed: int
    unreadable: int

    def take(self, message: Message, now_s: float) -> None:
        """Take a message of the stream."""

    def take_status(self, answer: Header, now_s: float) -> None:
        """Take the daemon's answer to `status`."""

    def stale(self, now_s: float) -> bool:
        """Whether the daemon should be asked more often."""


class Feed:
    """The sockets of a viewer; nothing waits but `wait`."""

    def __init__(
        self,
        control: Control,
        streams: list[str] | None,
        model: Fed,
        topics: tuple[str, ...] = TOPICS,
    ):
        self._control = control
        self._model = model
        self._topics = topics
        self._given = streams
        self._stream: list[str] = []
        self._subscription: Subscription | None = None
        self._missed_before = 0
        self._asked: list[Asked] = []
        self._asked_status_s = -math.inf
        self._status_open = False
        model.control = control.endpoint
        if streams:
            self._subscribe(streams)

    def pump(self, now_s: float) -> bool:
        """Take in all that has arrived; tell whether that was anything."""
        every_s = ASK_AGAIN_S if self._model.stale(now_s) else ASK_EVERY_S
        if not self._status_open and now_s >= self._asked_status_s + every_s:
            self._ask_status(now_s)
        return self._read_answers() | self._read_stream(now_s)

    def wait(self, timeout_s: float) -> None:
        """Wait until the stream brings something, but no longer than that."""
        if self._subscription is None:
            time.sleep(timeout_s)
        else:
            self._subscription.wait(timeout_s)

    def ask(
        self,
        answered: Callable[[Header], None],
        failed: Callable[[ClientError], None],
        do: str,
        **fields: object,
    ) -> None:
        """Ask the daemon; one of the two is called from a later `pump`."""
        self._asked.append(Asked(self._control.begin(do, **fields), answered, failed))

    def close(self) -> None:
        """Give the stream's socket back; the control belongs to who made it."""
        for asked in self._asked:
            asked.question.close()
        if self._subscription is not None:
            self._subscription.close()

    def _ask_status(self, now_s: float) -> None:
        self._status_open = True
        self._asked_status_s = now_s

        def answered(answer: Header) -> None:
            self._status_open = False
            self._model.take_status(answer, now_s)
            if not self._given:
                self._follow(answer)

        def failed(_: ClientError) -> None:
            self._status_open = False
            if self._subscription is None:
                self._follow({})

        self.ask(answered, failed, "status")

    def _follow(self, answer: Header) -> None:
        """Listen where the daemon says; what it says wrongly shows as a stream that is silent."""
        with suppress(ClientError):
            self._subscribe([stream_endpoint(answer, self._control.endpoint)])

    def _subscribe(self, streams: list[str]) -> None:
        """Listen to these endpoints, unless that is what is listened to already."""
        if streams == self._stream:
            return
        if self._subscription is not None:
            self._missed_before = self._model.missed
            self._subscription.close()
            self._subscription = None
        self._stream = streams
        self._model.stream = "  ".join(streams)
        self._subscription = Subscription(streams, self._topics)

    def _read_answers(self) -> bool:
        waiting, self._asked = self._asked, []
        for asked in waiting:
            try:
                answer = asked.question.answer()
            except ClientError as error:
                asked.failed(error)
                continue
            if answer is None:
                self._asked.append(asked)
            else:
                asked.answered(answer)
        return len(self._asked) < len(waiting)

    def _read_stream(self, now_s: float) -> bool:
        if self._subscription is None:
            return False
        taken = 0
        while taken < MESSAGES_A_TURN and (message := self._subscription.receive()):
            self._model.take(message, now_s)
            taken += 1
        # `meta` is sent again to each that joins, so holes in its `seq` are no loss.
        missed = sum(n for topic, n in self._subscription.missed.items() if topic != "meta")
        self._model.missed = self._missed_before + missed
        self._model.unreadable += self._subscription.unreadable
        self._subscription.unreadable = 0
        return taken > 0
