"""A source that must not be kept waiting, read by a thread of its own."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from ads1299.block import Block, Gap
from ads1299.source import BoardInfo, Idle, Source

_WAIT_S = 0.05
_ROOM = 3000  # blocks; a minute of 20 samples at 1000 Hz
_END_S = 2.0

_log = logging.getLogger(__name__)


class _Left(Exception):
    """The thread was told to end."""


class ReadAhead:
    """Reads a source in a thread, and keeps its blocks until they are asked for.

    What is done with a block may take longer than a sample: over SPI, that sample would be lost.
    `prepare` runs in the thread before anything else. When the room is full, the newest blocks go,
    and the next one that fits tells it as a gap.
    """

    def __init__(
        self, source: Source, prepare: Callable[[], None] = lambda: None, room: int = _ROOM
    ) -> None:
        self.counters = source.counters
        self.board: BoardInfo | None = None
        self._source = source
        self._prepare = prepare
        self._room = room
        self._blocks: deque[tuple[BoardInfo | None, Block]] = deque()
        self._hole: int | None = None  # the first index that found no room
        self._news = threading.Condition()
        self._started = False
        self._leaving = False
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="read", daemon=True)

    @property
    def streaming(self) -> bool:
        """Whether the board is connected, configured and started."""
        return self._source.streaming

    @property
    def time_error_ns(self) -> int:
        """How far off a block's `taken_ns` may be."""
        return self._source.time_error_ns

    def start(self, idle: Idle) -> BoardInfo:
        """Start the source in its thread; waits for its board as long as it takes."""
        self._thread.start()
        while not self._started:
            idle()
            with self._news:
                self._news.wait_for(lambda: self._started or self._failure, _WAIT_S)
            self._raise_failure()
        self.board = self._source.board
        assert self.board is not None  # it was started
        return self.board

    def read(self, timeout_s: float) -> Block | None:
        """Give the next block, or None when none came in time."""
        with self._news:
            if not self._news.wait_for(lambda: self._blocks or self._failure, timeout_s):
                return None
            if self._blocks:
                self.board, block = self._blocks.popleft()
                return block
        self._raise_failure()
        return None

    def show(self, number: int, done: Callable[[int | None], None]) -> None:
        """Not handed on: the source belongs to its thread, and such boards have no tube."""
        done(None)

    def stop(self) -> None:
        """Stop the conversions, and end the thread."""
        self.close()

    def close(self) -> None:
        """End the thread, which gives the line back; safe to call twice."""
        self._leaving = True
        if self._thread.is_alive():
            self._thread.join(_END_S)

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        source = self._source
        try:
            self._prepare()
            source.start(self._idle)
            with self._news:
                self._started = True
                self._news.notify()
            while not self._leaving:
                block = source.read(_WAIT_S)
                if block is not None:
                    self._keep(block)
        except _Left:
            pass
        except BaseException as failure:  # noqa: BLE001  # raised where the blocks are taken
            self._failure = failure
        finally:
            self._end()

    def _end(self) -> None:
        try:
            if self._failure is None:
                self._source.stop()
        finally:
            self._source.close()
            with self._news:
                self._news.notify()

    def _idle(self) -> None:
        if self._leaving:
            raise _Left

    def _keep(self, block: Block) -> None:
        with self._news:
            if len(self._blocks) >= self._room:
                if self._hole is None:
                    self._hole = block.gap.first if block.gap else block.first
                    _log.error("the samples are not taken: those from %d on are lost", self._hole)
                return
            if self._hole is not None:
                gap = Gap(self._hole, block.first - self._hole, "overrun")
                block, self._hole = replace(block, gap=gap), None
            self._blocks.append((self._source.board, block))
            self._news.notify()
