"""A recording as a signal, and the same out of each of its exports."""

import numpy as np
import pytest
from emgd.export.bdf import write_bdf
from emgd.export.mat import write_mat
from emgd.export.table import write_csv
from emgd.signals import SignalFault, Wanted, open_signal

UV_PER_COUNT = 4.5 / 24 / (1 << 23) * 1e6


def seen(path, **wanted):
    """Index and microvolts of a file, and the signal."""
    signal = open_signal(path, Wanted(**wanted))
    pieces = list(signal.pieces(lambda done: None))
    index = [i for p in pieces for i in range(p.first, p.first + len(p.values))]
    uv = np.concatenate([p.values * signal.uv_per_unit() for p in pieces])
    return np.array(index), uv, signal


@pytest.fixture
def made(record, stream):
    """3 s with two gaps, the last of which only the index tells of; it begins at sample 600."""
    stream.first = 600
    stream.meta(mvc_uv=[100.0, None] + [None] * 6)
    for packet in range(150):
        stream.raw()
        if packet == 40:
            stream.gap(35)
        if packet == 90:
            stream.first += 7
    return record(stream, "gaps")


def test_samples_gaps_and_times_are_those_of_the_stream(made, stream):
    index, uv, signal = seen(made.path)
    np.testing.assert_array_equal(uv, stream.counts() * UV_PER_COUNT)
    places = [i for h, _ in stream.packed("raw") for i in range(h["first"], h["first"] + h["n"])]
    assert index.tolist() == places
    assert signal.rate_hz == 1000
    assert [c.muscle for c in signal.channels] == [f"muscle {c}" for c in range(1, 9)]
    assert signal.channels[0].mvc_uv == 100.0
    assert signal.t_ns(places[777]) == stream.t_ns(places[777])
    assert not signal.remarks


def test_a_gap_is_told_even_where_nothing_is_missing(record, stream):
    stream.meta()
    stream.raw()
    stream.raw()
    stream.gap(0, "reconnect")
    stream.raw()
    pieces = list(open_signal(record(stream).path, Wanted()).pieces(lambda done: None))
    assert [(p.first, len(p.values), p.bridged) for p in pieces] == [(0, 40, False), (40, 20, True)]


@pytest.mark.parametrize("to", ["bdf", "bdf-d", "csv", "csv-count", "mat"])
def test_every_export_gives_the_same_signal(made, stream, tmp_path, to):
    index, uv, _ = seen(made.path)
    path = tmp_path / f"export.{to[:3]}"
    if to.startswith("bdf"):
        write_bdf(made, path, discontinuous=to == "bdf-d")
        again, told, signal = seen(path)
        assert [c.muscle for c in signal.channels] == [""] * 8  # these are names of no muscle
        tolerance = 0.02  # the head has room for 8 digits of the scale
        told = told - np.median(told - uv, axis=0)
    elif to.startswith("csv"):
        write_csv(made, path, "count" if to == "csv-count" else "uV")
        again, told, signal = seen(path, uv_per_count=UV_PER_COUNT)
        tolerance = 1e-9 if to == "csv-count" else 5.1e-5  # 4 decimals are written
    else:
        write_mat(made, path, "uV")
        again, told, signal = seen(path)
        tolerance = 0.02  # single precision of 187 mV
    assert signal.rate_hz == 1000
    assert (again - again[0]).tolist() == (index - index[0]).tolist()
    np.testing.assert_allclose(told, uv, atol=tolerance, rtol=1e-7)
    offset = int(index[0] - again[0])
    when = signal.t_ns(int(again[1500]))
    assert abs(when - stream.t_ns(int(again[1500]) + offset)) < 1000


def test_channels_of_a_recording_by_name_and_number(made, stream):
    _, uv, signal = seen(made.path, channels=("c3", "0"), muscles=("frontalis", ""))
    np.testing.assert_array_equal(uv, stream.counts()[:, [2, 0]] * UV_PER_COUNT)
    assert [c.muscle for c in signal.channels] == ["frontalis", ""]


def test_a_torn_recording_is_read_and_says_so(lab, stream, offer, until, tmp_path):
    recorder = lab.recorder()
    recorder.start("whole", meta=stream.meta()[1])
    for _ in range(6):  # small chunks
        offer(recorder, *[stream.raw() for _ in range(3)])
        until(lambda: recorder.status["samples"] == stream.first)
    whole = (lab.folder / recorder.stop().path).read_bytes()
    torn = tmp_path / "torn.mcap.part"
    torn.write_bytes(whole[: len(whole) // 2])
    _, uv, signal = seen(torn)
    assert 0 < len(uv) < stream.first
    np.testing.assert_array_equal(uv, (stream.counts() * UV_PER_COUNT)[: len(uv)])
    assert any("ends inside a message" in remark for remark in signal.remarks)


def test_later_parts_are_read_with_the_first(lab, stream, offer, until):
    recorder = lab.recorder()
    recorder.start("film", meta=stream.meta()[1])
    offer(recorder, *[stream.raw() for _ in range(50)])
    until(lambda: recorder.status["samples"] == stream.first)
    lab.disk.write_fault = 5  # EIO: the recording goes on in another file
    offer(recorder, *[stream.raw() for _ in range(50)])
    until(lambda: recorder.status["problem"])
    lab.disk.well()
    until(lambda: recorder.status["parts"] == 2)
    offer(recorder, stream.raw())
    recorder.stop()
    first = next(path for path in lab.files() if "_part2" not in path.name)
    index, uv, _ = seen(first)
    assert index.tolist() == list(range(101 * 20))
    np.testing.assert_array_equal(uv, stream.counts() * UV_PER_COUNT)


def test_a_board_set_up_otherwise_ends_the_signal_and_is_told(record, stream):
    stream.meta()
    for _ in range(5):
        stream.raw()
    other = [{"name": f"c{c}", "uv_per_count": 1.0} for c in range(1, 9)]
    stream.meta(channels=other)
    stream.raw()
    index, _, signal = seen(record(stream).path)
    assert len(index) == 100
    assert any("set up otherwise at sample 100" in remark for remark in signal.remarks)


def test_what_is_no_recording_is_refused(tmp_path):
    path = tmp_path / "x.mcap"
    path.write_bytes(b"text of another kind")
    with pytest.raises(SignalFault, match="is no MCAP file"):
        open_signal(path, Wanted())


def test_packets_that_repeat_samples_give_each_once(record, stream):
    stream.meta()
    stream.raw()
    counts = stream.counts()
    stream.first = 15
    stream.raw()
    path = record(stream).path
    index, uv, signal = seen(path)
    assert index.tolist() == list(range(35))
    np.testing.assert_array_equal(uv[:20], counts * UV_PER_COUNT)
    np.testing.assert_array_equal(uv[20:], stream.counts()[25:] * UV_PER_COUNT)
    assert signal.t_ns(20) == stream.t_ns(20)
