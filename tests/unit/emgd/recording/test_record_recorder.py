"""What is offered is in the file: all of it, in order, bit for bit; and the trouble is told."""

import errno
import threading
import time
from pathlib import Path

import emgd.recording
import pytest
from emgd.recorder.trouble import RecordError


def read(path, *topics):
    return [(m.header, m.payload) for m in emgd.recording.open(path).messages(set(topics))]


def test_everything_offered_is_in_the_file(lab, stream, offer):
    recorder = lab.recorder()
    recorder.start("all", meta=stream.meta()[1])
    offer(recorder, stream.sent[0])
    for number in range(50):
        offer(recorder, stream.raw(), stream.tick(number))
        offer(recorder, stream.say("blink_v2", b"\0\xff", sample=stream.first, depth={"a": [1]}))
    offer(recorder, stream.gap(40), stream.raw(), stream.mark("face_on", 3))
    offer(recorder, stream.say("emg", b"1234", first=0), stream.say("env", b"1234", first=0))
    receipt = recorder.stop()
    for topic in ("raw", "tick", "gap", "mark", "blink_v2"):
        assert read(receipt.path, topic) == stream.packed(topic)
    order = [m.header for m in emgd.recording.open(receipt.path).messages({"raw", "tick", "gap"})]
    assert order == [h for topic, h, _ in stream.sent if topic in ("raw", "tick", "gap")]
    assert read(receipt.path, "emg", "env") == []
    assert (receipt.samples, receipt.gaps, receipt.lost) == (51 * 20, 1, 40)
    assert receipt.marks == {"face_on": 1}
    assert receipt.events == {"blink_v2": 50}
    assert (receipt.ticks, receipt.last_tick) == (50, 49)
    assert receipt.bytes == Path(receipt.path).stat().st_size


def test_a_header_may_be_used_again_after_the_offer(lab, stream):
    recorder = lab.recorder()
    recorder.start("reuse")
    topic, header, payload = stream.mark("one")
    recorder.offer(topic, header, payload)
    header["label"] = "changed"
    assert read(recorder.stop().path, "mark")[0][0]["label"] == "one"


def test_the_last_30_seconds_come_first_and_are_told_apart(lab, stream, offer):
    recorder = lab.recorder()
    meta = stream.meta()
    offer(recorder, meta)
    for _ in range(2000):  # 40 s
        offer(recorder, stream.raw())
    recorder.start("late", meta=meta[1])
    offer(recorder, *[stream.raw() for _ in range(100)])
    receipt = recorder.stop()
    told = list(emgd.recording.open(receipt.path).messages({"meta", "raw", "recording"}))
    assert told[0].header == meta[1]
    firsts = [m.header["first"] for m in told if m.topic == "raw"]
    assert firsts == list(range(firsts[0], 42_000, 20))
    assert firsts[0] == 40_000 - 30_000
    start = next(i for i, m in enumerate(told) if m.topic == "recording")
    assert told[start].header["event"] == "start"
    assert told[start].header["sample"] == told[start + 1].header["first"] == 40_000
    assert (receipt.samples, receipt.pre_samples) == (2000, 30_000)


def test_the_ring_does_not_grow_without_samples_either(lab, stream):
    recorder = lab.recorder(pre_record_s=0.05)
    for _ in range(5):
        recorder.offer(*stream.say("health"))
        time.sleep(0.03)
    recorder.start("ring")
    assert 1 <= len(read(recorder.stop().path, "health")) <= 2


def test_a_meta_that_left_the_ring_is_still_the_first_message(lab, stream, offer):
    recorder = lab.recorder(pre_record_s=1)
    old, new = stream.meta(), stream.meta(firmware="2.0")
    offer(recorder, old)
    offer(recorder, *[stream.raw() for _ in range(200)])
    offer(recorder, new)
    recorder.start("two-metas", meta=new[1])
    path = recorder.stop().path
    assert [header for header, _ in read(path, "meta")] == [old[1], new[1]]


def test_between_recordings_nothing_is_kept_twice(lab, stream, offer):
    recorder = lab.recorder()
    offer(recorder, stream.meta(), stream.raw())
    recorder.start("first")
    offer(recorder, stream.raw())
    first = recorder.stop().path
    offer(recorder, stream.raw())
    recorder.start("second")
    second = recorder.stop().path
    assert read(first, "raw") + read(second, "raw") == stream.packed("raw")
    assert len(read(second, "meta")) == 1


def test_what_cannot_be_packed_is_counted_and_stops_nothing(lab, stream, offer):
    recorder = lab.recorder()
    recorder.start("odd")
    recorder.offer("odd", {"what": object()}, b"")
    recorder.offer("odd", {"big": 1 << 70}, b"")
    offer(recorder, stream.raw())
    assert recorder.refused == 2
    assert recorder.stop().samples == 20


def test_odd_headers_are_kept_as_they_are(lab):
    recorder = lab.recorder()
    recorder.start("odd")
    odd = [{}, {"t_ns": "soon"}, {"t_ns": -5, "seq": -1}, {"seq": 1 << 40, "n": None, "first": "x"}]
    for header in odd:
        recorder.offer("raw", header, b"")
        recorder.offer("gap", header, b"")
        recorder.offer("health", header, b"")
    path = recorder.stop().path
    assert [h for h, _ in read(path, "raw")] == odd


