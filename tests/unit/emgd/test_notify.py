"""What the service manager is told, read from a real socket."""

import os
import socket
from itertools import pairwise
from pathlib import Path

import pytest
from emgd.notify import Notifier, notifier_of


class Manager:
    """The other end of NOTIFY_SOCKET, as sd_notify(3) describes it."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self._socket.setblocking(False)

    def heard(self) -> list[str]:
        words = []
        while True:
            try:
                words.append(self._socket.recv(4096).decode())
            except BlockingIOError:
                return words

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["path", "abstract"])
def manager(request, tmp_path):
    name = f"@emgd-test-{os.getpid()}" if request.param == "abstract" else f"{tmp_path}/notify"
    manager = Manager(name)
    yield manager
    manager.close()


def test_the_first_status_says_that_the_service_is_ready(manager):
    notifier = notifier_of({"NOTIFY_SOCKET": manager.address})
    notifier.tell("waiting for\nthe board")
    notifier.tell("waiting for\nthe board")
    notifier.tell("streaming")
    notifier.stopping()
    assert manager.heard() == [
        "READY=1\nSTATUS=waiting for the board",
        "STATUS=streaming",
        "STOPPING=1",
    ]
    notifier.close()
    notifier.stopping()
    assert manager.heard() == []


def test_the_watchdog_is_fed_often_enough_and_no_oftener(manager):
    now = [100.0]
    notifier = Notifier(manager.address, watchdog_s=10.0, monotonic=lambda: now[0])
    fed = []
    for _ in range(400):  # 40 s, asked ten times a second
        notifier.feed()
        fed += [now[0]] * len(manager.heard())
        now[0] += 0.1
    pauses = [b - a for a, b in pairwise(fed)]
    assert max(pauses) < 10.0 / 2  # as sd_watchdog_enabled(3) asks for
    assert len(fed) < 40
    notifier.close()


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"WATCHDOG_USEC": "no number"},
        {"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": str(os.getpid() + 1)},
    ],
)
def test_no_watchdog_is_fed_that_is_not_asked_for_or_is_anothers(manager, environ):
    notifier = notifier_of({"NOTIFY_SOCKET": manager.address, **environ})
    notifier.feed()
    assert manager.heard() == []
    notifier.close()


def test_the_environment_of_a_service_starts_the_feeding(manager):
    environ = {
        "NOTIFY_SOCKET": manager.address,
        "WATCHDOG_USEC": "3000000",
        "WATCHDOG_PID": str(os.getpid()),
    }
    notifier = notifier_of(environ)
    notifier.feed()
    assert manager.heard() == ["WATCHDOG=1"]
    notifier.close()


def test_a_manager_that_is_gone_or_never_reads_harms_nobody(tmp_path: Path):
    path = str(tmp_path / "notify")
    manager = Manager(path)
    notifier = notifier_of({"NOTIFY_SOCKET": path})
    for turn in range(10_000):  # more than its queue holds
        notifier.tell(f"streaming {turn}")
    manager.close()
    notifier.tell("nobody there")
    notifier.close()


def test_without_a_manager_nothing_is_said():
    notifier = notifier_of({})
    notifier.tell("streaming")
    notifier.feed()
    notifier.reloading()
    notifier.reloaded()
    notifier.close()
