"""What can go wrong with a recording, in sentences that say what to do."""

import errno
import logging
import time
from pathlib import Path

_FULL = (errno.ENOSPC, errno.EDQUOT)
_RIGHTS = (errno.EACCES, errno.EPERM, errno.EROFS)

_log = logging.getLogger(__name__)


class RecordError(Exception):
    """A recording cannot be started or stopped; `code` is for programs, the text for people."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class Trouble:
    """What is wrong with a recording, since when, and what was wrong before."""

    def __init__(self) -> None:
        self.sentence: str | None = None
        self.since_ns: int | None = None
        self.history: list[str] = []

    def begin(self, sentence: str) -> None:
        """Something is wrong from here on; told once, however often it is said."""
        if sentence == self.sentence:
            return
        if self.sentence is None:
            self.since_ns = time.time_ns()
        self.sentence = sentence
        self.note(sentence)

    def end(self) -> None:
        """It is well again."""
        self.sentence = self.since_ns = None

    def note(self, sentence: str) -> None:
        """Something went wrong that people have to know; it goes to the log and the receipt."""
        _log.error("%s", sentence)
        if sentence not in self.history:
            self.history.append(sentence)


def is_full(fault: OSError) -> bool:
    """Whether it is room that is missing."""
    return fault.errno in _FULL


def writing_failed(fault: OSError, path: Path) -> str:
    """Why a recording in progress cannot go on."""
    if is_full(fault):
        return (
            f"The disk is full: {path.parent} has no room left."
            " Make room there; the recording goes on in a fresh file by itself."
        )
    if fault.errno == errno.ENOENT:
        return (
            f"{path} is gone: the file or its folder was removed, or the disk was unmounted."
            " Put the folder back; the recording goes on in a fresh file by itself."
        )
    if fault.errno in _RIGHTS:
        return (
            f"No right to write to {path.parent} ({fault.strerror})."
            " Give the user of emgd the right to write there;"
            " the recording goes on in a fresh file by itself."
        )
    return (
        f"Writing {path} failed: {fault.strerror or fault}."
        " Look at the disk; the recording goes on in a fresh file as soon as it can be written."
    )


def start_failed(fault: OSError, folder: Path) -> RecordError:
    """Why a recording cannot be started."""
    if is_full(fault):
        return RecordError("no_room", f"The disk is full: {folder} has no room left. Make room.")
    if fault.errno == errno.ENOTDIR:
        return RecordError(
            "no_folder",
            f"{folder} is no folder, or lies below what is none: name another one with"
            " --record-dir.",
        )
    if fault.errno == errno.ENOENT:
        return RecordError(
            "no_folder",
            f"The folder {folder} does not exist. Make it (mkdir -p {folder}), mount its disk,"
            " or name another one with --record-dir.",
        )
    if fault.errno in _RIGHTS:
        return RecordError(
            "no_rights",
            f"No right to write to {folder} ({fault.strerror}). Give the user of emgd the right to"
            " write there, or name another folder with --record-dir.",
        )
    return RecordError("disk", f"{folder} cannot be written: {fault.strerror or fault}.")


def stalled(folder: Path, seconds: float, waiting_bytes: int) -> str:
    """The disk takes long."""
    return (
        f"The disk under {folder} has not answered for {seconds:.0f} s."
        f" {waiting_bytes / 1e6:.1f} MB wait in memory; nothing is lost so far."
    )


def overflowing(folder: Path, lost_samples: int) -> str:
    """The disk took too long."""
    return (
        f"The disk under {folder} is too slow: memory is full and {lost_samples} samples"
        " are missing in the file so far. Record to a faster disk."
    )


def little_room(folder: Path, minutes: float, free_bytes: int) -> str:
    """The disk will be full soon; nothing is stopped for that."""
    return (
        f"{folder} has room for about {minutes:.0f} more minutes ({free_bytes / 1e9:.2f} GB)."
        " Make room; the recording goes on until the disk is really full."
    )
