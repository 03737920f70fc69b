"""Disks that are full, slow, broken or gone: nothing stalls, and what is lost is told."""

import contextlib
import errno
import subprocess
import time
from pathlib import Path

import emgd.recording
import numpy as np
import pytest
from emgd.recorder.file import Disk
from emgd.recorder.recorder import Recorder


def blocks(*paths):
    return [
        (m.header, m.payload) for path in paths for m in emgd.recording.open(path).messages({"raw"})
    ]


def told(path, topic):
    return [m.header for m in emgd.recording.open(path).messages({topic})]


def test_a_stall_loses_nothing_and_holds_up_nobody(lab, stream, offer, until):
    recorder = lab.recorder()
    recorder.start("stall")
    offer(recorder, stream.raw())
    lab.disk.awake.clear()
    took_s = []
    for _ in range(3000):  # 60 s of samples, while no write comes back
        message = stream.raw()
        begun_s = time.perf_counter()
        recorder.offer(*message)
        took_s.append(time.perf_counter() - begun_s)
    assert sorted(took_s)[2900] < 0.001
    until(lambda: recorder.status["problem"])
    status = recorder.status
    assert "has not answered" in status["problem"]
    assert abs(status["problem_since_ns"] - time.time_ns()) < 30e9
    lab.disk.awake.set()
    until(lambda: recorder.status["problem"] is None)
    receipt = recorder.stop()
    assert blocks(receipt.path) == stream.packed("raw")
    assert receipt.lost == 0
    assert any("has not answered" in problem for problem in receipt.problems)


def test_a_full_queue_is_a_gap_in_the_file(lab, stream, offer, until):
    recorder = lab.recorder(limit_bytes=100_000)
    recorder.start("overflow", meta=stream.meta()[1])
    lab.disk.awake.clear()
    offer(recorder, *[stream.raw() for _ in range(500)], stream.mark("lost"))
    until(lambda: recorder.status["problem"])
    assert "memory is full" in recorder.status["problem"]
    assert recorder.status["lost"] > 0
    lab.disk.awake.set()
    until(lambda: recorder.status["waiting_bytes"] == 0)
    offer(recorder, *[stream.raw() for _ in range(5)])
    receipt = recorder.stop()
    (gap,) = told(receipt.path, "gap")
    assert (gap["reason"], gap["by"]) == ("overrun", "recorder")
    got = blocks(receipt.path)
    kept = [message for message in stream.packed("raw") if message in got]
    assert got == kept
    sent = stream.packed("raw")
    missing = [h for h, _ in sent if not gap["first"] > h["first"] and (h, _) not in got]
    assert gap["first"] == missing[0]["first"]
    assert gap["missing"] == 20 * len(missing) == receipt.lost == receipt.lost_by_recorder
    assert gap["dropped"] == {"raw": len(missing), "mark": 1}
    assert gap["t_ns"] == missing[0]["t_ns"]


def test_a_full_disk_is_told_and_the_recording_goes_on(lab, stream, offer, until):
    recorder = lab.recorder()
    recorder.start("full", meta=stream.meta()[1])
    offer(recorder, stream.sent[0], *[stream.raw() for _ in range(100)])
    until(lambda: recorder.status["samples"] == 2000)
    lab.disk.room = lab.disk.used + 30_000
    offer(recorder, *[stream.raw() for _ in range(100)])
    until(lambda: recorder.status["problem"])
    assert "full" in recorder.status["problem"]
    first = lab.files()[0]
    assert first.name.endswith(".part")
    assert "not closed" in emgd.recording.open(first).torn
    offer(recorder, *[stream.raw() for _ in range(100)])
    lab.disk.well()
    until(lambda: recorder.status["problem"] is None)
    offer(recorder, *[stream.raw() for _ in range(100)])
    receipt = recorder.stop()
    assert blocks(receipt.path, *receipt.parts) == stream.packed("raw")
    assert (receipt.lost, receipt.samples) == (0, 8000)
    assert Path(receipt.parts[0]).name.endswith("_full_part2.mcap")
    assert [emgd.recording.open(p).torn for p in (receipt.path, *receipt.parts)] == [None, None]
    second = emgd.recording.open(receipt.parts[0])
    assert second.meta == stream.packed("meta")[0][0]
    assert second.about["part"] == "2"
    note, _ = told(receipt.parts[0], "recording")
    assert note["event"] == "part"
    assert note["after"] == receipt.path
    assert any("full" in problem for problem in receipt.problems)


