"""Rights of real time: asked for, and missed with one warning."""

import logging
import subprocess
import sys

import pytest
from emgd import realtime
from emgd.realtime import ask_for_realtime

# As a user without any right, with limits that allow nothing
POOR = """
import logging, os, resource
logging.basicConfig(format="%(levelname)s %(message)s")
resource.setrlimit(resource.RLIMIT_RTPRIO, (0, 0))
resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536))
from emgd.realtime import ask_for_realtime
if os.geteuid() == 0:
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
ask_for_realtime()
print("goes on with policy", os.sched_getscheduler(0))
"""


def test_without_rights_it_goes_on_with_one_warning() -> None:
    done = subprocess.run(
        [sys.executable, "-c", POOR], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "goes on with policy 0\n"
    (warning,) = done.stderr.splitlines()
    assert warning.startswith("WARNING not permitted: real-time scheduling (")
    for needed in ("locked memory", "LimitRTPRIO=40", "LimitMEMLOCK=infinity", "rtprio 40"):
        assert needed in warning


@pytest.fixture
def turns() -> None:
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("turns")
def test_with_rights_nothing_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    asked: list[str] = []
    ask_for_realtime(lambda: asked.append("first"), lambda: asked.append("locked"))
    assert asked == ["first", "locked"]
    assert [record.levelname for record in caplog.records] == ["INFO"]
    assert sys.getswitchinterval() <= 0.001


@pytest.mark.usefixtures("turns")
def test_what_is_refused_is_named(caplog: pytest.LogCaptureFixture) -> None:
    def refuse() -> None:
        raise PermissionError(1, "Operation not permitted")

    ask_for_realtime(lambda: None, refuse)
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert "not permitted: locked memory (Operation not permitted);" in record.message


def test_memory_under_a_limit_is_not_locked(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be locked as long as it fits, and end the daemon later."""

    def refuse(which: int, limits: tuple[int, int]) -> None:
        raise ValueError("not allowed to raise maximum limit")

    monkeypatch.setattr(realtime.resource, "setrlimit", refuse)
    with pytest.raises(PermissionError, match="not infinite"):
        realtime.lock_memory()
