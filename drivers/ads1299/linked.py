"""A board behind a link (TCP or serial) -> blocks, for as long as the daemon runs."""

import logging
import time
from collections.abc import Callable, Iterator

from mcubridge.line import LineDown, Opener
from mcubridge.link import Link, RequestFailed

from ads1299.block import Block
from ads1299.bringup import bring_up
from ads1299.count import PacketCount
from ads1299.plan import BoardPlan
from ads1299.session import Session
from ads1299.source import BoardInfo, ChipError, Idle, LineCounters, LineError

_PAUSES_S = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_SLICE_S = 0.05
_SAY_AGAIN_S = 60.0

_log = logging.getLogger(__name__)


class LinkedSource:
    """Blocks from a board behind a link; finds it again whenever the line drops."""

    def __init__(self, opener: Opener, plan: BoardPlan, silence_s: float = 10.0) -> None:
        self.counters = LineCounters()
        self.board: BoardInfo | None = None
        self._opener = opener
        self._plan = plan
        self._silence_s = silence_s
        self._count = PacketCount()
        self._session: Session | None = None
        self._idle: Idle = lambda: None
        self._said = ""
        self._say_again = 0.0

    @property
    def streaming(self) -> bool:
        """Whether the board is connected, configured and started."""
        return self._session is not None

    @property
    def time_error_ns(self) -> int:
        """How far off a block's `taken_ns` may be."""
        return self._session.time_error_ns if self._session else 0

    def start(self, idle: Idle) -> BoardInfo:
        """Find the board, configure it and start it; waits for it as long as it takes."""
        self._idle = idle
        self.counters.trouble = self.counters.trouble or f"{self._opener.name}: no connection yet"
        for pause_s in _growing():
            try:
                self._session = self._connect()
                break
            except ChipError as fault:
                if not self._count.begun:
                    raise
                self._complain(logging.ERROR, f"{fault} Trying again", pause_s)
            except (LineDown, LineError, RequestFailed) as fault:
                self._complain(logging.WARNING, f"{fault}; trying again", pause_s)
            self._rest(pause_s)
        assert self.board is not None  # the loop ends only with a session
        self.counters.trouble = ""
        return self.board

    def _complain(self, level: int, sentence: str, pause_s: float) -> None:
        """Say what is wrong; the same thing again only once a minute: a night has 5000 tries."""
        self.counters.trouble = sentence
        now = time.monotonic()
        if sentence != self._said or now >= self._say_again:
            _log.log(level, "%s, at the latest in %g s", sentence, max(pause_s, _PAUSES_S[-1]))
            self._said, self._say_again = sentence, now + _SAY_AGAIN_S

    def read(self, timeout_s: float) -> Block | None:
        """Give the next block, or None when none came in time; mends the line by itself."""
        if self._session is None:
            self._said = ""
            self.start(self._idle)
            self.counters.reconnects += 1
            return None
        try:
            return self._session.read(timeout_s)
        except (LineDown, LineError) as fault:
            _log.warning("%s; connecting again", fault)
            self.counters.trouble = str(fault)
            self._hang_up()
            return None

    def show(self, number: int, done: Callable[[int | None], None]) -> None:
        """Show a number on the board's tube; `done` gets the host's monotonic time it was lit."""
        if self._session is None or self.board is None or not self.board.has_tube:
            done(None)
            return
        self._session.show(number, done)

    def stop(self) -> None:
        """Stop the conversions and leave the board quiet."""
        if self._session is not None:
            self._idle = lambda: None  # it may raise to leave; whoever stops has left already
            try:
                self._session.stop()
            except (LineDown, RequestFailed) as fault:
                _log.info("the board was not stopped: %s", fault)

    def close(self) -> None:
        """Give the line back; safe to call twice."""
        self._hang_up()
        self._opener.close()

    def _hang_up(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def _connect(self) -> Session:
        line = None
        while line is None:
            self._idle()
            line = self._opener.open(_SLICE_S)
        link = Link(line, lambda: self._idle())
        try:
            self.board = board = bring_up(link, self._plan, self._rest)
            session = Session(link, board, self._count, self.counters, self._silence_s)
        except BaseException:
            self.counters.bad_frames += link.bad_frames
            line.close()
            raise
        _log.info(
            "%s: %s (%s) streams %d channels at %d Hz, %d samples a packet",
            line.name,
            board.board or "a board without a name",
            board.firmware or "firmware unnamed",
            board.channels,
            board.rate_hz,
            board.packet_samples,
        )
        return session

    def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._idle()
            time.sleep(min(left, _SLICE_S))


def _growing() -> Iterator[float]:
    yield from _PAUSES_S
    while True:
        yield _PAUSES_S[-1]
