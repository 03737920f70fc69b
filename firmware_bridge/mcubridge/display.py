"""A display on this PC: a thread of its own writes, so that one that hangs holds up nobody."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from queue import SimpleQueue
from typing import NamedTuple, Protocol

from mcubridge.tube import Done, Shown, TubeStatus

AGAIN_S = 2.0
STUCK_NS = 1_000_000_000
_SAY_AGAIN_S = 60.0
_PARTING_S = 1.0  # one that hangs is left behind

_log = logging.getLogger(__name__)


class Panel(Protocol):
    """The wires to a display. Every call may block, and raise whatever its driver raises."""

    @property
    def name(self) -> str:
        """For messages."""

    def open(self) -> None:
        """Find the display and set it up."""

    def write(self, number: int) -> None:
        """Show a number; returns once the display has taken it."""

    def close(self) -> None:
        """Give the port back; safe to call twice."""


class _Job(NamedTuple):
    number: int
    done: Done
    told_ns: int


class Display:
    """Keeps one number for the panel: the next one takes its place if it was not written yet."""

    def __init__(self, panel: Panel, again_s: float = AGAIN_S) -> None:
        self._panel = panel
        self._again_s = again_s
        self._news = threading.Condition()  # guards all that follows
        self._job: _Job | None = None
        self._status = TubeStatus(panel.name)
        self._closing = False
        self._busy_ns: int | None = None  # since when the panel has not returned
        self._over: SimpleQueue[tuple[Done, Shown]] = SimpleQueue()
        self._said_stuck = False
        self._said, self._say_again = "", 0.0
        # a daemon thread: a driver that never returns must not keep the process from ending
        self._thread = threading.Thread(target=self._run, name="tube", daemon=True)
        self._thread.start()

    def show(self, number: int, done: Done) -> None:
        """Hand a number to the thread."""
        self.serve()  # in the order in which they were told
        with self._news:
            overtaken, self._job = self._job, _Job(number, done, time.monotonic_ns())
            if overtaken is not None:
                self._status = replace(self._status, late=self._status.late + 1)
            self._news.notify()
        if overtaken is not None:
            overtaken.done(Shown())

    def serve(self) -> None:
        """Tell which numbers were written since; and the log of a display that hangs."""
        while not self._over.empty():
            done, shown = self._over.get_nowait()
            done(shown)
        stuck = self._stuck_s() is not None
        if stuck and not self._said_stuck:
            _log.warning(
                "tube: %s hangs; numbers are not shown until it returns, samples go on",
                self._panel.name,
            )
        self._said_stuck = stuck

    def status(self) -> TubeStatus:
        """How it is; the slowest number is told once."""
        stuck_s = self._stuck_s()
        with self._news:
            status = self._status
            self._status = replace(status, slowest_ms=None)
        if stuck_s is None:
            return status
        error = f"it has not taken a number for {stuck_s:.0f} s"
        return replace(status, state="stuck", error=error)

    def close(self) -> None:
        """End the thread, unless the panel hangs."""
        with self._news:
            self._closing = True
            self._news.notify()
        self._thread.join(_PARTING_S)

    def _stuck_s(self) -> float | None:
        busy_ns = self._busy_ns
        for_ns = 0 if busy_ns is None else time.monotonic_ns() - busy_ns
        return for_ns / 1e9 if for_ns > STUCK_NS else None

    # -- the thread

    def _run(self) -> None:
        is_open, next_try = False, 0.0
        while True:
            if not is_open and time.monotonic() >= next_try:
                is_open = self._opened()
                next_try = time.monotonic() + self._again_s
            job = self._next_job(None if is_open else next_try)
            if job is not None and is_open:
                is_open = self._write(job)
                next_try = time.monotonic() + self._again_s
            elif job is not None:
                self._not_shown(job)
            if self._closing:
                break
        self._tried(self._panel.close)

    def _opened(self) -> bool:
        """Open the panel; one that is half open is closed, or it would be in its own way."""
        if self._tried(self._panel.open):
            return True
        self._tried(self._panel.close)
        return False

    def _next_job(self, until: float | None) -> _Job | None:
        """Wait for a number, until then at the most."""
        timeout_s = None if until is None else max(0.0, until - time.monotonic())
        with self._news:
            self._news.wait_for(lambda: self._job is not None or self._closing, timeout_s)
            job, self._job = self._job, None
        return job

    def _write(self, job: _Job) -> bool:
        """Write a number; false closes the panel, to be opened anew."""
        if not self._tried(lambda: self._panel.write(job.number)):
            self._not_shown(job)
            self._tried(self._panel.close)
            return False
        written_ns = time.monotonic_ns()
        took_ms = (written_ns - job.told_ns) / 1e6
        with self._news:
            before = self._status
            self._status = replace(
                before,
                state="ok",
                number=job.number,
                shown=before.shown + 1,
                slowest_ms=max(took_ms, before.slowest_ms or 0.0),
                error=None,
            )
        self._over.put((job.done, Shown(written_ns=written_ns)))
        if self._said:
            _log.info("tube: %s shows numbers again", self._panel.name)
            self._said = ""
        return True

    def _not_shown(self, job: _Job) -> None:
        with self._news:
            self._status = replace(self._status, failed=self._status.failed + 1)
        self._over.put((job.done, Shown()))

    def _tried(self, call: Callable[[], None]) -> bool:
        """Call the panel; what it fails with is kept, and told once a minute."""
        self._busy_ns = time.monotonic_ns()
        try:
            call()
        except Exception as error:  # noqa: BLE001  # whatever a driver raises, it is tried again
            self._complain(str(error) or type(error).__name__)
            return False
        finally:
            self._busy_ns = None
        return True

    def _complain(self, error: str) -> None:
        with self._news:
            self._status = replace(self._status, state="failing", error=error)
        now = time.monotonic()
        if self._said != error or now >= self._say_again:
            self._said, self._say_again = error, now + _SAY_AGAIN_S
            _log.warning(
                "tube: %s: %s (trying again every %g s)", self._panel.name, error, self._again_s
            )
