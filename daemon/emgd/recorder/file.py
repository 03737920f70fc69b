"""The seam to the disk: what a recording needs of a file and of the folder it lies in."""

import contextlib
import fcntl
import os
from pathlib import Path
from typing import Protocol


class RecordFile(Protocol):
    """A file that only grows; every call may raise OSError and may take long."""

    def write(self, data: bytes) -> None:
        """Append all of it and hand it to the operating system."""

    def truncate(self, size: int) -> None:
        """Cut a half-written tail off."""

    def sync(self) -> None:
        """Come back when all that was written is on the disk itself."""

    def attached(self) -> bool:
        """Whether the file is still found under its name (false once it or its folder is gone)."""

    def close(self) -> None:
        """Give the file back; safe to call twice."""


class Storage(Protocol):
    """The folder recordings go to."""

    def create(self, path: Path) -> RecordFile:
        """Make a file that was not there before; FileExistsError if it was."""

    def exists(self, path: Path) -> bool:
        """Whether something has this name."""

    def free_bytes(self, folder: Path) -> int:
        """Room left for this user."""

    def rename(self, old: Path, new: Path) -> None:
        """Give a file its final name; FileExistsError if the name is taken."""

    def remove(self, path: Path) -> None:
        """Take a file away that never held anything."""

    def write_text(self, path: Path, text: str) -> None:
        """Write a small file that was not there before."""


class DiskFile:
    """A `RecordFile` on a real disk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        self._fd = os.open(path, flags, 0o644)
        with contextlib.suppress(OSError):  # not every file system has locks
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)  # who would mend it waits

    def write(self, data: bytes) -> None:
        """Append all of it; no buffer of ours in between, so a killed process loses nothing."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._fd, view) :]

    def truncate(self, size: int) -> None:
        """Cut a half-written tail off."""
        os.ftruncate(self._fd, size)

    def sync(self) -> None:
        """Wait until all that was written is on the disk."""
        os.fdatasync(self._fd)

    def attached(self) -> bool:
        """Compare what lies under the name with what is open."""
        try:
            return os.path.samestat(os.fstat(self._fd), self._path.stat())
        except FileNotFoundError:
            return False

    def close(self) -> None:
        """Close once."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


class Disk:
    """A `Storage` on a real disk."""

    def create(self, path: Path) -> RecordFile:
        """Make a file that was not there before."""
        file = DiskFile(path)
        self._sync_folder(path.parent)
        return file

    def exists(self, path: Path) -> bool:
        """Whether something has this name."""
        return path.exists()

    def free_bytes(self, folder: Path) -> int:
        """What statvfs leaves to a user without special rights."""
        room = os.statvfs(folder)
        return room.f_bavail * room.f_frsize

    def rename(self, old: Path, new: Path) -> None:
        """Rename without ever replacing a file."""
        if new.exists():
            raise FileExistsError(17, "name taken", str(new))
        old.rename(new)
        self._sync_folder(new.parent)

    def remove(self, path: Path) -> None:
        """Take a file away."""
        path.unlink()

    def write_text(self, path: Path, text: str) -> None:
        """Write a small file that was not there before; half of one is none."""
        with path.open("x", encoding="utf-8") as file:
            try:
                file.write(text)
                file.flush()
            except OSError:
                path.unlink()
                raise

    @staticmethod
    def _sync_folder(folder: Path) -> None:
        """Make the name itself survive a power cut."""
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
