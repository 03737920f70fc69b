"""A terminal with a program in it, and somebody who looks and types."""

import fcntl
import os
import re
import select
import struct
import subprocess
import termios
import time

import pyte

REDRAW = b"\x0c"
PATIENCE_S = 20.0
_FIXED_SIZE = ("LINES", "COLUMNS")


class Seat:
    """A terminal with the program in it, and somebody who looks and types."""

    def __init__(self, program, *arguments, size=(80, 24), **environment):
        self._master, slave = os.openpty()
        self._tty = os.ttyname(slave)
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)
        self._fed, self.output = 0, b""
        self.resize(*size)
        self.before = termios.tcgetattr(slave)
        self.after = None
        self._slave = slave
        # The first terminal that a session's leader opens becomes the one that controls it.
        command = ["sh", "-c", f'exec "$0" "$@" <{self._tty} >{self._tty} 2>&1']
        # What is exported as the terminal's size stands above its own, for curses.
        ours = {name: value for name, value in os.environ.items() if name not in _FIXED_SIZE}
        self._process = subprocess.Popen(
            [*command, *program, *arguments],
            start_new_session=True,
            env={**ours, "TERM": "xterm", "LC_ALL": "C.UTF-8", **environment},
        )

    def resize(self, width, height):
        self._screen.resize(height, width)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("4H", height, width, 0, 0))

    def type(self, keys):
        os.write(self._master, keys if isinstance(keys, bytes) else keys.encode())

    def screen(self):
        """What stands on the screen, as lines of cells: # where a cell is the other way round."""
        self._read(0.02)
        self._stream.feed(self.output[self._fed :])
        self._fed = len(self.output)
        rows = [self._screen.buffer[y] for y in range(self._screen.lines)]
        cells = [[row[x] for x in range(self._screen.columns)] for row in rows]
        return ["".join("#" if c.reverse and c.data == " " else c.data for c in r) for r in cells]

    def look(self):
        """Have the screen drawn anew and give its words, without colours and positions."""
        begin = len(self.output)
        self.type(REDRAW)
        self._read(0.15)
        shown = re.sub(rb"\x1b(\[[0-9;?]*[a-zA-Z]|[()].|[=>78])", b" ", self.output[begin:])
        return re.sub(r"\s+", " ", shown.decode(errors="replace"))

    def see(self, *words, without=()):
        """Look until all these words are there and those are not."""
        deadline_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline_s:
            shown = self.look()
            there = all(re.search(word, shown) for word in words)
            if there and not any(word in shown for word in without):
                return shown
        raise AssertionError(f"{words} without {without} did not come; the screen is\n{shown}")

    def hear(self, word):
        """Wait for something written, where nothing is drawn anew."""
        deadline_s = time.monotonic() + PATIENCE_S
        while word not in self.output:
            assert time.monotonic() < deadline_s, self.output
            self._read(0.05)

    def end(self, number=None):
        """Wait for the program's end and give its exit code."""
        if number is not None:
            self._process.send_signal(number)
        deadline_s = time.monotonic() + PATIENCE_S
        while self._process.poll() is None and time.monotonic() < deadline_s:
            self._read(0.05)  # it could not end while nobody took what it writes
        self._read(0.05)
        self.after = termios.tcgetattr(self._slave)
        return self._process.wait(timeout=1)

    def close(self):
        self._process.kill()
        self._process.wait()
        os.close(self._slave)
        os.close(self._master)

    def _read(self, seconds):
        deadline_s = time.monotonic() + seconds
        while (left_s := deadline_s - time.monotonic()) > 0:
            if select.select([self._master], [], [], left_s)[0]:
                self.output += os.read(self._master, 65536)
