"""The hot loop: blocks from the source go out as raw, emg, env and ticks, in one thread."""

import importlib
import logging
import time
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

from ads1299.block import Block, Gap
from ads1299.source import BoardInfo, Source, SourceEnded
from ads1299.state import chip_states
from mcubridge.tube import Tube

from emgd.dsp import kernels
from emgd.dsp.filters import Chain, FilterPlan, design
from emgd.gpio import GpioMarks
from emgd.health import Health
from emgd.messages import EMG, GAP, HEALTH, MARK, META, RAW, TICK, Header, Sequence, pack
from emgd.meta import describe
from emgd.publish import Publisher
from emgd.recorder.recorder import Recorder
from emgd.replay import Replay
from emgd.settings import Channel, Gpio
from emgd.shared import Mark, Shared, ShowNumber
from emgd.sync import Ticks
from emgd.timeline import Timeline
from emgd.wallclock import WallClock

_WAIT_S = 0.05
_IDLE_S = 0.01
_HEALTH_S = 1.0
_SILENT_NS = 1_000_000_000  # without a block for so long, the state is "waiting"

_log = logging.getLogger(__name__)


_LAST_WORDS_S = 5.0  # a recording's end is waited for by those who read it
_MARK_FIELDS = ("label", "value", "sample", "t_ns", "source")


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
        recorder: Recorder | None = None,
        replay: Replay | None = None,
        gpio: Gpio | None = None,
    ) -> None:
        self.stopping = False
        self._left = False
        self._source = source
        self._publisher = publisher
        self._shared = shared
        self._sequence = Sequence(session)
        self._filter_plan = filter_plan
        self._channels = channels
        self._gpio = gpio
        self._pins: GpioMarks | None = None
        self._recorder = recorder
        self._replay = replay
        self._ticks = Ticks(tube, shared, partial(self._send, TICK))
        self._health = Health()
        self._board: BoardInfo | None = None
        self._chain: Chain | None = None
        self._timeline: Timeline | None = None
        self._meta: bytes | None = None
        self._started_ns = shared.now_ns()
        self._block_ns = 0
        self._next_idle = 0.0
        self._next_health = 0.0
        self._wall_clock = WallClock()

    def run(self) -> None:
        """Acquire until told to stop; what ends it otherwise is left in `shared.failure`."""
        try:
            importlib.import_module("scipy.signal")  # slow, and no sample is to wait for it
            self._source.start(self._idle)
            self._take_over_clock()
            self._idle()  # who has subscribed already gets the first block, too
            while True:
                block = self._source.read(_WAIT_S)
                if block is not None:
                    self._take(block)
                self._idle()
        except Left:
            self._source.stop()
            self._tell_health()
        except SourceEnded as end:
            _log.info("%s", end)
            self._tell_health()
            self._publisher.linger_s = _LAST_WORDS_S
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
        self._repeat_marks(block.end)
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
        raw = self._sequence.head(
            RAW, {**place, "dtype": "<i4", "unit": "count", "status": block.status}
        )
        self._publisher.send(b"raw", pack(raw), block.counts.data)
        self._block_ns = time.monotonic_ns()
        self._health.block(block, self._block_ns)
        shared.state = "streaming"
        self._keep(RAW, {**raw, **_clocks(block)}, block.counts.tobytes())
        filtered = chain.process(block.counts)
        place |= {"dtype": "<f4", "unit": "uV"}
        packed = pack(self._sequence.head(EMG, place))  # env goes out with it and counts alike
        self._publisher.send(b"emg", packed, filtered[kernels.EMG].data)
        self._publisher.send(b"env", packed, filtered[kernels.ENV].data)
        self._ticks.packet(block.end - 1)
        if self._pins is not None:
            self._mark_pins(self._pins, block, timeline)

    def _meet(self, board: BoardInfo | None) -> None:
        """A board was configured: build what depends on it, unless it is the one there was."""
        before, self._board = self._board, board
        if board is None or (before is not None and _same(before, board)):
            self._shared.board = board
            return
        plan = design(self._filter_plan, board.rate_hz)
        self._chain = Chain(plan, board.uv_per_count)
        self._timeline = Timeline(board.rate_hz, self._shared.utc_offset_ns)
        self._health.meet(board)
        if self._gpio is not None:
            self._pins = GpioMarks(self._gpio, board.rate_hz, board.chips)
        channels = self._channels or self._recorded_channels()
        fields = describe(board, channels, self._filter_plan, plan, self._started_ns)
        fields["gpio"] = asdict(self._gpio) if self._gpio is not None else None
        self._shared.board = board
        self._shared.meta = meta = self._send(META, fields)
        self._meta = pack(meta)
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

    def _mark_pins(self, pins: GpioMarks, block: Block, timeline: Timeline) -> None:
        """What the board's inputs say goes out as marks of their samples."""
        for mark in pins.take(block):
            at_ns = timeline.line.utc_ns(mark.sample)
            self._obey(Mark(mark.label, mark.value, mark.sample, at_ns, "gpio"))

    # -- what a recording knows beside its blocks

    def _take_over_clock(self) -> None:
        """A recording's samples have their own times, and so has all that is said of them."""
        if self._replay is not None and self._replay.utc_offset_ns is not None:
            self._shared.utc_offset_ns = self._replay.utc_offset_ns

    def _recorded_channels(self) -> tuple[Channel, ...]:
        """The names that the recording has for its channels."""
        return tuple(
            Channel(str(channel.get("name") or ""), str(channel.get("muscle") or ""))
            for channel in (self._replay.channels if self._replay else ())
        )

    def _repeat_marks(self, index: int) -> None:
        """Marks that somebody set; those made from the samples are made again."""
        if self._replay is None:
            return
        for mark in self._replay.events_before(index):
            fields = {key: mark.header.get(key) for key in _MARK_FIELDS}
            made_again = fields["source"] == "gpio" and self._pins is not None
            if fields["source"] in ("control", "clock", "gpio") and not made_again:
                self._send(MARK, fields)

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
                self._ticks.show(number)

    def _tell_health(self) -> None:
        self._watch_wall_clock()
        if time.monotonic_ns() - self._block_ns > _SILENT_NS:
            self._shared.state = "waiting"
        fields = self._health.words(
            self._source, self._board, self._chain, self._timeline, self._publisher.dropped
        )
        fields["gpio"] = self._pins.words() if self._pins is not None else None
        fields["recording"] = self._recorder.status if self._recorder is not None else None
        self._shared.health = self._send(HEALTH, fields)

    def _watch_wall_clock(self) -> None:
        """Sample times go by the monotonic clock; that the PC's own was set must be known."""
        step_ns = self._wall_clock.step_ns()
        if step_ns is None:
            return
        _log.warning(
            "the PC's clock was set by %+.3f s; the session's times go on as before", step_ns / 1e9
        )
        line, now_ns = self._shared.line, self._shared.now_ns()
        if line is not None:
            self._obey(Mark("clock_step", step_ns / 1e9, line.index_at(now_ns), now_ns, "clock"))

    # -- out

    def _send(self, topic: str, fields: Mapping[str, Any]) -> Header:
        """Publish and record a message that carries no samples."""
        header = self._sequence.head(topic, fields)
        self._publisher.send(topic.encode(), pack(header))
        self._keep(topic, header)
        return header

    def _keep(self, topic: str, header: Header, payload: bytes = b"") -> None:
        if self._recorder is not None:
            self._recorder.offer(topic, header, payload)


def _clocks(block: Block) -> Header:
    """The three clocks of a block, as a recording keeps them beside the best estimate."""
    return {
        "board_us": block.board_us,
        "taken_ns": block.taken_ns,
        "arrival_ns": block.arrival_ns,
    }


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