def test_a_name_is_never_used_twice(lab, stream):
    recorder = lab.recorder()
    paths = []
    for _ in range(3):
        recorder.start("same")
        paths.append(recorder.stop().path)
    assert len(set(paths)) == 3
    assert all(path.endswith(".mcap") for path in paths)


def test_a_file_that_took_the_final_name_is_left_alone(lab):
    recorder = lab.recorder()
    part = recorder.start("taken")
    other = part.with_suffix("")
    other.write_text("somebody else's")
    path = recorder.stop().path
    assert other.read_text() == "somebody else's"
    assert Path(path).name == other.stem + "-2.mcap"


def test_the_name_says_when_and_what(lab):
    recorder = lab.recorder()
    part = recorder.start("sub-01_task-films")
    assert part.name.endswith("_sub-01_task-films.mcap.part")
    assert part.name[:15].replace("-", "").isdigit()
    assert part.exists()


@pytest.mark.parametrize("name", ["", "a b", "../etc", "a/b", "ä", "x" * 121, None, 3])
def test_a_bad_name_is_refused(lab, name):
    with pytest.raises(RecordError) as told:
        lab.recorder().start(name)
    assert told.value.code == "bad_name"
    assert lab.files() == []


def test_one_recording_at_a_time(lab):
    recorder = lab.recorder()
    with pytest.raises(RecordError) as told:
        recorder.stop()
    assert told.value.code == "not_recording"
    path = recorder.start("one")
    with pytest.raises(RecordError, match=str(path)) as told:
        recorder.start("two")
    assert told.value.code == "busy"


def test_a_missing_folder_is_told_with_the_cure(lab):
    recorder = lab.recorder()
    lab.folder.rename(lab.folder.with_name("moved"))
    with pytest.raises(RecordError, match="mkdir -p") as told:
        recorder.start("nowhere")
    assert told.value.code == "no_folder"
    lab.folder.with_name("moved").rename(lab.folder)


@pytest.mark.parametrize(
    ("fault", "code"),
    [(errno.EACCES, "no_rights"), (errno.EROFS, "no_rights"), (errno.EIO, "disk")],
)
def test_a_folder_that_cannot_be_written_is_told(lab, fault, code):
    lab.disk.create_fault = fault
    with pytest.raises(RecordError) as told:
        lab.recorder().start("no")
    assert told.value.code == code


def test_no_room_is_told_before_the_start(lab):
    lab.disk.room = 1000
    with pytest.raises(RecordError) as told:
        lab.recorder().start("no")
    assert told.value.code == "no_room"
    assert lab.files() == []


def test_little_room_is_a_warning_and_no_reason_to_refuse(lab, stream, caplog):
    lab.disk.room = 2_000_000
    recorder = lab.recorder()
    recorder.start("tight", meta=stream.meta()[1])
    assert "more minutes" in caplog.text
    assert recorder.recording


def test_an_empty_recording_is_called_that(lab):
    recorder = lab.recorder()
    recorder.start("nothing")
    receipt = recorder.stop()
    assert receipt.verdict == "empty"
    assert "THIS RECORDING IS EMPTY" in receipt.text()
    assert "THIS RECORDING IS EMPTY" in Path(receipt.path[:-5] + ".receipt.txt").read_text()
    assert receipt.as_map()["verdict"] == "empty"


def test_nearly_empty_is_told_too(lab, stream, offer):
    recorder = lab.recorder()
    recorder.start("short")
    offer(recorder, stream.raw())
    assert recorder.stop().verdict == "nearly empty"


def test_status_follows_the_file(lab, stream, offer, until):
    recorder = lab.recorder()
    assert recorder.status is None
    path = recorder.start("status")
    offer(recorder, *[stream.raw() for _ in range(10)])
    until(lambda: recorder.status["samples"] == 200)
    until(lambda: recorder.status["free_bytes"])
    status = recorder.status
    assert status["path"] == str(path)
    assert status["bytes"] == path.stat().st_size
    assert status["problem"] is None
    recorder.stop()
    assert recorder.status is None


def test_what_was_offered_is_on_its_way_within_a_chunk(lab, stream, offer, until):
    recorder = lab.recorder()
    path = recorder.start("soon")
    offer(recorder, stream.raw())
    offered_s = time.monotonic()
    until(lambda: read(path, "raw"))
    assert time.monotonic() - offered_s < 0.25


def test_who_it_is_about_is_in_the_file(lab):
    recorder = lab.recorder()
    recorder.start("who", info={"participant": "P07", "age": 31, "notes": ["left-handed", None]})
    rec = emgd.recording.open(recorder.stop().path)
    assert rec.info == {"participant": "P07", "age": 31, "notes": ["left-handed", None]}
    assert rec.name == "who"


def open_files():
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_no_file_handle_and_no_thread_is_left(lab):
    recorder = lab.recorder()
    before = (open_files(), threading.active_count())
    for _ in range(3):
        recorder.start("leak")
        recorder.stop()
    until_s = time.monotonic() + 5
    while threading.active_count() > before[1] and time.monotonic() < until_s:
        time.sleep(0.01)
    # other tests' leavings may go meanwhile, nothing may come
    assert open_files() <= before[0]
    assert threading.active_count() <= before[1]
