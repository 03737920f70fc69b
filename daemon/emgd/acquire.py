"""The hot loop: blocks from the source go out as raw, emg, env and ticks, in one thread."""

import importlib
import logging
import time
from dataclasses import asdict, replace
from functools import partial

from ads1299.block import Block
from ads1299.source import BoardInfo, Source, SourceEnded
from ads1299.state import chip_states
from mcubridge.tube import Tube

from emgd.calibration import Calibration
from emgd.health import Health
from emgd.messages import HEALTH, MARK, META, TICK, Header, pack
from emgd.notify import Notifier
from emgd.outlet import Outlet
from emgd.replay import Replay
from emgd.route import Route, Setup
from emgd.settings import Channel, Spotter
from emgd.shared import Calibrate, Command, Mark, MarkValue, Shared, ShowNumber, Tune
from emgd.sync import TICK_FIELDS, Ticks
from emgd.tuning import tuned
from emgd.wallclock import ClockWatch, WallClock

_WAIT_S = 0.05
_IDLE_S = 0.01
_LOOK_S = 0.1  # between two looks at the PC's clock
_HEALTH_S = 1.0
_SILENT_NS = 1_000_000_000  # without a block for so long, the state is "waiting"
_LAST_WORDS_S = 5.0  # a recording's end is waited for by those who read it
_MARK_FIELDS = ("label", "value", "sample", "t_ns", "source")

_log = logging.getLogger(__name__)


class Left(Exception):
    """The daemon was asked to stop while the source waited."""


