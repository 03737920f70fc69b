"""This PC: its ports, devices, clock and rights."""

import getpass
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import zmq

from emgd.doctor.facts import Device, KernelClock, Rights
from emgd.doctor.finding import Finding, State, skipped, state_of
from emgd.publish import EndpointError, bind
from emgd.realtime import PRIORITY
from emgd.settings import Settings
from emgd.sources import spi_address

LATENCY_MS = 1


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


def devices_of(source: str) -> list[Path]:
    """The devices of this PC that a source opens."""
    if source.startswith("serial:"):
        return [Path(urlsplit(source).path)]
    if source.startswith("spi:"):
        address = spi_address(source)
        return [Path(address.device), Path(address.gpio_chip)]
    return []


def check_device(devices: list[Path], read: Callable[[Path], Device]) -> Finding:
    """Whether the devices are there and this user may use them."""
    if not devices:
        return skipped("device", "the source is no device of this PC")
    faults = [fault for path in devices if (fault := _device_fault(path, read(path)))]
    listed = " and ".join(map(str, devices))
    return Finding(
        "device",
        state_of(not faults),
        f"{listed} can{'not' if faults else ''} be used",
        " ".join(faults),
        measured=len(faults),
        limit=0,
        unit="devices",
    )


def _device_fault(path: Path, device: Device) -> str:
    if not device.there:
        return (
            f"{path} is not there. Is the board plugged in and switched on, and on a Raspberry Pi "
            f"SPI enabled (sudo raspi-config)? `ls {path.parent}` shows what is there."
        )
    if not device.usable:
        return (
            f"This user may not open {path}. Let the user into its group: sudo usermod -aG "
            f"{device.group} {getpass.getuser()}, then log out and in again."
        )
    return ""


def check_usb_latency(source: str, devices: Path) -> Finding:
    """How long a USB serial converter waits for more bytes before it hands on what it has."""
    if not source.startswith("serial:"):
        return skipped("usb-latency", "only for boards on a USB serial line")
    device = devices_of(source)[0]
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
    all_memory = rights.memory_bytes == float("inf")
    good = rights.priority >= PRIORITY and all_memory
    state = State.OK if good else State.FAIL if needed else State.WARN
    locked = "all" if all_memory else f"only {rights.memory_bytes / 1e6:.0f} MB of"
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
        f"priority {rights.priority} of {PRIORITY}, may lock {locked} memory",
        "" if good else do,
        measured=rights.priority,
        limit=PRIORITY,
        unit="priority",
    )
