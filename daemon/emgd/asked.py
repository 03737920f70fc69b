"""What the daemon is asked to do from outside: to end, or to read its settings again."""

import os
import signal
from types import FrameType


class Asked:
    """SIGINT and SIGTERM end the daemon, and so does the end of its terminal; SIGHUP reloads."""

    def __init__(self) -> None:
        self.to_end = False
        self._reload = False
        self._terminal = _has_terminal()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._end)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup wants it so
            signal.signal(signal.SIGHUP, self._hang_up)

    def reload(self) -> bool:
        """Whether the settings are to be read again; told once."""
        asked, self._reload = self._reload, False
        return asked

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self.to_end = True

    def _hang_up(self, _number: int, _frame: FrameType | None) -> None:
        """A window that was closed sends the same signal as somebody who asks for a reload."""
        if self._terminal and not _has_terminal():
            self.to_end = True
        else:
            self._reload = True


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True
