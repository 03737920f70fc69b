"""One file of a recording while it is written, and the thread that brings it to the disk."""

import contextlib
import errno
import logging
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from emgd.recorder.entry import Entry
from emgd.recorder.file import RecordFile, Storage
from emgd.recorder.mcap import McapWriter
from emgd.recorder.name import final_path

_SYNC_S = 0.2
_LOOK_EVERY = 5  # syncs between two looks at the folder

_log = logging.getLogger(__name__)


class Syncer:
    """Brings a file to the disk over and over, so that a slow disk holds up nobody else."""

    def __init__(self, file: RecordFile, folder: Path, storage: Storage) -> None:
        self.free_bytes: int | None = None
        self.fault: OSError | None = None
        self.busy_since_s: float | None = None
        self._file = file
        self._folder = folder
        self._storage = storage
        self._dirty = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="record-sync", daemon=True)
        self._thread.start()

    def wrote(self) -> None:
        """There is something to bring to the disk."""
        self._dirty.set()

    def stop(self) -> None:
        """End the thread; waits for a sync that is under way."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        turn = 0
        while self.fault is None:
            self.busy_since_s = time.monotonic()
            try:
                if self._dirty.is_set():
                    self._dirty.clear()
                    self._file.sync()
                if turn % _LOOK_EVERY == 0:
                    self._look()
            except OSError as fault:
                self.fault = fault
            self.busy_since_s = None
            turn += 1
            if self._stopping.wait(_SYNC_S):
                return

    def _look(self) -> None:
        if not self._file.attached():
            raise FileNotFoundError(errno.ENOENT, "the file is gone")
        self.free_bytes = self._storage.free_bytes(self._folder)


class Part:
    """A file that carries its temporary suffix until it is closed well."""

    def __init__(
        self,
        storage: Storage,
        path: Path,
        software: str,
        metadata: Mapping[str, Mapping[str, str]],
    ) -> None:
        self.path = path
        self.samples = 0  # in this file, with what was kept from before the start
        self.first: int | None = None
        self.end = 0
        self.busy_since_s: float | None = None
        self._storage = storage
        self._file = storage.create(path)
        self._mcap = McapWriter(self._file.write)
        try:
            self._mcap.begin(software, metadata)
        except OSError:
            with contextlib.suppress(OSError):
                self._file.close()
                storage.remove(path)
            raise
        self._syncer = Syncer(self._file, path.parent, storage)
        self._syncer.wrote()

    @property
    def size(self) -> int:
        """Bytes that are written."""
        return self._mcap.size

    @property
    def free_bytes(self) -> int | None:
        """Room on the disk, as last looked at."""
        return self._syncer.free_bytes

    @property
    def fault(self) -> OSError | None:
        """What the disk said since."""
        return self._syncer.fault

    @property
    def stalled_s(self) -> float:
        """How long the disk has been at the same piece of work."""
        since = [s for s in (self.busy_since_s, self._syncer.busy_since_s) if s is not None]
        return time.monotonic() - min(since) if since else 0.0

    def write(self, entries: Sequence[Entry]) -> None:
        """Write a chunk; where that fails, the file ends with the chunk before."""
        self.busy_since_s = time.monotonic()
        try:
            self._mcap.chunk(entries)
        except OSError:
            with contextlib.suppress(OSError):
                self._file.truncate(self._mcap.size)
            raise
        finally:
            self.busy_since_s = None
        self._syncer.wrote()

    def place(self, first: int, n: int) -> None:
        """Remember which samples are in this file."""
        self.first = first if self.first is None else self.first
        self.end = first + n
        self.samples += n

    def close(self) -> Path:
        """Write the index, bring all to the disk and give the file its name."""
        self._syncer.stop()
        try:
            self._mcap.finish()
            self._file.sync()
        except OSError:
            with contextlib.suppress(OSError):
                self._file.truncate(self._mcap.size)
            raise
        finally:
            self._file.close()
        return self._named()

    def attached(self) -> bool:
        """Whether the file can still be found."""
        try:
            return self._file.attached()
        except OSError:
            return False

    def abandon(self) -> None:
        """Let go of a file that cannot be closed well; it stays readable as it is."""
        self._syncer.stop()
        with contextlib.suppress(OSError):
            self._file.close()

    def _named(self) -> Path:
        final = final_path(self.path)
        stem, copy = final.stem, 2
        while True:
            try:
                self._storage.rename(self.path, final)
            except FileExistsError:
                final = final.with_name(f"{stem}-{copy}{final.suffix}")
                copy += 1
            else:
                return final
