"""Processes that feed a recorder at 1000 Hz until they are killed.

Reads orders `FOLDER JOURNAL` line by line, forks one process for each and answers with its id.
The journal tells what was offered when, so that the test knows what has to be in the file.
"""

import os
import random
import struct
import sys
import time
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
from emgd.recorder.file import Disk, RecordFile, Storage
from emgd.recorder.recorder import Recorder

PACKET = 20
CHANNELS = 8
JOURNAL = struct.Struct("<QQ")  # first sample, monotonic ns after it was offered
EPOCH_NS = 1_800_000_000_000_000_000


def message(first: int) -> tuple[dict[str, Any], bytes]:
    """The block that begins at this sample: always the same."""
    random_numbers = np.random.default_rng(first)
    counts = random_numbers.integers(-(1 << 23), 1 << 23, (PACKET, CHANNELS), np.int32)
    header = {
        "v": 1,
        "session": "feeder",
        "seq": first // PACKET,
        "first": first,
        "n": PACKET,
        "t_ns": EPOCH_NS + first * 1_000_000,
        "step_ns": 1e6,
        "dtype": "<i4",
        "unit": "count",
        "status": random_numbers.bytes(3 * PACKET),
    }
    return header, counts.astype("<i4").tobytes()


def meta() -> dict[str, Any]:
    """As the daemon says it at the start."""
    channel = {"muscle": "", "gain": 24, "uv_per_count": 0.0223517, "active": True}
    return {
        "v": 1,
        "session": "feeder",
        "seq": 0,
        "rate_hz": 1000,
        "packet_samples": PACKET,
        "channels": [{"name": f"c{c + 1}", **channel} for c in range(CHANNELS)],
    }


class SlowFile:
    """A file on a disk that takes its time."""

    def __init__(self, file: RecordFile) -> None:
        self._file = file

    def write(self, data: bytes) -> None:
        time.sleep(random.uniform(0.0, 0.05))
        self._file.write(data)

    def sync(self) -> None:
        self._file.sync()
        time.sleep(random.uniform(0.0, 5.0))

    def truncate(self, size: int) -> None:
        self._file.truncate(size)

    def attached(self) -> bool:
        return self._file.attached()

    def close(self) -> None:
        self._file.close()


class SlowDisk(Disk):
    """A disk of such files."""

    def create(self, path: Path) -> RecordFile:
        return SlowFile(super().create(path))


def feed(folder: Path, journal: Path, storage: Storage) -> None:
    """Offer a block every 20 ms, for ever."""
    recorder = Recorder(folder, storage)
    log = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    recorder.offer("meta", meta(), b"")
    recorder.start("killed", meta=meta())
    begun, first = time.monotonic(), 0
    while True:
        due = begun + first / 1000
        time.sleep(max(0.0, due - time.monotonic()))
        header, payload = message(first)
        recorder.offer("raw", header, payload)
        os.write(log, JOURNAL.pack(first, time.monotonic_ns()))
        first += PACKET


def main() -> None:
    msgpack.packb({})
    for line in sys.stdin:
        folder, journal, disk = line.split()
        pid = os.fork()
        if pid == 0:
            random.seed(os.getpid())
            feed(Path(folder), Path(journal), SlowDisk() if disk == "slow" else Disk())
        print(pid, flush=True)


if __name__ == "__main__":
    main()
