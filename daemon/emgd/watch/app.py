"""The viewer: sockets, model, view and screen put together."""

import math
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from types import FrameType
from typing import Protocol

from emgd.client import ClientError, Control, Header, NoAnswerError
from emgd.watch.feed import Feed
from emgd.watch.fields import text, whole
from emgd.watch.lines import Line, Style, written
from emgd.watch.model import Model
from emgd.watch.numbers import utc
from emgd.watch.plain import summary
from emgd.watch.render import render
from emgd.watch.terminal import NoTerminalError, opened
from emgd.watch.view import Action, View

FRAME_S = 0.05  # no more than 20 pictures a second
IDLE_S = 0.25  # ages and clocks go on where nothing else does
TURN_S = 0.1
NOTICE_S, WARNING_S = 4.0, 15.0

Stop = Callable[[], bool]


class Screen(Protocol):
    """What the viewer needs of a terminal."""

    gone: bool

    def size(self) -> tuple[int, int]:
        """Give columns and lines."""

    def wait(self, timeout_s: float) -> None:
        """Wait for a key, but no longer than that."""

    def pressed(self) -> Iterator[str]:
        """Give the keys that were pressed since the last time."""

    def show(self, lines: list[Line]) -> None:
        """Show these lines."""


class Viewer:
    """The view of one operator on one daemon."""

    def __init__(self, feed: Feed, model: Model, screen: Screen):
        self._feed = feed
        self._model = model
        self._screen = screen
        self._view = View()
        self._stamp_ns: int | None = None
        self._drawn_s = -math.inf

    def run(self, stop: Stop) -> None:
        """Show the daemon until the operator or `stop` ends it."""
        changed = True
        while not stop() and not self._screen.gone:
            self._screen.wait(FRAME_S if changed or self._moves() else IDLE_S)
            for key in self._screen.pressed():
                changed = True
                action = self._view.press(key, self._model)
                if action is not None and not self._do(action):
                    return
            arrived = self._feed.pump(time.monotonic())
            changed |= arrived and self._moves()
            if self._draw(changed):
                changed = False

    def _moves(self) -> bool:
        """Whether there are pictures to draw many times a second."""
        return self._view.end is None and not self._model.stale(time.monotonic())

    def _draw(self, changed: bool) -> bool:
        """Draw when there is something to show and it is not too soon; tell whether it was."""
        now_s = time.monotonic()
        if now_s - self._drawn_s < (FRAME_S * 0.9 if changed else IDLE_S):
            return False
        width, height = self._screen.size()
        self._screen.show(render(self._model, self._view, now_s, width, height))
        self._drawn_s = now_s
        return True

    def _do(self, action: Action) -> bool:
        """Do what the view cannot do by itself; false ends the viewer."""
        match action.do:
            case "quit":
                return False
            case "stamp":
                self._stamp_ns = None
                self._ask(self._stamped, "clock")
            case "mark":
                self._mark(action)
        return True

    def _stamped(self, answer: Header) -> None:
        self._stamp_ns = whole(answer.get("t_ns"))

    def _mark(self, action: Action) -> None:
        if not action.label:
            self._say("no label, so no mark was set", Style.WARN)
            return
        fields: dict[str, object] = {"label": action.label, "value": None}
        if action.stamped and self._stamp_ns is not None:
            fields["t_ns"] = self._stamp_ns
        late = action.stamped and self._stamp_ns is None
        self._ask(lambda answer: self._say_marked(action.label, answer, late), "mark", **fields)

    def _ask(self, answered: Callable[[Header], None], do: str, **fields: object) -> None:
        try:
            self._feed.ask(answered, self._say_failed, do, **fields)
        except ClientError as error:
            self._say_failed(error)

    def _say_marked(self, label: str, answer: Header, late: bool) -> None:
        t_ns = whole(answer.get("t_ns"))
        when = "" if t_ns is None else f", {utc(t_ns, 3)} UTC"
        why = " (when Enter was pressed: the daemon gave no time for M)" if late else ""
        sample = text(answer.get("sample")) or "?"
        style = Style.WARN if late else Style.GOOD
        self._say(f'mark "{label}" set at sample {sample}{when}{why}', style)

    def _say_failed(self, error: ClientError) -> None:
        self._say(f"NO MARK: {error}", Style.LOUD)

    def _say(self, sentence: str, style: Style) -> None:
        lasts_s = WARNING_S if style is Style.LOUD else NOTICE_S
        self._view.say(sentence, style, time.monotonic() + lasts_s)


def run_view(
    control: str, streams: list[str] | None, plain: bool, seconds: float | None, stop: Stop
) -> int:
    """Show a running daemon until the operator, the time or `stop` ends it; 3 if none was heard."""
    model = Model()
    end_s = math.inf if seconds is None else time.monotonic() + seconds
    with ended_by_signals() as ended, Control(control) as client:

        def over() -> bool:
            return ended() or stop() or time.monotonic() >= end_s

        try:
            with closing(Feed(client, streams, model)) as feed:
                _show(feed, model, plain, over)
        except ClientError as error:
            print(f"emgd watch: {error}", file=sys.stderr)
            return error.exit_code
    return NoAnswerError.exit_code if model.heard_s is None else 0


def _show(feed: Feed, model: Model, plain: bool, stop: Stop) -> None:
    if not plain and sys.stdout.isatty():
        try:
            with opened() as terminal:
                Viewer(feed, model, terminal).run(stop)
        except NoTerminalError as error:
            said = f"emgd watch: plain lines, as this terminal can do no more: {error}"
            print(said, file=sys.stderr)
        else:
            return
    _write_lines(feed, model, stop)


def _write_lines(feed: Feed, model: Model, stop: Stop) -> None:
    """Write a line a second until it ends, or until nobody reads on."""
    next_s = time.monotonic() + 1.0
    while not stop():
        time.sleep(TURN_S)
        now_s = time.monotonic()
        feed.pump(now_s)
        if now_s >= next_s:
            next_s += 1.0
            line = f"{utc(time.time_ns())} {summary(model, now_s)}"
            try:
                print(written(line, sys.stdout.encoding), flush=True)
            except BrokenPipeError:
                # What is left in the buffer has to go somewhere when Python ends.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                return


@contextmanager
def ended_by_signals() -> Iterator[Stop]:
    """Turn Ctrl-C, SIGTERM and a lost terminal into an orderly end."""
    ended = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        ended.set()

    if threading.current_thread() is not threading.main_thread():
        yield ended.is_set
        return
    before = {n: signal.signal(n, end) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield ended.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
