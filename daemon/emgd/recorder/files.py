"""The files of one recording: the one in progress, and those that trouble cut off."""

import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emgd.recorder.file import Storage
from emgd.recorder.name import final_path, part_path
from emgd.recorder.part import Part


@dataclass(frozen=True, slots=True)
class Job:
    """What a recording is told at its start."""

    folder: Path
    stem: str
    name: str
    software: str
    metadata: Mapping[str, Mapping[str, str]]


class Files:
    """Opens the first file at once, or raises OSError; further ones when they are needed."""

    def __init__(self, job: Job, storage: Storage) -> None:
        self.paths: list[Path] = []
        self.part: Part | None = None  # the file in progress
        self.job = job
        self._storage = storage
        self._broken: Part | None = None  # failed, and could not be closed yet
        self._closed_bytes = 0
        self._hole: dict[str, Any] | None = None
        self.part = self._open(1)

    @property
    def size(self) -> int:
        """Bytes in all files."""
        return self._closed_bytes + (self.part.size if self.part else 0)

    @property
    def last_path(self) -> Path:
        """The file in progress, or the last one."""
        return self.paths[-1]

    def free_bytes(self) -> int:
        """Room in the folder, asked for at this moment."""
        return self._storage.free_bytes(self.job.folder)

    def set_aside(self) -> None:
        """The file in progress failed: nothing more goes into it."""
        self._broken, self.part = self.part, None

    def go_on(self, cause: str) -> tuple[Part, list[dict[str, Any]], int]:
        """A fresh file; gives too what it says of the ones before, and the samples gone with them.

        The first message says that the recording goes on, the second one is a gap, if any.
        """
        lost = self._lay_down()
        before = self.last_path
        self.part = self._open(len(self.paths) + 1)
        now_ns = time.time_ns()
        said: list[dict[str, Any]] = [
            {
                "event": "part",
                "name": self.job.name,
                "t_ns": now_ns,
                "after": str(before),
                "cause": cause,
            }
        ]
        if self._hole is not None:
            said.append({**self._hole, "t_ns": now_ns, "by": "recorder", "cause": cause})
            self._hole = None
        return self.part, said, lost

    def close(self) -> Path:
        """Close what is open, well; OSError where the disk does not let it."""
        part = self.part or self._broken
        if part is not None:
            self.paths[-1] = part.close()
            self._closed_bytes += part.size
            self.part = self._broken = None
        return self.last_path

    def write_text(self, path: Path, text: str) -> None:
        """A small file beside the recording."""
        self._storage.write_text(path, text)

    def _lay_down(self) -> int:
        """Close the file that failed as well as can be; gives the samples that are gone with it."""
        part, self._broken = self._broken, None
        if part is None:
            return 0
        if part.attached():
            self._closed_bytes += part.size
            with contextlib.suppress(OSError):
                self.paths[-1] = part.close()
            return 0
        part.abandon()
        if part.first is None:
            return 0
        missing = part.end - part.first
        self._hole = {"first": part.first, "missing": missing, "reason": "overrun"}
        return part.samples

    def _open(self, number: int) -> Part:
        """A file of a name that was never used."""
        job, copy = self.job, 1
        about = {**job.metadata.get("recording", {}), "part": str(number)}
        while True:
            path = part_path(job.folder, job.stem + (f"-{copy}" if copy > 1 else ""), number)
            copy += 1
            if self._storage.exists(final_path(path)) or self._storage.exists(path):
                continue
            part = Part(self._storage, path, job.software, {**job.metadata, "recording": about})
            self.paths.append(path)
            return part