def test_a_long_full_disk_leaves_a_hole_that_is_told(lab, stream, offer, until):
    recorder = lab.recorder(limit_bytes=200_000)
    recorder.start("hole")
    lab.disk.room = lab.disk.used
    offer(recorder, *[stream.raw() for _ in range(1000)])
    until(lambda: recorder.status["problem"])
    lab.disk.well()
    until(lambda: recorder.status["parts"] == 2)
    offer(recorder, *[stream.raw() for _ in range(100)])
    until(lambda: recorder.status["problem"] is None)
    receipt = recorder.stop()
    (gap,) = told(receipt.parts[0], "gap")
    assert "full" in gap["cause"]
    assert receipt.samples + receipt.lost == 1100 * 20
    rec = emgd.recording.open(receipt.parts[0])
    assert np.isin(rec.index, np.arange(gap["first"], gap["first"] + gap["missing"])).sum() == 0
    assert len(rec.index) == receipt.samples


def test_memory_that_was_full_is_well_again_when_nothing_more_comes(lab, stream, offer, until):
    recorder = lab.recorder(limit_bytes=200_000)
    recorder.start("quiet")
    lab.disk.awake.clear()
    offer(recorder, *[stream.raw() for _ in range(1000)])
    until(lambda: "memory is full" in (recorder.status["problem"] or ""))
    lab.disk.awake.set()
    until(lambda: recorder.status["problem"] is None, timeout_s=20)
    receipt = recorder.stop()
    (gap,) = told(receipt.path, "gap")
    assert gap["missing"] == receipt.lost_by_recorder == 20_000 - receipt.samples


@pytest.mark.parametrize("fault", ["sync", "folder"])
def test_a_disk_that_answers_again_is_told_when_nothing_more_comes(
    lab, stream, offer, until, fault
):
    recorder = lab.recorder()
    recorder.start("quiet")
    offer(recorder, *[stream.raw() for _ in range(10)])
    until(lambda: recorder.status["samples"] == 200)
    moved = lab.folder.with_name("moved")
    if fault == "sync":
        lab.disk.sync_fault = errno.EIO
    else:
        lab.folder.rename(moved)
    until(lambda: recorder.status["problem"], timeout_s=20)
    if fault == "sync":
        lab.disk.well()
    else:
        moved.rename(lab.folder)
    until(lambda: recorder.status["problem"] is None, timeout_s=20)
    offer(recorder, *[stream.raw() for _ in range(10)])
    receipt = recorder.stop()
    assert blocks(receipt.path, *receipt.parts) == stream.packed("raw")


def test_a_disk_that_is_full_to_the_end(lab, stream, offer, until):
    recorder = lab.recorder()
    recorder.start("end")
    offer(recorder, *[stream.raw() for _ in range(100)])
    until(lambda: recorder.status["samples"] == 2000)
    lab.disk.room = lab.disk.used
    offer(recorder, *[stream.raw() for _ in range(50)])
    receipt = recorder.stop()
    assert receipt.lost == receipt.lost_by_recorder == 1000
    assert any("1000 samples could not be written" in problem for problem in receipt.problems)
    assert receipt.path.endswith(".part")
    assert blocks(receipt.path) == stream.packed("raw")[:100]


