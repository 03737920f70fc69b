"""The digital tube on a screen: sockets, the newest tick and the terminal put together."""

import math
import sys
import time
from contextlib import closing
from pathlib import Path

from mcubridge.tube import digits_of

from emgd.client import ClientError, Control, NoAnswerError
from emgd.onscreen.drawn import Drawn
from emgd.onscreen.newest import TOPICS, Newest
from emgd.onscreen.picture import picture
from emgd.watch.ending import Stop, ended_by_signals
from emgd.watch.feed import Feed
from emgd.watch.lines import Span, Style
from emgd.watch.terminal import NoTerminalError, Terminal, opened

KEYS_S = 0.02  # a tick is drawn at once; keys are looked at between

WRONG_PLACE = 2


class Tube:
    """Draws each number as it comes."""

    def __init__(
        self, feed: Feed, newest: Newest, screen: Terminal, digits: int, drawn: Drawn | None
    ):
        self._feed = feed
        self._newest = newest
        self._screen = screen
        self._digits = digits
        self._drawn = drawn
        self._looks: object = None  # what is on the screen
        self._noted: int | None = None

    def run(self, stop: Stop) -> None:
        """Show the numbers until `stop`, or somebody presses q."""
        while not stop() and not self._screen.gone:
            self._feed.wait(KEYS_S)
            self._feed.pump(time.monotonic())
            self._screen.wait(0.0)
            if any(key in ("q", "Q") for key in self._screen.pressed()):
                return
            self._draw(time.monotonic())

    def _draw(self, now_s: float) -> None:
        """Draw what has changed: the number, what is wrong, the size of the terminal."""
        newest, size = self._newest, self._screen.size()
        trouble = newest.trouble(now_s)
        number = None if trouble else newest.number
        if self._looks == (number, trouble, size):
            return
        self._looks = (number, trouble, size)
        note = Span(f"q ends  emgd tube  {newest.stream}", Style.DIM)
        if number is None:
            note = Span(trouble, Style.LOUD)
            self._screen.show(picture("-" * self._digits, None, note, *size))
            return
        shown = digits_of(number, self._digits)
        self._screen.show(picture(shown, bool(number % 2), note, *size))
        if self._drawn is not None and number != self._noted:
            self._noted = number
            self._drawn.note(newest.tick)


def run_tube(
    control: str,
    streams: list[str] | None,
    digits: int,
    log: Path | None,
    seconds: float | None,
) -> int:
    """Show a running daemon's numbers; 3 if no daemon was ever heard."""
    if not sys.stdout.isatty():
        return _refused("standard output is no terminal; the numbers are to be seen on a screen")
    if log is not None and log.is_file():
        return _refused(f"{log} exists already and is left alone: name another file with --log")
    newest = Newest()
    end_s = math.inf if seconds is None else time.monotonic() + seconds
    try:
        drawn = None if log is None else Drawn(log)
    except OSError as error:
        return _refused(f"{log} cannot be written: {error.strerror}")
    try:
        with (
            ended_by_signals() as ended,
            Control(control) as client,
            closing(Feed(client, streams, newest, TOPICS)) as feed,
            opened() as terminal,
        ):
            Tube(feed, newest, terminal, digits, drawn).run(
                lambda: ended() or time.monotonic() >= end_s
            )
    except NoTerminalError as error:
        return _refused(f"this terminal cannot show figures: {error}")
    except ClientError as error:
        return _refused(str(error), error.exit_code)
    finally:
        if drawn is not None:
            drawn.close()
    if drawn is not None and drawn.failure is not None:
        return _refused(f"{log} is not whole: {drawn.failure.strerror}", 1)
    return 0 if newest.heard else NoAnswerError.exit_code


def _refused(sentence: str, exit_code: int = WRONG_PLACE) -> int:
    print(f"emgd tube: {sentence}", file=sys.stderr)
    return exit_code
