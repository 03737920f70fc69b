"""A recording survives SIGKILL at any moment: all that was offered 300 ms before is in the file."""

import os
import random
import runpy
import signal
import subprocess
import sys
import time
from pathlib import Path

import emgd.recording
import pytest

FEEDER = Path(__file__).with_name("feeder.py")
KILLS = 25  # on each kind of disk
AT_ONCE = 5
SURE_NS = 300_000_000

feeder = runpy.run_path(str(FEEDER))
PACKET = feeder["PACKET"]


@pytest.fixture
def nursery():
    """The process that forks feeders; what it forked is dead when the test ends."""
    command = [sys.executable, str(FEEDER)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        yield run
        run.stdin.close()
        run.wait()


def offered(journal: Path) -> list[tuple[int, int]]:
    data = journal.read_bytes()
    whole = len(data) - len(data) % feeder["JOURNAL"].size
    return list(feeder["JOURNAL"].iter_unpack(data[:whole]))


def kill_some(nursery, folder: Path, disk: str) -> list[tuple[Path, list[tuple[int, int]], int]]:
    """Start a few feeders, kill each at a random moment: folder, journal and time of death."""
    started = []
    for number in range(AT_ONCE):
        place = folder / str(number)
        place.mkdir(parents=True)
        nursery.stdin.write(f"{place} {place}/journal {disk}\n")
        nursery.stdin.flush()
        pid = int(nursery.stdout.readline())
        started.append((place, pid, time.monotonic() + random.uniform(0.05, 1.2)))
    killed = []
    for place, pid, due in sorted(started, key=lambda one: one[2]):
        time.sleep(max(0.0, due - time.monotonic()))
        moment_ns = time.monotonic_ns()
        os.kill(pid, signal.SIGKILL)
        killed.append((place, place / "journal", moment_ns))
    return killed


@pytest.mark.parametrize("disk", ["good", "slow"])
def test_a_killed_recording_holds_all_but_the_last_moment(nursery, tmp_path, disk):
    recorded = 0
    for turn in range(KILLS // AT_ONCE):
        for place, journal, killed_ns in kill_some(nursery, tmp_path / str(turn), disk):
            files = list(place.glob("*.mcap*"))
            if not files:  # killed before the recording was started
                assert not journal.exists() or not offered(journal)
                continue
            sent = offered(journal)
            got = list(emgd.recording.open(files[0]).messages({"raw"}))
            assert [m.header["first"] for m in got] == [PACKET * i for i in range(len(got))]
            assert len(got) <= len(sent) + 1  # it may die before it writes its journal
            for message in got:
                header, payload = feeder["message"](message.header["first"])
                assert (message.header, message.payload) == (header, payload)
            sure = [first for first, at_ns in sent if at_ns < killed_ns - SURE_NS]
            assert len(got) >= len(sure)
            recorded += len(sure)
    assert recorded > KILLS * 5  # the kills were late enough to mean something
