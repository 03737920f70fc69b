"""This PC: its ports, devices, clock and rights."""

import ctypes
import getpass
import grp
import os
import resource
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import zmq

from emgd.doctor.finding import Finding, State, skipped, state_of
from emgd.publish import EndpointError, bind
from emgd.recorder.file import Disk, Storage
from emgd.settings import Settings

LATENCY_MS = 1
PRIORITY = 40  # what the daemon asks for on SPI
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
    clock: Callable[[], KernelClock] = read_clock
    rights: Callable[[], Rights] = read_rights
    monotonic: Callable[[], float] = time.monotonic


def check_ports(settings: Settings) -> Finding:
    """Whether the daemon will get its endpoints."""
    faults = []
    asked = [*(("stream", one) for one in settings.stream), ("control", settings.control)]
    with zmq.Context() as context:
        for key, endpoint in asked:
            try:
                _try_endpoint(context, key, endpoint)
            except (EndpointError, OSError) as fault:
                faults.append(str(fault))
    return Finding(
        "ports",
        state_of(not faults),
        f"{len(asked) - len(faults)} of {len(asked)} endpoints free",
        " ".join(faults),
        measured=len(faults),
        limit=0,
        unit="endpoints taken",
        values={"endpoints": [endpoint for _, endpoint in asked]},
    )


def _try_endpoint(context: "zmq.Context[zmq.Socket[bytes]]", key: str, endpoint: str) -> None:
    if not endpoint.startswith("ipc://"):
        with context.socket(zmq.XPUB) as probe:
            bind(probe, endpoint, key)
        return
    path = Path(endpoint.removeprefix("ipc://"))  # binding would take it away from who has it
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise EndpointError(
            f"{key}: cannot bind {endpoint}: {path.parent} does not exist, or this user may not "
            f"write there. Choose another one with --{key}."
        )
    with socket.socket(socket.AF_UNIX) as probe_socket:
        if probe_socket.connect_ex(str(path)) == 0:
            raise EndpointError(
                f"{key}: {endpoint}: another program has it. Choose another one with --{key}."
            )


def device_of(source: str) -> Path | None:
    """The device that a source opens; None where it is none of this PC."""
    parts = urlsplit(source)
    return Path(parts.path) if parts.scheme in ("serial", "spi") else None


def check_device(device: Path | None) -> Finding:
    """Whether the device is there and this user may use it."""
    if device is None:
        return skipped("device", "the source is no device of this PC")
    do = ""
    if not device.exists():
        do = (
            f"{device} is not there. Is the board plugged in and switched on? `ls "
            f"{device.parent}` shows what is."
        )
    elif not os.access(device, os.R_OK | os.W_OK):
        group = _group_of(device)
        do = (
            f"This user may not open {device}. Let the user into its group: sudo usermod -aG "
            f"{group} {getpass.getuser()}, then log out and in again."
        )
    return Finding(
        "device", state_of(not do), f"{device}: {'cannot be used' if do else 'can be used'}", do
    )


def _group_of(device: Path) -> str:
    try:
        return grp.getgrgid(device.stat().st_gid).gr_name
    except KeyError:
        return str(device.stat().st_gid)


def check_usb_latency(source: str, devices: Path) -> Finding:
    """How long a USB serial converter waits for more bytes before it hands on what it has."""
    device = device_of(source)
    if device is None or urlsplit(source).scheme != "serial":
        return skipped("usb-latency", "only for boards on a USB serial line")
    timer = devices / device.resolve().name / "latency_timer"
    try:
        latency_ms = int(timer.read_text())
    except (OSError, ValueError):
        return skipped("usb-latency", f"{device} has no latency timer")
    good = latency_ms <= LATENCY_MS
    return Finding(
        "usb-latency",
        state_of(good),
        f"{latency_ms} ms; limit {LATENCY_MS} ms",
        ""
        if good
        else f"Samples and marks come up to {latency_ms} ms late: echo 1 | sudo tee {timer}, or "
        "install the udev rule that comes with emgd.",
        measured=latency_ms,
        limit=LATENCY_MS,
        unit="ms",
    )


def check_clock(clock: KernelClock) -> Finding:
    """Whether UTC times of this PC can be compared with those of others."""
    state, do = State.OK, ""
    text = f"synchronised, off by at most {clock.error_s:.3f} s"
    if clock.now_s < clock.built_s - 86400:
        state = State.FAIL
        day = time.strftime("%Y-%m-%d", time.gmtime(clock.now_s))
        text = f"this PC believes that it is {day}, before this program was installed"
        do = "Set date and time (timedatectl set-time), or connect this PC to a time server."
    elif not clock.synchronised:
        state = State.WARN
        text = "not synchronised with a time server"
        do = (
            "Times within a recording are right, but can be off against other computers. Switch "
            "it on with: sudo timedatectl set-ntp true (it needs a network)."
        )
    return Finding(
        "clock",
        state,
        text,
        do,
        measured=clock.error_s if clock.synchronised else None,
        unit="s",
        values={"synchronised": clock.synchronised},
    )


def check_realtime(rights: Rights, needed: bool) -> Finding:
    """Whether the daemon may run before everything else: a must where it reads the chip itself."""
    good = rights.priority >= PRIORITY and rights.memory_bytes == float("inf")
    state = State.OK if good else State.FAIL if needed else State.WARN
    locked = "any" if rights.memory_bytes == float("inf") else f"{rights.memory_bytes / 1e6:.0f} MB"
    user = getpass.getuser()
    do = (
        f"Put the lines '{user} - rtprio {PRIORITY}' and '{user} - memlock unlimited' into "
        "/etc/security/limits.d/emgd.conf, then log out and in again."
    )
    if not needed:
        do = f"This source can do without, unless this PC is very busy. {do}"
    return Finding(
        "realtime",
        state,
        f"priority up to {rights.priority}, {locked} memory locked; wanted {PRIORITY} and any",
        "" if good else do,
        measured=rights.priority,
        limit=PRIORITY,
        unit="priority",
    )
