"""One line to one board: requests with tags, time-outs and retries; DATA handed on."""

import logging
import struct
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from mcubridge.clock import BoardClock
from mcubridge.frame import FrameReader, encode
from mcubridge.line import Line
from mcubridge.messages import (
    STATUS_OK,
    STATUS_WORDS,
    Data,
    Hello,
    MessageError,
    Note,
    Reply,
    Request,
    UnknownType,
    decode,
    request,
)

REPLY_TIMEOUT_S = 0.5
TRIES = 3
_SLICE_S = 0.02  # how long a wait may go on before the caller is asked whether to go on
_LEVELS = (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR)

_log = logging.getLogger(__name__)


class RequestFailed(Exception):
    """The board did not answer a request, or refused it."""


@dataclass(slots=True)
class _Posted:
    """A request under way that nobody waits for."""

    name: str
    deadline: float
    done: Callable[[Reply | None], None]


class Link:
    """Talks to the board at the other end of a line. Used by one thread."""

    def __init__(self, line: Line, idle: Callable[[], None]) -> None:
        self.name = line.name
        self.clock = BoardClock()
        self.data: deque[tuple[Data, int]] = deque()  # with the time of arrival, monotonic ns
        self.malformed = 0
        self.heard_ns = time.monotonic_ns()
        self.rebooted = False  # a HELLO came that nobody asked for
        self._line = line
        self._idle = idle
        self._reader = FrameReader()
        self._tag = 0
        self._hellos: list[Hello] = []
        self._replies: dict[int, Reply] = {}
        self._awaited: set[int] = set()
        self._posted: dict[int, _Posted] = {}
        self._fault = ""  # why the last message was not understood
        line.write(b"\0")  # flush what an earlier host may have left half-sent

    @property
    def bad_frames(self) -> int:
        """Frames that were dropped: broken on the way, or no message of this version."""
        return self._reader.bad + self.malformed

    def pump(self, timeout_s: float) -> None:
        """Read once and sort what came; raises LineDown when the line is gone."""
        received = self._line.read(timeout_s)
        if received:
            now = time.monotonic_ns()
            self.heard_ns = now
            for message in self._reader.feed(received):
                self._sort(message, now)
        if self._posted:
            self._expire()

    def identify(self) -> Hello:
        """Ask the board who it is."""
        tag = self._next_tag()
        for _ in range(TRIES):
            self._hellos.clear()
            self._fault = ""
            self._line.write(encode(request(Request.IDENTIFY, tag)))
            if self._wait(lambda: any(hello.tag in (0, tag) for hello in self._hellos)):
                return next(hello for hello in self._hellos if hello.tag in (0, tag))
        raise RequestFailed(f"{self.name}: {self._fault or _silence('IDENTIFY')}")

    def start(self) -> None:
        """Start the conversions. DATA is as good an answer as a REPLY that was lost.

        Asking again would start the count at 0 again and lose what is under way.
        """
        self.data.clear()
        self.rebooted = False
        self.ask(Request.START, satisfied=lambda: bool(self.data))

    def ask(
        self,
        kind: Request,
        payload: bytes = b"",
        satisfied: Callable[[], bool] = bool,
    ) -> bytes:
        """Send a request and wait for its reply; gives what the reply carries."""
        tag = self._next_tag()
        self._awaited.add(tag)
        try:
            for _ in range(TRIES):
                self._line.write(encode(request(kind, tag, payload)))
                if self._wait(lambda: tag in self._replies or satisfied()):
                    break
            else:
                raise RequestFailed(f"{self.name}: {_silence(_spell(kind, payload))}")
            reply = self._replies.get(tag)
        finally:
            self._awaited.discard(tag)
            self._replies.pop(tag, None)
        if reply is None:
            return b""
        if reply.status != STATUS_OK:
            words = STATUS_WORDS.get(reply.status, "a status of a later version")
            raise RequestFailed(
                f"{self.name}: {_spell(kind, payload)} was answered with status {reply.status}: "
                f"{words}"
            )
        return reply.payload

    def post(self, kind: Request, payload: bytes, done: Callable[[Reply | None], None]) -> None:
        """Send a request that nobody waits for; `done` gets its reply, or None after 500 ms."""
        tag = self._next_tag()
        if not self._line.write(encode(request(kind, tag, payload))):
            done(None)
            return
        self._posted[tag] = _Posted(kind.name, time.monotonic() + REPLY_TIMEOUT_S, done)

    def ping(self) -> None:
        """Exchange clocks with the board; the reply is taken whenever it comes."""

        def taken(reply: Reply | None) -> None:
            if not self.rebooted:  # it has another clock, and what came before is yet to be timed
                self._take_ping(reply)

        self.post(Request.PING, struct.pack("<Q", time.monotonic_ns()), taken)

    def ping_and_wait(self) -> None:
        """Exchange clocks with the board, before anything is timed."""
        self._take_ping(
            Reply(0, STATUS_OK, self.ask(Request.PING, struct.pack("<Q", time.monotonic_ns())))
        )

    def close(self) -> None:
        """Give the line back."""
        self._line.close()
        posted, self._posted = self._posted, {}
        for waiting in posted.values():
            waiting.done(None)

    def _take_ping(self, reply: Reply | None) -> None:
        if reply is not None and reply.status == STATUS_OK and len(reply.payload) == 16:
            sent_ns, board_us = struct.unpack("<QQ", reply.payload)
            received_ns = time.monotonic_ns()
            if 0 <= received_ns - sent_ns < 10**10:
                self.clock.add(sent_ns, received_ns, board_us)

    def _wait(self, ready: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + REPLY_TIMEOUT_S
        while not ready():
            left = deadline - time.monotonic()
            if left <= 0:
                self.pump(0)  # a busy PC may have been away while the answer came
                return ready()
            self._idle()
            self.pump(min(left, _SLICE_S))
        return True

    def _sort(self, message: bytes, now: int) -> None:
        try:
            decoded = decode(message)
        except UnknownType as fault:
            self.malformed += 1
            _log.debug("%s: %s ignored", self.name, fault)
            return
        except MessageError as fault:
            self.malformed += 1
            self._fault = str(fault)
            _log.debug("%s: %s dropped", self.name, fault)
            return
        match decoded:
            case Data():
                self.data.append((decoded, now))
            case Reply():
                self._answer(decoded)
            case Hello():
                self._hellos = [*self._hellos[-3:], decoded]
                self.rebooted |= decoded.tag == 0
            case Note(level, text):
                words = "".join(c if c.isprintable() else " " for c in text[:500])
                _log.log(_LEVELS[min(level, 3)], "%s: the board says: %s", self.name, words)

    def _answer(self, reply: Reply) -> None:
        posted = self._posted.pop(reply.tag, None)
        if posted is not None:
            posted.done(reply)
        elif reply.tag in self._awaited:
            self._replies[reply.tag] = reply

    def _expire(self) -> None:
        now = time.monotonic()
        late = [tag for tag, posted in self._posted.items() if posted.deadline < now]
        for tag in late:
            self._posted.pop(tag).done(None)

    def _next_tag(self) -> int:
        for _ in range(255):
            self._tag = self._tag % 255 + 1
            if self._tag not in self._posted and self._tag not in self._awaited:
                return self._tag
        oldest = next(iter(self._posted))
        self._posted.pop(oldest).done(None)
        return oldest


def _silence(what: str) -> str:
    return (
        f"no answer to {what} within {TRIES} tries of {REPLY_TIMEOUT_S * 1000:.0f} ms "
        "(does the board speak the emgd link?)"
    )


def _spell(kind: Request, payload: bytes) -> str:
    if kind in (Request.RREG, Request.WREG) and payload:
        return f"{kind.name} at register 0x{payload[0]:02X}"
    return kind.name
