"""A simulated board as a program of its own, with what it wrote down."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from support.process import Program, arguments_of


class Board(Program):
    """`boardsim`: on a port of its own choice, dialling the one given, or a serial port."""

    def __init__(self, folder: Path, dial: str | None = None, **options: object) -> None:
        self._log = folder / "board-log.jsonl"
        self._truth = folder / "board-truth.jsonl"
        where = [f"--dial={dial}"] if dial else ["--listen=127.0.0.1:0"]
        where = [] if "pty" in options else where
        files = [f"--log={self._log}", f"--truth={self._truth}"]
        super().__init__("boardsim", *where, *files, *arguments_of(options))

    def ready(self) -> None:
        self.url = self.wait_for_line(r"((tcp|serial)://\S+)")[1]

    @property
    def log(self) -> list[dict[str, Any]]:
        return _lines(self._log)

    @property
    def truth(self) -> list[dict[str, Any]]:
        return _lines(self._truth)

    @property
    def tube_numbers(self) -> list[int]:
        """What the board was told to show, in order."""
        return [line["args"]["number"] for line in self.log if line.get("request") == "TUBE"]

    @property
    def first_samples_ns(self) -> list[float]:
        """The host's monotonic time of each stream's first sample."""
        streams = [line for line in self.truth if line["type"] == "stream"]
        return [
            line["first_us"] * 1e3 - ahead
            for line, ahead in zip(streams, self._ahead_ns(), strict=False)
        ]

    def host_times_ns(self, request: str) -> list[float]:
        """The host's monotonic time at which each request of that name came, in one stream."""
        [ahead] = self._ahead_ns()
        return [line["t_us"] * 1e3 - ahead for line in self.log if line.get("request") == request]

    def _ahead_ns(self) -> list[float]:
        """How far the board's clock is ahead of the host's, at each START.

        The board wrote down its own time for each PING that came, and the PING says when it was
        sent: the one that came quickest tells how the clocks stand, within some 50 us.
        """
        found: list[float] = []
        quickest = float("inf")
        for line in self.log:
            if line.get("event") == "connected":
                quickest = float("inf")  # the board may have another clock
            elif line.get("request") == "PING":
                quickest = min(quickest, line["t_us"] * 1e3 - line["args"]["host_time_ns"])
            elif line.get("request") == "START":
                found.append(quickest)
        return found

    @property
    def lost(self) -> list[dict[str, Any]]:
        """The packets that did not arrive."""
        return [line for line in self.truth if line["type"] == "lost"]


def _lines(path: Path) -> list[dict[str, Any]]:
    whole = path.read_text().rpartition("\n")[0]
    return [json.loads(line) for line in whole.splitlines()]


def ramp(first: int, samples: int, channels: int) -> NDArray[np.int64]:
    """The known counts, from the words of `boardsim --help`, sample by sample."""
    return np.array(
        [
            [(s + c * 1000003) % 2**24 - 2**23 for c in range(channels)]
            for s in range(first, first + samples)
        ]
    ).reshape(samples, channels)
