"""The terminal, by curses: shows lines, gives keys, and is itself again afterwards."""

import curses
import locale
import os
import select
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from emgd.watch.lines import Line, Style, is_unicode, simplify

KEYBOARD = 0
KEYS = {
    curses.KEY_LEFT: "left",
    curses.KEY_RIGHT: "right",
    curses.KEY_UP: "up",
    curses.KEY_DOWN: "down",
    curses.KEY_HOME: "home",
    curses.KEY_END: "end",
    curses.KEY_PPAGE: "[",
    curses.KEY_NPAGE: "]",
    curses.KEY_ENTER: "enter",
    curses.KEY_BACKSPACE: "backspace",
}
CHARACTERS = {
    "\n": "enter",
    "\r": "enter",
    "\x1b": "escape",
    "\x7f": "backspace",
    "\b": "backspace",
}
REDRAW = "\x0c"  # Ctrl-L, as everywhere, where another program wrote over the screen
COLOURS = {
    Style.GOOD: curses.COLOR_GREEN,
    Style.WARN: curses.COLOR_YELLOW,
    Style.LOUD: curses.COLOR_RED,
    Style.BAR: curses.COLOR_CYAN,
    Style.CLIP: curses.COLOR_RED,
}


class NoTerminalError(Exception):
    """This terminal cannot place text; the sentence says which it is."""


class Terminal:
    """A screen and a keyboard; made by `opened`."""

    def __init__(self, window: curses.window):
        self._window = window
        self._looks = _looks()
        self._codec = _codec()
        self._keyboard = select.poll() if os.isatty(KEYBOARD) else None
        self.gone = False
        if self._keyboard is not None:
            self._keyboard.register(KEYBOARD, select.POLLIN)
        window.keypad(True)
        window.nodelay(True)

    def size(self) -> tuple[int, int]:
        """Give columns and lines."""
        height, width = self._window.getmaxyx()
        return width, height

    def wait(self, timeout_s: float) -> None:
        """Wait for a key, but no longer than that."""
        if self._keyboard is None:
            time.sleep(timeout_s)
        elif any(event & ~select.POLLIN for _, event in self._keyboard.poll(1000 * timeout_s)):
            self.gone = True

    def pressed(self) -> Iterator[str]:
        """Give the keys that were pressed since the last time."""
        while self._keyboard is not None:
            try:
                key = self._window.get_wch()
            except curses.error:
                return
            name = KEYS.get(key) if isinstance(key, int) else CHARACTERS.get(key, key)
            if key == REDRAW:
                self._window.redrawwin()
            elif name:
                yield name

    def show(self, lines: list[Line]) -> None:
        """Show these lines; curses sends only what differs from the last ones."""
        self._window.erase()
        for row, line in enumerate(lines):
            self._put(row, line)
        self._window.refresh()

    def _put(self, row: int, line: Line) -> None:
        try:
            self._window.move(row, 0)
            for text, style in line:
                shown = text if self._codec is None else simplify(text, self._codec)
                self._window.addstr(shown, self._looks[style])
        except curses.error:
            return  # the last cell of the screen, or a screen that shrank meanwhile


@contextmanager
def opened() -> Iterator[Terminal]:
    """Take the terminal over, and give it back whatever happens."""
    locale.setlocale(locale.LC_ALL, "")
    try:
        curses.setupterm()
        if curses.tigetstr("cup") is None:
            raise curses.error("it cannot place text")
    except curses.error as error:
        raise NoTerminalError(f"TERM={os.environ.get('TERM', '')}: {error}") from error
    curses.set_escdelay(25)
    window = curses.initscr()
    try:
        curses.noecho()
        curses.cbreak()
        with suppress(curses.error):
            curses.curs_set(0)
        yield Terminal(window)
    finally:
        window.keypad(False)
        curses.nocbreak()
        curses.echo()
        curses.endwin()


def _codec() -> str | None:
    """Give the encoding to write down to; None where all characters can be shown."""
    codec = locale.nl_langinfo(locale.CODESET)
    if not is_unicode(codec):
        return codec
    # The console's font has no parts of blocks.
    return codec if os.environ.get("TERM") == "linux" else None


def _looks() -> dict[Style, int]:
    """Say how each style looks, with colours where there are any."""
    looks = {
        Style.PLAIN: curses.A_NORMAL,
        Style.DIM: curses.A_DIM,
        Style.BOLD: curses.A_BOLD,
        Style.GOOD: curses.A_NORMAL,
        Style.WARN: curses.A_BOLD,
        Style.LOUD: curses.A_REVERSE | curses.A_BOLD,
        Style.BAR: curses.A_NORMAL,
        Style.CLIP: curses.A_BOLD,
        Style.CHOSEN: curses.A_REVERSE,
    }
    if curses.tigetnum("colors") >= 8 and not os.environ.get("NO_COLOR"):
        curses.start_color()
        curses.use_default_colors()
        for pair, (style, colour) in enumerate(COLOURS.items(), 1):
            curses.init_pair(pair, colour, -1)
            looks[style] |= curses.color_pair(pair)
    return looks
