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
        return [line["first_ns"] for line in self.truth if line["type"] == "stream"]

    def host_times_ns(self, request: str) -> list[float]:
        """The host's monotonic time at which each request of that name was obeyed."""
        return [line["host_ns"] for line in self.log if line.get("request") == request]

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
