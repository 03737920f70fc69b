"""Displays on a serial line, at the other end of a pseudo-terminal; nothing here is emgd's."""

import os
import select
import termios
import threading
import tty
from pathlib import Path
from typing import Protocol, Self


class Firmware(Protocol):
    """What is in the display."""

    seen: list[str]

    def take(self, octet: int) -> None: ...


class Lines:
    """A home-made one: shows what stands in a line, once the line ends."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self._line = ""

    def take(self, octet: int) -> None:
        if octet not in b"\r\n":
            self._line += chr(octet)
        elif self._line:
            self.seen.append(self._line)
            self._line = ""


class OpenSegment:
    """SparkFun's Serial 7-Segment Display, from its page "Special Commands".

    Digits go to the cursor, which steps right and goes from the last of four cells to the first.
    76 clears and puts the cursor first, 79 puts it where the next byte says, 7A sets brightness.
    """

    def __init__(self) -> None:
        self.seen: list[str] = []  # what stood there whenever the last cell was written
        self.looks: list[str] = []  # after every byte
        self.brightness: list[int] = []
        self._cells = [" "] * 4
        self._cursor = 0
        self._command = 0

    def take(self, octet: int) -> None:
        if self._command == 0x79:
            self._cursor, self._command = octet, 0
        elif self._command == 0x7A:
            self.brightness.append(octet)
            self._command = 0
        elif octet in (0x79, 0x7A):
            self._command = octet
        elif octet == 0x76:
            self._cells, self._cursor = [" "] * 4, 0
        else:
            self._show(f"{octet:X}" if octet < 16 else chr(octet))
        self.looks.append("".join(self._cells))

    def _show(self, figure: str) -> None:
        assert figure in "0123456789", f"{figure!r} is no digit"
        self._cells[self._cursor] = figure
        if self._cursor == 3:
            self.seen.append("".join(self._cells))
        self._cursor = (self._cursor + 1) % 4


class SerialDisplay:
    """A display that can be plugged in and out, and one that takes nothing: its line stands still.

    What is kept for a reader of a pseudo-terminal would hide that for half a minute, so the line is
    stopped as XOFF does it.
    """

    def __init__(self, link: Path, firmware: Firmware, reading: bool = True) -> None:
        self.link = link
        self.firmware = firmware
        self._plugged = False
        self.plug_in(reading)

    @property
    def seen(self) -> list[str]:
        return self.firmware.seen

    @property
    def baud(self) -> int:
        return termios.tcgetattr(self._end)[4]

    def plug_in(self, reading: bool = True) -> None:
        self._end, slave = os.openpty()
        tty.setraw(slave)
        self.link.symlink_to(os.ttyname(slave))
        self._slave, self._plugged = slave, True
        self.reads(reading)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def reads(self, reading: bool) -> None:
        """Let it read on, or stop."""
        termios.tcflow(self._slave, termios.TCOON if reading else termios.TCOOFF)

    def unplug(self) -> None:
        if self._plugged:
            self._plugged = False
            self._reader.join()
            self.link.unlink()
            os.close(self._slave)
            os.close(self._end)

    def _read(self) -> None:
        while self._plugged:
            if select.select([self._end], [], [], 0.02)[0]:
                for octet in os.read(self._end, 65536):
                    self.firmware.take(octet)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.unplug()
