"""Files cut anywhere, or damaged anywhere, are read as far as they are whole, and never wrongly."""

from pathlib import Path

import emgd.recording
import pytest
from emgd.recording import RecordingFault
from emgd.recording.recover import recover, recovered_path
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcap.reader import make_reader


@pytest.fixture
def made(lab, stream, offer, until):
    """A recording of many small chunks, with its stream."""
    recorder = lab.recorder()
    recorder.start("whole", info={"participant": "P1"}, meta=stream.meta()[1])
    for number in range(8):
        offer(recorder, *[stream.raw() for _ in range(3)], stream.tick(number))
        until(lambda: recorder.status["samples"] == stream.first)
    return Path(recorder.stop().path), stream


def messages(path):
    return [(m.header, m.payload) for m in emgd.recording.open(path).messages({"raw"})]


quick = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@quick
@given(data=st.data())
def test_a_cut_anywhere_leaves_a_readable_file(made, tmp_path, data):
    path, stream = made
    whole = path.read_bytes()
    cut = data.draw(st.integers(0, len(whole) - 1))
    torn = tmp_path / "torn.mcap.part"
    torn.write_bytes(whole[:cut])
    got = messages(torn)
    assert got == stream.packed("raw")[: len(got)]
    assert emgd.recording.open(torn).torn
    target = tmp_path / "torn.mcap"
    target.unlink(missing_ok=True)
    done = recover(torn, target, lambda read: None)
    assert messages(target) == got
    assert emgd.recording.open(target).torn is None
    assert done.receipt.samples == 20 * len(got)
    with target.open("rb") as file:
        reader = make_reader(file, validate_crcs=True)
        assert sum(1 for _ in reader.iter_messages("raw")) == len(got)


@quick
@given(data=st.data())
def test_damage_anywhere_never_gives_wrong_samples(made, tmp_path, data):
    path, stream = made
    whole = bytearray(path.read_bytes())
    at = data.draw(st.integers(8, len(whole) - 1))
    for place in range(at, min(len(whole), at + data.draw(st.integers(1, 40)))):
        whole[place] = data.draw(st.integers(0, 255))
    bad = tmp_path / "bad.mcap"
    bad.write_bytes(whole)
    sent = stream.packed("raw")
    assert all(message in sent for message in messages(bad))


def test_each_whole_chunk_is_there(made, tmp_path):
    path, stream = made
    whole = path.read_bytes()
    found = []
    for cut in range(0, len(whole), len(whole) // 40):
        torn = tmp_path / "torn.mcap"
        torn.write_bytes(whole[:cut])
        found.append(len(messages(torn)))
    assert found == sorted(found)
    assert found[-1] == len(stream.packed("raw"))


def test_recover_keeps_what_the_file_says_of_itself(made, tmp_path):
    path, _ = made
    torn = tmp_path / "x.mcap"
    torn.write_bytes(path.read_bytes()[:-400])
    target = recovered_path(torn)
    assert target.name == "x_recovered.mcap"
    recover(torn, target, lambda read: None)
    before, after = emgd.recording.open(path), emgd.recording.open(target)
    assert after.info == {"participant": "P1"}
    assert (after.name, after.about, after.schemas) == (before.name, before.about, before.schemas)


def test_recover_replaces_nothing(made, tmp_path):
    path, _ = made
    target = tmp_path / "there.mcap"
    target.write_text("mine")
    with pytest.raises(RecordingFault, match="exists already"):
        recover(path, target, lambda read: None)
    assert target.read_text() == "mine"


@pytest.mark.parametrize("content", [b"not a recording at all", b"\x89PNG\r\n\x1a\n1234567"])
def test_another_file_is_refused(tmp_path, content):
    path = tmp_path / "other.mcap"
    path.write_bytes(content)
    with pytest.raises(RecordingFault, match="not a recording"):
        emgd.recording.open(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(RecordingFault, match=r"nothing\.mcap"):
        emgd.recording.open(tmp_path / "nothing.mcap")


def test_a_recording_is_found_with_and_without_its_suffix(made):
    path, stream = made
    assert len(messages(f"{path}.part")) == len(stream.packed("raw"))
    moved = path.rename(f"{path}.part")
    assert len(messages(path)) == len(messages(moved)) == len(stream.packed("raw"))
