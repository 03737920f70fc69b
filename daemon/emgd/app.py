"""Puts the parts together: the only room that names them all."""

import gc
import logging
import os
import threading
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

import zmq

from emgd import mvcfile
from emgd.acquire import Acquire
from emgd.config import ConfigError
from emgd.control import Control
from emgd.guard import Guard
from emgd.logs import set_level
from emgd.notify import notifier_of
from emgd.outlet import Outlet
from emgd.plans import filter_plan
from emgd.publish import Protect, Publisher, unprotected
from emgd.recordings import Recordings
from emgd.reload import Reload, differences
from emgd.replay import Replay
from emgd.route import Setup
from emgd.settings import Settings
from emgd.shared import Shared, Tune
from emgd.sources import open_source
from emgd.tubes import open_tube
from emgd.wallclock import WallClock

_STOP_S = 5.0
_REPLAY_PATIENCE_S = 5.0  # a recording waits for its readers; a board cannot

_log = logging.getLogger(__name__)


class Daemon:
    """The whole service: control in the thread that runs it, acquisition in one of its own."""

    def __init__(self, settings: Settings, wall_clock: WallClock | None = None) -> None:
        with ExitStack() as undo:  # where one part cannot be had, those before it are given back
            self._build(settings, wall_clock or WallClock(), undo)
            self._parts = undo.pop_all()

    def _build(self, settings: Settings, wall_clock: WallClock, parts: ExitStack) -> None:
        self._shared = Shared(wall_clock.offset_ns)
        session = uuid.uuid4().hex
        setup = setup_of(settings)
        source = open_source(settings)
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        parts.callback(context.destroy, linger=0)
        protect: Protect = unprotected
        guard = Guard(context, Path(settings.keys)) if settings.keys else None
        if guard is not None:
            parts.callback(guard.close)
            protect = guard.protect
        self._recordings = Recordings(settings.record, self._shared)
        parts.callback(self._recordings.close)
        replay = source if isinstance(source, Replay) else None
        patience_s = _REPLAY_PATIENCE_S if replay else 0.0
        publisher = Publisher(context, settings.stream, settings.publish.hwm, patience_s, protect)
        parts.callback(publisher.close)
        self.stream = publisher.endpoints
        self._recordings.begin()
        self._control = Control(
            context,
            settings.control,
            self._shared,
            settings.tube,
            self._recordings,
            {
                "session": session,
                "source": settings.source,
                "endpoints": self.stream,
                "record_dir": settings.record.dir or None,
            },
            protect,
        )
        parts.callback(self._control.close)
        if guard is not None:
            guard.start()
        self.control = self._control.endpoint
        self._notifier = notifier_of(os.environ)
        self._reload = Reload(settings, self._change, self._notifier)
        self._acquire = Acquire(
            source,
            open_tube(settings.tube, source),
            Outlet(publisher, session, self._recordings.recorder),
            self._shared,
            setup,
            replay,
            self._notifier,
            wall_clock,
        )

    def run(self, going: Callable[[], bool]) -> None:
        """Serve until told to stop; raises what acquisition failed with."""
        thread = threading.Thread(target=self._acquire.run, name="acquire")
        thread.start()
        _log.info("stream on %s, control on %s", ", ".join(self.stream), self.control)
        gc.collect()
        gc.freeze()  # what start-up made will not be looked through while samples come
        try:
            while going() and thread.is_alive():
                self._control.serve()
        finally:
            self._notifier.stopping()
            self._acquire.stopping = True
            thread.join(_STOP_S)
            self._recordings.close()  # before all else: what is recorded is safe
            self._parts.close()
            self._notifier.close()
            self._say_goodbye()
        if self._shared.failure is not None:
            raise self._shared.failure

    def reload(self, read: Callable[[], Settings]) -> None:
        """Read the settings again, and change what can change while samples flow."""
        self._reload.take(read)

    def _change(self, before: Settings, settings: Settings) -> None:
        set_level(settings.log.level)
        self._recordings.change(settings.record)
        tuning = asdict(settings.spotter)
        others = {key: tuning[key] for key in differences(before.spotter, settings.spotter)}
        if others:  # what a client has set holds where the file says nothing else
            self._shared.commands.put(Tune(others))

    def _say_goodbye(self) -> None:
        health = self._shared.health
        if health is not None:
            counted = ("samples", "lost", "bad_frames", "reconnects", "publish_dropped")
            _log.info("ended: %s", ", ".join(f"{health[name]} {name}" for name in counted))


def setup_of(settings: Settings) -> Setup:
    """The route that the settings ask for."""
    return Setup(
        filter=filter_plan(settings.filter),
        channels=settings.board.channels,
        gpio=settings.gpio if settings.gpio.mode != "off" else None,
        mvc_uv=_known_mvc(settings.mvc.file),
        spotter=settings.spotter,
    )


def _known_mvc(path: str) -> tuple[float | None, ...]:
    """The maximum contractions to begin with."""
    if not path:
        return ()
    try:
        person = mvcfile.load(Path(path))
    except mvcfile.MvcFileFault as fault:
        raise ConfigError([f"  mvc.file: {fault}"]) from fault
    _log.info("maximum contractions of %s from %s", person.person or "somebody", path)
    return tuple(person.values)