class Acquire:
    """Owns the source, the route and the stream while it runs; others give it commands."""

    def __init__(
        self,
        source: Source,
        tube: Tube,
        outlet: Outlet,
        shared: Shared,
        setup: Setup,
        replay: Replay | None = None,
        notifier: Notifier | None = None,
        wall_clock: WallClock | None = None,
    ) -> None:
        self.stopping = False
        self._left = False
        self._source = source
        self._outlet = outlet
        self._shared = shared
        self._setup = setup
        self._replay = replay
        self._notifier = notifier or Notifier()
        self._ticks = Ticks(tube, shared, partial(outlet.send, TICK))
        self._health = Health()
        self._board: BoardInfo | None = None
        self._route: Route | None = None
        self._meta: bytes | None = None
        self._started_ns = shared.now_ns()
        self._calibration = Calibration(self._names, self._tell_meta, self._mark_now, setup.mvc_uv)
        self._next_idle = 0.0
        self._next_health = 0.0
        self._next_look = 0.0
        told = self._obey if replay is None else None  # a recording's times are its own
        self._clock_watch = ClockWatch(wall_clock or WallClock(), told)

    def run(self) -> None:
        """Acquire until told to stop; what ends it otherwise is left in `shared.failure`."""
        linger_s = 0.0
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
            self._finish()
            self._tell_health()
        except SourceEnded as end:
            _log.info("%s", end)
            self._finish()
            self._tell_health()
            linger_s = _LAST_WORDS_S
        except Exception as failure:  # noqa: BLE001  # the main thread tells of it and ends
            self._shared.failure = failure
        finally:
            self._source.close()
            self._ticks.close()
            self._outlet.close(linger_s)
            self._shared.state = "stopped"

    # -- a block

    def _take(self, block: Block) -> None:
        if self._source.board is not self._board:
            self._meet(self._source.board)
        self._repeat_marks(block.end)
        route = self._route
        if route is None:
            return
        route.place(block)
        self._shared.line = route.timeline.line
        self._calibration.take(block, route.send(block))
        self._shared.state = "streaming"
        self._tick(block.end)
        for mark in route.marks(block):
            self._obey(mark)

    def _meet(self, board: BoardInfo | None) -> None:
        """A board was configured: build what depends on it, unless it is the one there was."""
        before, self._board = self._board, board
        self._shared.board = board
        if board is None:
            return
        changed = self._calibration.replayed(self._replay.mvc_uv) if self._replay else False
        if before is not None and _same(before, board):
            if changed:
                self._tell_meta()
            return
        self._finish()
        setup = replace(self._setup, channels=self._setup.channels or self._recorded_channels())
        offset_ns, last = self._shared.utc_offset_ns, self._route
        self._route = Route(board, setup, offset_ns, self._outlet, self._health, last)
        self._calibration.meet(board)
        self._tell_meta()
        for chip in chip_states(board):
            for caution in chip.cautions():
                _log.warning("%s: %s", board.board, caution)

    def _finish(self) -> None:
        """No more blocks for this route."""
        if self._route is not None:
            self._route.finish()

    def _tell_meta(self) -> None:
        """Say what holds from the next block on."""
        route, board = self._route, self._board
        if route is None or board is None:
            return
        route.set_mvc(self._calibration.values(board.channels))
        self._shared.meta = meta = self._outlet.send(META, route.meta(self._started_ns))
        self._meta = pack(meta)

    def _names(self) -> list[str]:
        """What the channels are called."""
        meta = self._shared.meta
        return [str(channel["name"]) for channel in meta["channels"]] if meta is not None else []

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
        pins = self._route is not None and self._route.pins is not None
        for mark in self._replay.events_before(index):
            fields = {key: mark.header.get(key) for key in _MARK_FIELDS}
            made_again = fields["source"] == "gpio" and pins
            if fields["source"] in ("control", "clock", "gpio") and not made_again:
                self._outlet.send(MARK, fields)

    def _tick(self, end: int) -> None:
        """Count the packet; a recording has the numbers that stood in its video."""
        if self._replay is None or not self._replay.has_ticks:
            self._ticks.packet(end - 1)
            return
        for tick in self._replay.ticks_before(end):
            self._ticks.repeat({key: tick.header.get(key) for key in TICK_FIELDS})

    # -- between blocks

    def _idle(self) -> None:
        """Subscribers, commands and health; called between blocks and while the source waits."""
        now = time.monotonic()
        if now < self._next_idle:
            return
        self._next_idle = now + _IDLE_S
        self._notifier.feed()
        if self.stopping and not self._left:
            self._left = True  # once: stopping the board waits for its answer, through here
            raise Left
        self._outlet.serve(lambda: self._meta)
        self._ticks.serve()
        while not self._shared.commands.empty():
            self._obey(self._shared.commands.get_nowait())
        if now >= self._next_look:
            self._next_look = now + _LOOK_S
            self._clock_watch.look(self._shared)
        if now >= self._next_health:
            self._next_health = now + _HEALTH_S
            self._tell_health()

    def _obey(self, command: Command) -> None:
        match command:
            case Calibrate():
                self._calibration.obey(command, self._shared.health)
            case Tune():
                self._tune(tuned(self._setup.spotter, command))
            case Mark():
                self._outlet.send(MARK, asdict(command))
            case ShowNumber(number):
                self._ticks.set(number)

    def _tune(self, settings: Spotter) -> None:
        """Spot with these settings, and say so if they are others."""
        if settings != self._setup.spotter:
            self._setup = replace(self._setup, spotter=settings)
            if self._route is not None:
                self._route.tune(settings)
                self._tell_meta()

    def _tell_health(self) -> None:
        if time.monotonic_ns() - self._health.latest_ns > _SILENT_NS:
            self._shared.state = "waiting"
        route = self._route
        fields = self._health.words(
            self._source,
            self._board,
            route.chain if route else None,
            route.timeline if route else None,
            self._outlet.dropped,
        )
        fields["gpio"] = route.pins.words() if route and route.pins else None
        fields["not_spotted"] = route.spotting.not_spotted() if route else []
        fields["recording"] = self._outlet.recording
        fields["tube"] = self._ticks.words()
        fields |= self._clock_watch.words()
        self._shared.health = health = self._outlet.send(HEALTH, fields)
        self._report(health)

    def _report(self, health: Header) -> None:
        """Tell the service manager, who counts as started what is told here for the first time."""
        if self._shared.state == "streaming" or health["seq"]:  # a board gets its first second
            self._notifier.tell(self._in_words(health))

    def _in_words(self, health: Header) -> str:
        """The state in a line that changes when something does."""
        if self._shared.state == "waiting":
            return f"waiting for the board: {health['trouble'] or 'no samples yet'}"
        recording = health["recording"]
        kept = f"recording {recording['path']}" if recording else "not recording"
        board = self._board.board if self._board is not None else ""
        lost = f"lost {health['lost']} samples, {health['reconnects']} reconnects"
        return f"streaming from {board or 'the board'}, {kept}, {lost}"

    def _mark_now(self, label: str, value: MarkValue) -> None:
        line, now_ns = self._shared.line, self._shared.now_ns()
        if line is not None:
            self._obey(Mark(label, value, line.index_at(now_ns), now_ns, "control"))


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
