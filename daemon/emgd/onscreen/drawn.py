"""A log of when each number was drawn."""

import time
from pathlib import Path

from emgd.client import Header

COLUMNS = ("number", "packets", "sample", "t_ns")


class Drawn:
    """CSV with a line for each number; a disk that fails ends the log and not the picture."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", buffering=1)
        self._file.write(",".join([*COLUMNS, "drawn_ns"]) + "\n")
        self.failure: OSError | None = None

    def note(self, tick: Header) -> None:
        """Write down that this tick's number has just gone to the terminal."""
        words = [str(tick.get(column, "")) for column in COLUMNS]
        if self.failure is None:
            try:
                self._file.write(",".join([*words, str(time.time_ns())]) + "\n")
            except OSError as error:
                self.failure = error

    def close(self) -> None:
        """Close the file."""
        try:
            self._file.close()
        except OSError as error:
            self.failure = self.failure or error
