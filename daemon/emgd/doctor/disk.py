"""The folder that recordings go to: may it be written, how fast, and for how long."""

import os
from collections.abc import Callable
from pathlib import Path

from emgd.doctor.finding import Finding, State, skipped, state_of
from emgd.recorder.file import RecordFile, Storage
from emgd.recorder.trouble import is_full, start_failed

SLOWEST_S = 1.0
HOURS = 2.0
_WRITES = 20
_WRITE_EVERY_S = 0.2  # as often as a recording is brought to the disk
_PATIENCE_S = 4.0


def check_disk(
    folder: Path | None, storage: Storage, bytes_per_s: float, monotonic: Callable[[], float]
) -> list[Finding]:
    """All of it, with a file that is written as a recording is, and taken away again."""
    if folder is None:
        why = "no folder is named: give --record-dir DIR"
        return [skipped(check, why) for check in ("record-folder", "disk-room", "disk-speed")]
    path = folder / f".emgd-doctor-{os.getpid()}"
    try:
        room = check_room(storage.free_bytes(folder), bytes_per_s)
        file = storage.create(path)
    except OSError as fault:
        text, do = f"{folder} cannot be written", str(start_failed(fault, folder))
        why = "the folder cannot be written"
        return [
            Finding("record-folder", State.FAIL, text, do),
            skipped("disk-room", why),
            skipped("disk-speed", why),
        ]
    try:
        speed = check_speed(file, round(bytes_per_s * _WRITE_EVERY_S), monotonic)
    finally:
        file.close()
        storage.remove(path)
    return [Finding("record-folder", State.OK, f"{folder} can be written"), room, speed]


def check_room(free_bytes: int, bytes_per_s: float) -> Finding:
    """For how many hours there is room."""
    hours = free_bytes / bytes_per_s / 3600
    good = hours >= HOURS
    return Finding(
        "disk-room",
        state_of(good),
        f"{free_bytes / 1e9:.1f} GB free: {min(hours, 9999):.0f} hours; limit {HOURS:g} hours",
        "" if good else "Make room, or record to another disk.",
        measured=hours,
        limit=HOURS,
        unit="hours",
        values={"free_bytes": free_bytes, "bytes_per_hour": bytes_per_s * 3600},
    )


def check_speed(file: RecordFile, size: int, monotonic: Callable[[], float]) -> Finding:
    """How long the disk takes to have what was written."""
    took: list[float] = []
    began = monotonic()
    try:
        while len(took) < _WRITES and monotonic() - began < _PATIENCE_S:
            before = monotonic()
            file.write(os.urandom(size))
            file.sync()
            took.append(monotonic() - before)
    except OSError as fault:
        if is_full(fault):
            return skipped("disk-speed", "there is no room to try")
        return Finding("disk-speed", State.FAIL, str(fault), "Look at the disk.")
    slowest = max(took)
    good = slowest <= SLOWEST_S
    return Finding(
        "disk-speed",
        state_of(good),
        f"{size / 1000:.0f} kB on the disk in {1e3 * sum(took) / len(took):.1f} ms, at most "
        f"{1e3 * slowest:.1f} ms; limit {1e3 * SLOWEST_S:.0f} ms",
        ""
        if good
        else "This disk answers too slowly: samples would pile up in memory. Record to an "
        "internal disk (not a network drive or a worn memory card), and copy afterwards.",
        measured=1e3 * slowest,
        limit=1e3 * SLOWEST_S,
        unit="ms",
        values={"writes_ms": [round(1e3 * each, 3) for each in took]},
    )