def test_a_removed_file_is_noticed(lab, stream, offer, until):
    recorder = lab.recorder()
    path = recorder.start("gone")
    offer(recorder, *[stream.raw() for _ in range(100)])
    until(lambda: recorder.status["samples"] == 2000)
    path.unlink()
    until(lambda: recorder.status["parts"] == 2 or recorder.status["problem"])
    offer(recorder, *[stream.raw() for _ in range(50)])
    until(lambda: recorder.status["parts"] == 2)
    receipt = recorder.stop()
    assert blocks(receipt.parts[0]) == stream.packed("raw")[100:]
    (gap,) = told(receipt.parts[0], "gap")
    assert (gap["first"], gap["missing"]) == (0, 2000)
    assert (receipt.samples, receipt.lost) == (1000, 2000)
    assert any("is gone" in problem for problem in receipt.problems)


def test_a_removed_folder_is_told_until_it_is_back(lab, stream, offer, until):
    recorder = lab.recorder()
    recorder.start("folder")
    moved = lab.folder.with_name("moved")
    lab.folder.rename(moved)
    offer(recorder, stream.raw())
    until(lambda: recorder.status["problem"])
    assert "gone" in recorder.status["problem"]
    moved.rename(lab.folder)
    offer(recorder, stream.raw())
    until(lambda: recorder.status["problem"] is None)
    receipt = recorder.stop()
    assert blocks(receipt.path, *receipt.parts) == stream.packed("raw")


@pytest.mark.parametrize("call", ["write_fault", "sync_fault"])
def test_a_broken_disk_gets_a_fresh_file(lab, stream, offer, until, call):
    recorder = lab.recorder()
    recorder.start("broken")
    offer(recorder, *[stream.raw() for _ in range(10)])
    until(lambda: recorder.status["samples"] == 200)
    setattr(lab.disk, call, errno.EIO)
    offer(recorder, *[stream.raw() for _ in range(10)])
    until(lambda: recorder.status["problem"])
    assert "faulty disk" in recorder.status["problem"]
    lab.disk.well()
    offer(recorder, *[stream.raw() for _ in range(10)])
    until(lambda: recorder.status["problem"] is None)
    receipt = recorder.stop()
    assert blocks(receipt.path, *receipt.parts) == stream.packed("raw")


def test_a_disk_that_hangs_at_the_end_does_not_hang_the_stop(lab, stream, offer):
    recorder = lab.recorder()
    path = recorder.start("hang")
    lab.disk.awake.clear()
    offer(recorder, stream.raw())
    receipt = recorder.stop(timeout_s=0.3)
    assert any("is not closed" in problem for problem in receipt.problems)
    with pytest.raises(Exception, match="still being closed"):
        recorder.start("next")
    lab.disk.awake.set()
    assert blocks(path) is not None


@contextlib.contextmanager
def small_disk(folder: Path, disk):
    """A tmpfs of 3 MB where the rights allow it, else the real disk with that much room left."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    ballast = folder / "ballast"
    if mounted:
        ballast.write_bytes(bytes(2_400_000))
    else:
        disk.room = 600_000
    try:
        yield Disk() if mounted else disk, ballast.unlink if mounted else disk.well
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)


def test_a_real_small_disk(lab, stream, offer, until):
    with small_disk(lab.folder / "small", lab.disk) as (disk, make_room):
        recorder = Recorder(lab.folder / "small", disk)
        recorder.start("tmpfs", meta=stream.meta()[1])
        try:
            while not recorder.status["problem"]:
                recorder.offer(*stream.raw())
                time.sleep(0.0001)
            assert "full" in recorder.status["problem"]
            readable = blocks(recorder.status["path"])
            assert readable == stream.packed("raw")[: len(readable)]
            make_room()
            until(lambda: not recorder.status["problem"])
            offer(recorder, *[stream.raw() for _ in range(10)])
        finally:
            receipt = recorder.stop()
        assert blocks(receipt.path, *receipt.parts) == stream.packed("raw")
