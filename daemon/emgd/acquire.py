"""The hot loop: blocks from the source go out as raw, emg, env and ticks, in one thread."""

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ads1299.block import Block, Gap
from ads1299.source import BoardInfo, Source
from ads1299.state import chip_states
from mcubridge.tube import Tube

from emgd.dsp.filters import Chain, FilterPlan, design
from emgd.dsp.kernels import EMG, ENV
from emgd.health import Health
from emgd.messages import EMG as EMG_TOPIC
from emgd.messages import ENV as ENV_TOPIC
from emgd.messages import GAP, HEALTH, MARK, META, RAW, TICK, Header, Sequence, pack
from emgd.meta import describe
from emgd.publish import Publisher
from emgd.settings import Channel
from emgd.shared import Mark, Shared, ShowNumber
from emgd.sync import PacketTicks
from emgd.timeline import Timeline

_WAIT_S = 0.05
_IDLE_S = 0.01
_HEALTH_S = 1.0
_SILENT_NS = 1_000_000_000  # without a block for so long, the state is "waiting"
_STEP_NS = 50_000_000  # the wall clock was set, not trimmed

_log = logging.getLogger(__name__)

Sink = Callable[[str, Header, bytes | memoryview], None]


class Left(Exception):
    """The daemon was asked to stop while the source waited."""


