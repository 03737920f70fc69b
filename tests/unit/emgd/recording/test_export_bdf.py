"""BDF+ as three other programs read it: MNE, pyedflib and edfio."""

import time
import tracemalloc
from itertools import pairwise

import edfio
import mne
import numpy as np
import pyedflib
import pytest
from emgd.export.bdf import write_bdf
from emgd.export.timeline import ExportFault

LOW, HIGH = -(1 << 23), (1 << 23) - 1


def by_edfio(path):
    return np.stack([signal.digital for signal in edfio.read_bdf(path).signals], axis=1)


def by_pyedflib(path):
    with pyedflib.EdfReader(str(path)) as file:
        return np.stack(
            [file.readSignal(c, digital=True) for c in range(file.signals_in_file)], axis=1
        )


def by_mne(path, uv_per_count):
    """MNE gives volts: back to counts by the scale that the file's head tells."""
    raw = mne.io.read_raw_bdf(path, verbose="error")
    full = round(uv_per_count * (1 << 23), 3)
    per_count = 2 * full / (HIGH - LOW)
    return np.rint((raw.get_data().T * 1e6 + full) / per_count + LOW).astype(np.int64)


def notes_by_mne(path):
    notes = mne.io.read_raw_bdf(path, verbose="error").annotations
    return sorted((n["onset"], n["duration"], str(n["description"])) for n in notes)


def notes_by_pyedflib(path):
    with pyedflib.EdfReader(str(path)) as file:
        onset, duration, text = file.readAnnotations()
    lasts = [max(0.0, float(d)) for d in duration]
    return sorted(zip(onset.tolist(), lasts, map(str, text), strict=True))


def notes_by_edfio(path):
    notes = edfio.read_bdf(path).annotations
    return sorted((n.onset, n.duration or 0.0, n.text) for n in notes)


