"""What this PC is asked about itself; tests put other answers in their place."""

import ctypes
import grp
import os
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from emgd.recorder.file import Disk, Storage

_UNSYNCHRONISED = 0x40  # STA_UNSYNC of timex.h
_CAP_SYS_NICE, _CAP_SYS_RESOURCE = 23, 24


@dataclass(frozen=True, slots=True)
class KernelClock:
    """What the kernel knows of its clock."""

    synchronised: bool
    error_s: float  # at most, as whoever sets it says
    now_s: float  # UTC since 1970
    built_s: float  # when the daemon's own files were made: it cannot be earlier


@dataclass(frozen=True, slots=True)
class Rights:
    """What this user may."""

    priority: int
    memory_bytes: float  # that may be locked


@dataclass(frozen=True, slots=True)
class Device:
    """What this user can do with a device."""

    there: bool
    usable: bool
    group: str  # whose members may use it


def read_device(path: Path) -> Device:
    """Look at it without opening it: that resets some boards."""
    if not path.exists():
        return Device(False, False, "")
    group = path.stat().st_gid
    try:
        name = grp.getgrgid(group).gr_name
    except KeyError:
        name = str(group)
    return Device(True, os.access(path, os.R_OK | os.W_OK), name)


def read_clock() -> KernelClock:
    """Ask the kernel (adjtimex), which changes nothing."""
    timex = (ctypes.c_long * 64)()  # `modes` 0 in front: only read; offset, freq, maxerror, ...
    libc = ctypes.CDLL(None, use_errno=True)
    state = libc.adjtimex(ctypes.byref(timex))
    status = ctypes.c_int.from_buffer(timex, 5 * ctypes.sizeof(ctypes.c_long)).value
    return KernelClock(
        synchronised=state >= 0 and not status & _UNSYNCHRONISED,
        error_s=timex[3] / 1e6,
        now_s=time.time(),
        built_s=Path(__file__).stat().st_mtime,
    )


def read_rights() -> Rights:
    """Limits of this process; some capabilities stand above them."""
    words = Path("/proc/self/status").read_text().partition("CapEff:")[2].split()
    capabilities = int(words[0], 16) if words else 0
    priority = resource.getrlimit(resource.RLIMIT_RTPRIO)[1]
    memory = resource.getrlimit(resource.RLIMIT_MEMLOCK)[1]
    if priority == resource.RLIM_INFINITY or capabilities >> _CAP_SYS_NICE & 1:
        priority = 99
    unlimited = memory == resource.RLIM_INFINITY or capabilities >> _CAP_SYS_RESOURCE & 1
    return Rights(priority, float("inf") if unlimited else memory)


@dataclass(frozen=True, slots=True)
class Pc:
    """Where the facts about this PC come from; tests put others in their place."""

    storage: Storage = field(default_factory=Disk)
    usb_serial: Path = Path("/sys/bus/usb-serial/devices")
    device: Callable[[Path], Device] = read_device
    clock: Callable[[], KernelClock] = read_clock
    rights: Callable[[], Rights] = read_rights
    monotonic: Callable[[], float] = time.monotonic
