"""`emgd` on a disk that stalls or is full as long as a file says so; run with Python's -m."""

import errno
import os
import sys
import time
from pathlib import Path

from emgd.cli import main
from emgd.recorder import recorder
from emgd.recorder.file import Disk, DiskFile

MOOD = "EMGD_TEST_MOOD"  # the variable that names the file; in it "stalled", "full" or nothing


def feel() -> None:
    mood = Path(os.environ[MOOD])
    while (said := mood.read_text()) == "stalled":
        time.sleep(0.02)
    if said == "full":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class MoodyFile(DiskFile):
    def write(self, data: bytes) -> None:
        feel()
        super().write(data)

    def sync(self) -> None:
        feel()
        super().sync()


class MoodyDisk(Disk):
    def create(self, path: Path) -> MoodyFile:
        feel()
        return MoodyFile(path)

    def free_bytes(self, folder: Path) -> int:
        return 0 if Path(os.environ[MOOD]).read_text() == "full" else super().free_bytes(folder)

    def write_text(self, path: Path, text: str) -> None:
        feel()
        super().write_text(path, text)


if __name__ == "__main__":
    recorder.Disk = MoodyDisk
    sys.exit(main())