def session(stream):
    """Three seconds and a bit, with everything that can happen."""
    stream.meta()
    extremes = np.resize([LOW, HIGH, 0, -1, 1], (stream.packet, stream.channels))
    stream.raw(extremes)
    for number in range(80):
        stream.raw()
        if number % 2:
            stream.tick(number // 2)
        if number == 30:
            stream.mark("face_on", 3, sample=stream.first - 7)
        if number == 50:
            stream.gap(stream.packet * 9)
        if number == 70:
            stream.interval(max(0, stream.first - 200), stream.first - 3, "ME", 0)
    stream.raw()


@pytest.mark.parametrize(
    ("channels", "rate_hz", "packet"),
    [(8, 1000, 20), (1, 250, 1), (4, 500, 7), (6, 2000, 32), (16, 16000, 32)],
)
def test_counts_are_exact_and_notes_in_their_place(
    record, make_stream, tmp_path, channels, rate_hz, packet
):
    stream = make_stream(channels, packet, rate_hz)
    session(stream)
    rec = record(stream)
    path = tmp_path / "x.bdf"
    assert write_bdf(rec, path) == 0
    sent = stream.counts()
    total = stream.first
    filled = np.zeros((-(-total // rate_hz) * rate_hz, channels), np.int64)
    filled[rec.index] = sent
    gap = next(h for topic, h, _ in stream.sent if topic == "gap")
    filled[gap["first"] : gap["first"] + gap["missing"]] = filled[gap["first"] - 1]
    filled[total:] = filled[total - 1]
    assert np.array_equal(by_edfio(path), filled)
    assert np.array_equal(by_pyedflib(path), filled)
    assert np.array_equal(by_mne(path, rec.channels[0].uv_per_count), filled)
    told = []
    for topic, header, _ in stream.sent:
        if topic == "tick":
            told.append((header["sample"], 0, f"tick/{header['number']}"))
        elif topic == "mark":
            told.append((header["sample"], 0, "face_on/3"))
        elif topic == "gap":
            told.append((header["first"], header["missing"], "BAD_ACQ_SKIP"))
        elif topic == "interval":
            lasts = header["offset"] - header["onset"]
            told.append((header["onset"], lasts, "ME/muscle 1"))
    if total % rate_hz:
        told.append((total, len(filled) - total, "BAD_ACQ_SKIP"))
    told.sort()
    for notes in (notes_by_mne(path), notes_by_pyedflib(path), notes_by_edfio(path)):
        assert [text for *_, text in notes] == [text for *_, text in told]
        at = np.array([note[:2] for note in notes]) * rate_hz
        assert np.abs(at - [note[:2] for note in told]).max() < 0.5


def test_names_types_units_and_start(record, stream, tmp_path):
    session(stream)
    rec = record(stream, info={"participant": "P 07"})
    path = tmp_path / "x.bdf"
    write_bdf(rec, path)
    raw = mne.io.read_raw_bdf(path, infer_types=True, verbose="error")
    assert raw.ch_names == [f"c{c + 1}" for c in range(8)]
    assert set(raw.get_channel_types()) == {"emg"}
    assert raw.info["sfreq"] == 1000
    file = edfio.read_bdf(path)
    assert file.startdatetime.timestamp() * 1e9 == pytest.approx(stream.t_ns(0), abs=1000)
    assert file.patient.code == "P_07"
    assert file.signals[2].label == "EMG c3"
    assert file.signals[2].physical_dimension == "uV"
    assert "muscle 3" in file.signals[2].transducer_type
    volts = raw.get_data()[:, :20] * 1e6
    assert np.abs(volts - rec.microvolts[:20].T).max() < 0.03


def test_a_start_within_a_second_shifts_nothing(record, stream, tmp_path):
    stream.meta()
    for _ in range(60):
        stream.raw(t_ns=stream.t_ns(stream.first) + 765_432_100)
    stream.mark("here", sample=601)
    path = tmp_path / "x.bdf"
    write_bdf(record(stream), path)
    for notes in (notes_by_mne(path), notes_by_pyedflib(path), notes_by_edfio(path)):
        assert notes[0] == (pytest.approx(0.601, abs=1e-6), 0.0, "here")
    started = edfio.read_bdf(path).startdatetime.timestamp()
    assert started * 1e9 == pytest.approx(stream.t_ns(0) + 765_432_100, abs=1000)


def test_a_thousand_marks_at_once_all_find_room(record, stream, tmp_path):
    stream.meta()
    for number in range(100):
        stream.raw()
        if number in (10, 99):
            for code in range(1000):
                stream.mark("a label of some length", code + 1)
    stream.raw()
    path = tmp_path / "x.bdf"
    assert write_bdf(record(stream), path) == 0
    texts = [text for *_, text in notes_by_pyedflib(path)]
    assert len(texts) == len(notes_by_edfio(path)) == 2001  # and the end of the last record
    assert path.stat().st_size < 20e6


def test_odd_labels_do_not_break_the_file(record, stream, tmp_path):
    labels = ["Grüße", "微笑", "a\x14b\x00c\x15", "", "x" * 5000, "+3.5", "new\nline"]
    stream.meta()
    stream.raw()
    for label in labels:
        stream.mark(label, sample=3)
    stream.raw()
    path = tmp_path / "x.bdf"
    write_bdf(record(stream), path)
    texts = {text for *_, text in notes_by_mne(path)}
    assert {"Grüße", "微笑", "+3.5", "a b c", "new line", "x" * 400} <= texts
    assert np.array_equal(by_edfio(path)[:40], stream.counts())


def test_events_without_a_place_are_counted(record, stream, tmp_path):
    stream.meta()
    stream.first = 5000
    stream.raw()
    stream.mark("before", sample=4000)
    stream.mark("after", sample=7000)
    stream.mark("within", sample=5010)
    path = tmp_path / "x.bdf"
    assert write_bdf(record(stream), path) == 2
    assert [n[2] for n in notes_by_mne(path)] == ["within", "BAD_ACQ_SKIP"]


def test_what_was_kept_from_before_the_start_is_told(lab, stream, offer, tmp_path):
    import emgd.recording

    recorder = lab.recorder()
    offer(recorder, stream.meta(), *[stream.raw() for _ in range(50)])
    recorder.start("late")
    offer(recorder, *[stream.raw() for _ in range(50)])
    path = tmp_path / "x.bdf"
    write_bdf(emgd.recording.open(recorder.stop().path), path)
    assert notes_by_mne(path) == [(1.0, 0.0, "recording/start")]


def test_a_long_gap_is_filled_in_pieces_and_told_once(record, stream, tmp_path):
    stream.meta()
    stream.raw()
    stream.gap(200_000, "reconnect")
    stream.raw()
    path = tmp_path / "x.bdf"
    write_bdf(record(stream), path)
    notes = notes_by_mne(path)
    assert notes[0] == (0.02, 200.0, "BAD_ACQ_SKIP")
    assert len(notes) == 2
    assert len(by_edfio(path)) == 201_000


def test_the_discontinuous_form_holds_real_samples_only(record, stream, tmp_path):
    session(stream)
    path = tmp_path / "d.bdf"
    write_bdf(record(stream), path, discontinuous=True)
    file = edfio.read_bdf(path)
    assert file.reserved == "BDF+D"
    got = np.stack([signal.digital for signal in file.signals], axis=1)
    assert np.array_equal(got, stream.counts())
    head = path.read_bytes()[:256]
    size = int(head[184:192])
    clocks = path.read_bytes()[size:].split(b"\x14\x14\x00")[:-1]
    times = [float(piece[piece.rindex(b"+") :]) for piece in clocks]
    step = file.data_record_duration
    gap = next(h for topic, h, _ in stream.sent if topic == "gap")
    jumps = [(a, b) for a, b in pairwise(times) if b - a > step * 1.5]
    assert len(jumps) == 1
    assert jumps[0][1] == pytest.approx((gap["first"] + gap["missing"]) / 1000)


@pytest.mark.parametrize("messages", ["none", "no meta"])
def test_what_cannot_be_exported_is_told(record, stream, tmp_path, messages):
    if messages == "none":
        stream.meta()
    else:
        stream.raw()
    with pytest.raises(ExportFault, match=r"no samples|no `meta`"):
        write_bdf(record(stream), tmp_path / "x.bdf")
    assert list(tmp_path.glob("x.bdf")) == []


def test_memory_does_not_grow_and_it_is_fast(lab, make_stream, tmp_path):
    import emgd.recording

    def peak_and_time(seconds):
        stream = make_stream()
        recorder = lab.recorder()
        recorder.start("long")
        recorder.offer(*stream.meta())
        for number in range(seconds * 50):
            recorder.offer(*stream.raw())
            if number % 2:
                recorder.offer(*stream.tick(number // 2))
            stream.sent.clear()
        rec = emgd.recording.open(recorder.stop().path)
        begun_s = time.process_time()
        write_bdf(rec, tmp_path / f"{seconds}.bdf")
        took_s = time.process_time() - begun_s
        tracemalloc.start()
        write_bdf(rec, tmp_path / f"{seconds}-again.bdf")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak, took_s

    short, _ = peak_and_time(20)
    long, took_s = peak_and_time(120)
    assert long < short + 500_000
    assert took_s < 120 / 100
