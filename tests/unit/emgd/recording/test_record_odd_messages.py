"""Messages nobody expected break nothing: not the recorder, not the reader, not the exports."""

import contextlib
import string

import emgd.recording
import msgpack
import pytest
from ads1299.source import ChipError, SourceEnded
from emgd.export.timeline import ExportFault, Timeline
from emgd.recorder.backlog import Backlog
from emgd.recorder.entry import pack_entry, unpack_entry
from emgd.recording.info import overview
from emgd.recording.methods import methods
from emgd.recording.recover import recover
from emgd.replay import Replay, replay_of
from emgd.study import StudyFault, from_map
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcap.writer import Writer as McapWriter

plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(1 << 63), (1 << 64) - 1),
    st.floats(),
    st.text(max_size=8),
    st.binary(max_size=8),
)
values = st.recursive(
    plain, lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=3), x, max_size=3)
)
KEYS = """
first n t_ns step_ns seq session missing reason label value sample number onset offset kind muscle
channels rate_hz lead_off status by event filter packet_samples taken_ns arrival_ns uv_per_count
impedance_kohm
"""
TOPICS = "raw gap mark tick meta health interval onset recording odd"
keys = st.sampled_from(KEYS.split())
topics = st.sampled_from(TOPICS.split())
headers = st.dictionaries(keys, values | st.integers(0, 200), max_size=6)
messages = st.lists(st.tuples(topics, headers, st.binary(max_size=64)), max_size=8)
loose = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@loose
@given(odd=messages)
def test_odd_messages_are_kept_and_read(lab, odd):
    recorder = lab.recorder()
    recorder.start("odd", meta={"rate_hz": None})
    for message in odd:
        recorder.offer(*message)
    receipt = recorder.stop()
    assert receipt.problems == ()
    rec = emgd.recording.open(receipt.path)
    kept = [tuple(m[0:1] + m[2:]) for m in rec.messages() if m.header.get("name") != "odd"]
    assert repr(kept[1:]) == repr(odd)  # the meta of the start comes first
    found = overview(rec)
    assert found.table()
    assert methods(found, rec.study)
    assert found.as_map()


@loose
@given(odd=messages)
def test_odd_recordings_are_replayed_or_refused(lab, stream, odd):
    recorder = lab.recorder()
    recorder.start("odd")
    recorder.offer(*stream.meta())
    for message in odd:
        recorder.offer(*message)
    source = Replay(recorder.stop().path, float("inf"))
    with contextlib.suppress(ChipError, SourceEnded):
        source.start(lambda: None)
        while True:
            source.read(0)


@loose
@given(header=headers, payload=st.binary(max_size=30))
def test_packing_gives_back_what_was_packed(header, payload):
    entry = pack_entry("raw", header, payload)
    back = unpack_entry(entry.data)
    assert repr(back) == repr((header, payload))
    assert 0 <= entry.sequence < 1 << 32
    assert 0 <= entry.log_ns < 1 << 63
    assert msgpack.unpackb(entry.data).get("data", b"") == payload


def drive(backlog, steps):
    """Put, take, begin and end as the steps say; gives what each recording took."""
    running, recordings, seq = False, [[]], 0
    for step in [*steps, "end"]:
        if step == "begin" and not running:
            backlog.begin("x", None)
            running = True
        elif step == "end" and running:
            backlog.end("x")
            running = False
        elif isinstance(step, int):
            for _ in range(step):
                header = {"seq": seq, "first": seq, "n": 1}
                backlog.put(pack_entry("raw", header), header)
                seq += 1
        if step in ("take", "end"):
            took = backlog.take()
            backlog.done(took)
            recordings[-1] += took
        if step == "end":
            recordings.append([])
    return recordings


@loose
@given(st.lists(st.one_of(st.integers(1, 9), st.sampled_from(["take", "begin", "end"]))))
def test_the_backlog_keeps_order_and_tells_what_it_drops(steps):
    for recording in drive(Backlog(20_000, 1e9), steps):
        taken = [(entry.topic, unpack_entry(entry.data)[0]) for entry in recording]
        got = [header["seq"] for topic, header in taken if topic == "raw"]
        gaps = [header for topic, header in taken if topic == "gap"]
        covered = {gap["first"] + i for gap in gaps for i in range(gap["missing"])}
        assert got == sorted(set(got))
        assert not covered & set(got)
        known = covered | set(got)
        assert known == set(range(min(known, default=0), max(known, default=-1) + 1))


@given(st.dictionaries(st.sampled_from(["task", "mains_hz", "side", "odd", "notes"]), values))
def test_any_study_is_a_study_or_a_list_of_faults(told):
    with pytest.raises(StudyFault) as raised:
        from_map(told)
    assert len(raised.value.faults) >= 7


@given(st.text(string.printable, max_size=30))
def test_any_address_is_a_replay_or_refused(text):
    with contextlib.suppress(ChipError):
        assert isinstance(replay_of(f"file:{text}"), Replay)


def test_a_recording_that_changes_its_channels_is_refused_by_the_exports(
    record, make_stream, tmp_path
):
    from emgd.export.bdf import write_bdf

    four, eight = make_stream(4), make_stream(8)
    four.meta()
    four.raw()
    eight.first = 20
    four.sent.append(eight.raw())
    rec = record(four)
    assert sum(1 for _ in Timeline(rec)) == 2
    with pytest.raises(ExportFault, match="number of channels"):
        write_bdf(rec, tmp_path / "x.bdf")
    assert list(tmp_path.glob("x.bdf")) == []


@pytest.mark.parametrize("message", [b"\x91\x01", b"\xc0", b"\xa1x", b"\xc1", b"", b"\x81"])
def test_messages_that_are_no_maps_are_told_in_a_sentence(message, tmp_path):
    path = tmp_path / "odd.mcap"
    with path.open("wb") as file:
        writer = McapWriter(file)
        writer.start("", "another program")
        channel = writer.register_channel("raw", "msgpack", 0)
        writer.add_message(channel, 5, message, 5)
        writer.finish()
    with pytest.raises(emgd.recording.RecordingFault, match="no msgpack maps"):
        overview(emgd.recording.open(path))
    with pytest.raises(emgd.recording.RecordingFault, match="no msgpack maps"):
        recover(path, tmp_path / "whole.mcap", lambda _share: None)
    assert list(tmp_path.iterdir()) == [path]
