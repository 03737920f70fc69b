"""The doctor's checks of the PC, on real ports, folders and files, or on facts put in."""

import socket
import subprocess
from pathlib import Path

import pytest
from emgd.config import load
from emgd.doctor.disk import check_disk
from emgd.doctor.facts import (
    Device,
    KernelClock,
    Rights,
    read_clock,
    read_device,
    read_rights,
)
from emgd.doctor.finding import Finding, State
from emgd.doctor.pc import (
    check_clock,
    check_device,
    check_ports,
    check_realtime,
    check_usb_latency,
    devices_of,
)
from emgd.recorder.file import Disk
from support.examined import IN_2026, FullDisk, SlowDisk

FOREVER = float("inf")


def failed(finding: Finding) -> bool:
    assert bool(finding.do) == (finding.state in (State.FAIL, State.WARN))
    return finding.state is State.FAIL


def ports(*endpoints: str, control: str = "tcp://127.0.0.1:0") -> Finding:
    return check_ports(load(None, [], stream=list(endpoints), control=control))


def test_free_ports(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as once:
        port = once.getsockname()[1]
    for _ in range(2):  # looking at them does not take them
        assert not failed(ports(f"tcp://127.0.0.1:{port}", f"ipc://{tmp_path}/stream"))
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_somebody_has() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        finding = ports(f"tcp://127.0.0.1:{taken.getsockname()[1]}")
    assert failed(finding)
    assert "--stream" in finding.do


def test_an_ipc_endpoint_that_somebody_has(tmp_path: Path) -> None:
    path = tmp_path / "stream"
    with socket.socket(socket.AF_UNIX) as taken:
        taken.bind(str(path))
        taken.listen()
        assert failed(ports(f"ipc://{path}"))
        assert path.exists()  # and it has it still
    assert not failed(ports(f"ipc://{path}"))  # what a killed program left is nobody's


def test_an_ipc_endpoint_without_a_folder() -> None:
    finding = ports("tcp://127.0.0.1:0", control="ipc:///nowhere/control")
    assert failed(finding)
    assert "/nowhere" in finding.do
    assert "--control" in finding.do


def device(source: str) -> Finding:
    return check_device(devices_of(source), read_device)


def test_devices(tmp_path: Path) -> None:
    there = tmp_path / "ttyUSB0"
    there.touch()
    assert device("tcp://127.0.0.1:3").state is State.SKIPPED
    assert device("sim:?seed=3").state is State.SKIPPED
    assert not failed(device(f"serial://{there}?baud=921600"))
    gone = device("spi:///dev/spidev99.9?drdy=gpiochip98:26")
    assert failed(gone)
    assert "/dev/spidev99.9 is not there" in gone.do
    assert "/dev/gpiochip98 is not there" in gone.do


def test_a_device_that_this_user_may_not_open() -> None:
    finding = check_device([Path("/dev/ttyUSB0")], lambda _: Device(True, False, "dialout"))
    assert failed(finding)
    assert "usermod -aG dialout" in finding.do


@pytest.mark.parametrize(("milliseconds", "bad"), [("16\n", True), ("2\n", True), ("1\n", False)])
def test_usb_latency(milliseconds: str, bad: bool, tmp_path: Path) -> None:
    """A serial port is mostly named by the link that stays when it is plugged in elsewhere."""
    node, link = tmp_path / "ttyUSB7", tmp_path / "by-id-board"
    node.touch()
    link.symlink_to(node)
    timer = tmp_path / "devices" / "ttyUSB7" / "latency_timer"
    timer.parent.mkdir(parents=True)
    timer.write_text(milliseconds)
    finding = check_usb_latency(f"serial://{link}?baud=921600", tmp_path / "devices")
    assert failed(finding) is bad
    assert finding.measured == int(milliseconds)
    assert not bad or str(timer) in finding.do


def test_usb_latency_where_there_is_none(tmp_path: Path) -> None:
    for source in ("sim:", "tcp://10.0.0.1:3", "spi:///dev/spidev0.0", "serial:///dev/ttyACM0"):
        assert check_usb_latency(source, tmp_path).state is State.SKIPPED


def test_clocks() -> None:
    assert check_clock(KernelClock(True, 0.01, IN_2026, IN_2026 - 1e7)).state is State.OK
    assert check_clock(KernelClock(False, 16.0, IN_2026, IN_2026 - 1e7)).state is State.WARN
    back = check_clock(KernelClock(False, 16.0, 1e6, IN_2026))
    assert failed(back)
    assert "1970-01-12" in back.text


def test_the_clock_of_this_pc() -> None:
    clock = read_clock()
    assert clock.now_s > clock.built_s
    assert 0 <= clock.error_s < 1000


def test_rights() -> None:
    assert check_realtime(Rights(99, FOREVER), needed=True).state is State.OK
    for rights in (Rights(0, FOREVER), Rights(99, 8e6), Rights(39, FOREVER)):
        assert check_realtime(rights, needed=False).state is State.WARN
        assert failed(check_realtime(rights, needed=True))


def test_the_rights_of_this_process() -> None:
    """Against what util-linux says of the same limits."""
    listed = subprocess.run(
        ["prlimit", "--rtprio", "--memlock", "--output=HARD", "--noheadings", "--raw"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    rights = read_rights()
    priority, memory = (FOREVER if each == "unlimited" else float(each) for each in listed)
    assert rights.priority in (min(priority, 99), 99)  # root may have the right beside the limit
    assert rights.memory_bytes in (memory, FOREVER)


def test_a_good_disk(tmp_path: Path) -> None:
    findings = check_disk(tmp_path, Disk(), 50_000, lambda: 0.0)
    assert [finding.check for finding in findings] == ["record-folder", "disk-room", "disk-speed"]
    assert [finding.state for finding in findings] == [State.OK] * 3
    assert list(tmp_path.iterdir()) == []


def test_no_folder_is_named() -> None:
    assert {f.state for f in check_disk(None, Disk(), 5e4, lambda: 0.0)} == {State.SKIPPED}


@pytest.mark.parametrize("make", ["missing", "file", "/proc"])
def test_a_folder_that_cannot_be_written(make: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder, room, speed = check_disk(tmp_path / make, Disk(), 5e4, lambda: 0.0)
    assert failed(folder)
    assert (room.state, speed.state) == (State.SKIPPED, State.SKIPPED)


@pytest.mark.parametrize(("hours", "bad"), [(1.9, True), (2.1, False)])
def test_room(hours: float, bad: bool, tmp_path: Path) -> None:
    free_bytes = Disk().free_bytes(tmp_path)
    _, room, _ = check_disk(tmp_path, Disk(), free_bytes / hours / 3600, lambda: 0.0)
    assert failed(room) is bad
    assert room.measured == pytest.approx(hours, rel=0.05)


def test_a_full_disk(tmp_path: Path) -> None:
    folder, room, speed = check_disk(tmp_path, FullDisk(), 5e4, lambda: 0.0)
    assert not failed(folder)
    assert failed(room)
    assert speed.state is State.SKIPPED
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("sync_s", "bad"), [(1.5, True), (0.2, False)])
def test_a_slow_disk(sync_s: float, bad: bool, tmp_path: Path) -> None:
    disk = SlowDisk(sync_s)
    _, _, speed = check_disk(tmp_path, disk, 5e4, lambda: disk.now_s)
    assert failed(speed) is bad
    assert speed.measured == pytest.approx(1000 * sync_s)
    assert disk.now_s < 6  # a slow one is not tried for long
