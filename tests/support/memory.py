"""What a process holds in memory, as the kernel counts it."""

import os
from pathlib import Path


def resident_bytes() -> int:
    """Resident memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
