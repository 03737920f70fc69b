"""`emgd align` as it is typed, and the tables that it writes."""

import argparse
import csv
from dataclasses import dataclass
from pathlib import Path

import emgd.commands.align as command
from support.filmed import Film


@dataclass
class Lab:
    """A recording, the film of its display, and what was read in it."""

    recording: Path
    digits: Path
    film: Film | None = None
    fps: str = "29.97"

    def run(self, *words: object) -> int:
        parser = argparse.ArgumentParser()
        command.arguments(parser)
        given = [self.recording, self.digits, "--fps", self.fps, *words]
        return command.run(parser.parse_args([str(word) for word in given]))

    def table(self, what: str) -> list[dict[str, str]]:
        with self.digits.with_name(f"digits_{what}.csv").open(newline="") as rows:
            return list(csv.DictReader(rows))
