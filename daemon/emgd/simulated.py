"""sim: starts a simulated board as a process of its own, and dials it."""

import select
import subprocess
import sys
from collections.abc import Iterable

from ads1299.source import SourceError
from mcubridge.line import Dial, Line, LineDown

_READY = "listening on tcp://"
_USAGE = 2  # the status of a program that was not understood: trying again will not mend it


class SimulatedBoard:
    """An opener whose board is a child process.

    The child watches its standard input, so that it ends with the daemon however that ends; it
    has a session of its own, so that Ctrl-C reaches the daemon alone and the board goes last.
    """

    def __init__(self, options: Iterable[tuple[str, str]] = ()) -> None:
        self.name = "sim:"
        self._arguments = [f"--{name}={value}" if value else f"--{name}" for name, value in options]
        self._board: subprocess.Popen[str] | None = None
        self._dial: Dial | None = None

    def open(self, timeout_s: float) -> Line | None:
        """Start the board where it does not run, and dial it."""
        if self._board is None or self._board.poll() is not None:
            self.close()
            self._board = self._start()
        if self._dial is None:
            self._dial = self._announced(self._board, timeout_s)
        return self._dial.open(timeout_s) if self._dial else None

    def close(self) -> None:
        """End the board."""
        if self._dial is not None:
            self._dial.close()
            self._dial = None
        if self._board is not None:
            board, self._board = self._board, None
            board.terminate()
            board.communicate()

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "boardsim", "--listen", "127.0.0.1:0"),
                "--exit-with-stdin",
                *self._arguments,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def _announced(self, board: subprocess.Popen[str], timeout_s: float) -> Dial | None:
        assert board.stdout is not None  # it was asked for
        if not select.select([board.stdout], [], [], timeout_s)[0]:
            return None
        line = board.stdout.readline().strip()
        if not line.startswith(_READY):
            status = board.wait()
            if status == _USAGE:
                raise SourceError(
                    f"source: the simulated board does not take {' '.join(self._arguments)}; "
                    "see its words above, and boardsim --help"
                )
            raise LineDown(f"sim: the simulated board ended with status {status}")
        host, _, port = line.removeprefix(_READY).rpartition(":")
        return Dial(host, int(port))