class Acquire:
    """Owns the source, the chain and the stream while it runs; others give it commands."""

    def __init__(
        self,
        source: Source,
        tube: Tube,
        publisher: Publisher,
        shared: Shared,
        session: str,
        filter_plan: FilterPlan,
        channels: tuple[Channel, ...],
        sinks: tuple[Sink, ...] = (),
    ) -> None:
        self.stopping = False
        self._left = False
        self._source = source
        self._tube = tube
        self._publisher = publisher
        self._shared = shared
        self._sequence = Sequence(session)
        self._filter_plan = filter_plan
        self._channels = channels
        self._sinks = sinks
        self._ticks = PacketTicks()
        self._unlit: deque[Header] = deque()
        self._health = Health()
        self._board: BoardInfo | None = None
        self._chain: Chain | None = None
        self._timeline: Timeline | None = None
        self._meta: bytes | None = None
        self._started_ns = shared.now_ns()
        self._block_ns = 0
        self._next_idle = 0.0
        self._next_health = 0.0
        self._wall_ns = shared.utc_offset_ns

    def run(self) -> None:
        """Acquire until told to stop; what ends it otherwise is left in `shared.failure`."""
        try:
            self._source.start(self._idle)
            while True:
                block = self._source.read(_WAIT_S)
                if block is not None:
                    self._take(block)
                self._idle()
        except Left:
            self._source.stop()
            self._tell_health()
        except Exception as failure:  # noqa: BLE001  # the main thread tells of it and ends
            self._shared.failure = failure
        finally:
            self._source.close()
            self._publisher.close()
            self._shared.state = "stopped"

    # -- a block

    def _take(self, block: Block) -> None:
        if self._source.board is not self._board:
            self._meet(self._source.board)
        chain, timeline = self._chain, self._timeline
        if chain is None or timeline is None:
            return
        n = block.samples
        if block.gap is not None and block.gap.reason != "lost":
            timeline.restart()
        timeline.add(block.first, n, block.taken_ns)
        if block.gap is not None:
            self._tell_gap(block.gap, chain, timeline)
        shared = self._shared
        shared.line = line = timeline.line
        place: Header = {
            "first": block.first,
            "n": n,
            "t_ns": timeline.stamp(block.first, n),
            "step_ns": line.step_ns,
        }
        self._send(
            RAW,
            {**place, "dtype": "<i4", "unit": "count", "status": block.status},
            block.counts.data,
        )
        self._block_ns = now = time.monotonic_ns()
        self._health.block(n, now - block.arrival_ns)
        shared.state = "streaming"
        filtered = chain.process(block.counts)
        place |= {"dtype": "<f4", "unit": "uV"}
        emg = self._sequence.head(EMG_TOPIC, place)
        env = self._sequence.head(ENV_TOPIC, place)
        packed = pack(emg)  # the two go out in pairs and count alike
        self._publish(EMG_TOPIC, emg, packed, filtered[EMG].data)
        self._publish(ENV_TOPIC, env, packed, filtered[ENV].data)
        number = self._ticks.packet()
        if number is not None:
            self._tick(number, block.end - 1)

    def _meet(self, board: BoardInfo | None) -> None:
        """A board was configured: build what depends on it, unless it is the one there was."""
        before, self._board = self._board, board
        if board is None or (before is not None and _same(before, board)):
            self._shared.board = board
            return
        plan = design(self._filter_plan, board.rate_hz)
        self._chain = Chain(plan, board.uv_per_count)
        self._timeline = Timeline(board.rate_hz, self._shared.utc_offset_ns)
        fields = describe(board, self._channels, self._filter_plan, plan, self._started_ns)
        meta = self._sequence.head(META, fields)
        self._meta = pack(meta)
        self._shared.board = board
        self._shared.meta = meta
        self._publish(META, meta, self._meta, b"")
        for chip in chip_states(board):
            for caution in chip.cautions():
                _log.warning("%s: %s", board.board, caution)

    def _tell_gap(self, gap: Gap, chain: Chain, timeline: Timeline) -> None:
        self._health.gap(gap)
        chain.bridge()
        at_ns = timeline.line.utc_ns(gap.first)
        self._send(
            GAP,
            {"first": gap.first, "missing": gap.missing, "reason": gap.reason, "t_ns": at_ns},
        )
        _log.warning("%d samples missing from %d on (%s)", gap.missing, gap.first, gap.reason)

    # -- ticks

    def _tick(self, number: int, sample: int) -> None:
        tick = {
            "number": number,
            "packets": self._ticks.packets,
            "sample": sample,
            "t_ns": self._shared.now_ns(),
            "lit_ns": None,
        }
        self._unlit.append(tick)
        self._tube.show(number, partial(self._lit, tick))

    def _lit(self, tick: Header, lit_ns: int | None) -> None:
        """A tick goes out once it is known when it was lit; those before it never will be."""
        if lit_ns is not None:
            tick["lit_ns"] = lit_ns + self._shared.utc_offset_ns
        while tick in self._unlit:
            self._send(TICK, self._unlit.popleft())

    # -- between blocks

    def _idle(self) -> None:
        """Subscribers, commands and health; called between blocks and while the source waits."""
        now = time.monotonic()
        if now < self._next_idle:
            return
        self._next_idle = now + _IDLE_S
        if self.stopping and not self._left:
            self._left = True  # once: stopping the board waits for its answer, through here
            raise Left
        self._publisher.serve(lambda: self._meta)
        while not self._shared.commands.empty():
            self._obey(self._shared.commands.get_nowait())
        if now >= self._next_health:
            self._next_health = now + _HEALTH_S
            self._tell_health()

    def _obey(self, command: Mark | ShowNumber) -> None:
        match command:
            case Mark(label, value, sample, t_ns, source):
                self._send(
                    MARK,
                    {
                        "label": label,
                        "value": value,
                        "sample": sample,
                        "t_ns": t_ns,
                        "source": source,
                    },
                )
            case ShowNumber(number):
                self._tube.show(number, lambda _: None)

    def _tell_health(self) -> None:
        self._watch_wall_clock()
        if time.monotonic_ns() - self._block_ns > _SILENT_NS:
            self._shared.state = "waiting"
        fields = self._health.words(
            self._source, self._board, self._chain, self._timeline, self._publisher.dropped
        )
        self._shared.health = self._send(HEALTH, fields)

    def _watch_wall_clock(self) -> None:
        """Sample times go by the monotonic clock; that the PC's own was set must be known."""
        wall_ns = time.time_ns() - time.monotonic_ns()
        step_ns = wall_ns - self._wall_ns
        self._wall_ns = wall_ns
        if abs(step_ns) > _STEP_NS:
            _log.warning(
                "the PC's clock was set by %+.3f s; the session's times go on as before",
                step_ns / 1e9,
            )
            line = self._shared.line
            now_ns = self._shared.now_ns()
            if line is not None:
                self._obey(
                    Mark("clock_step", step_ns / 1e9, line.index_at(now_ns), now_ns, "clock")
                )

    # -- out

    def _send(
        self, topic: str, fields: Mapping[str, Any], payload: bytes | memoryview = b""
    ) -> Header:
        header = self._sequence.head(topic, fields)
        self._publish(topic, header, pack(header), payload)
        return header

    def _publish(
        self, topic: str, header: Header, packed: bytes, payload: bytes | memoryview
    ) -> None:
        self._publisher.send(topic.encode(), packed, payload)
        for sink in self._sinks:
            sink(topic, header, payload)


def _same(a: BoardInfo, b: BoardInfo) -> bool:
    """Whether two meetings were with a board that gives the same samples."""
    return _identity(a) == _identity(b)


def _identity(board: BoardInfo) -> tuple[object, ...]:
    return (
        board.board,
        board.firmware,
        board.rate_hz,
        board.uv_per_count,
        board.active,
        board.packet_samples,
        chip_states(board),
    )
