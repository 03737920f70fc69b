"""CSV, Parquet and MAT as other programs read them."""

import csv
import json
import shutil
import sys

import mne
import numpy as np
import pyarrow.parquet as pq
import pytest
import scipy.io
from emgd.export.columns import write_parquet
from emgd.export.mat import write_mat
from emgd.export.table import write_csv
from emgd.export.timeline import ExportFault


@pytest.fixture
def made(record, stream):
    stream.meta()
    for number in range(30):
        stream.raw()
        if number == 12:
            stream.gap(60)
        if number == 20:
            stream.mark("face, on", 3)
        if number % 2:
            stream.tick(number)
    stream.interval(100, 350)
    return record(stream), stream


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.reader(file))


def test_csv_has_a_row_per_real_sample(made, tmp_path):
    rec, stream = made
    path = tmp_path / "x.csv"
    write_csv(rec, path, "uV")
    head, *rows = rows_of(path)
    assert head == ["sample", "t_ns", *(f"c{c + 1}" for c in range(8))]
    index = [*range(260), *range(320, 660)]
    assert [int(row[0]) for row in rows] == index
    assert [int(row[1]) for row in rows] == [stream.t_ns(i) for i in index]
    values = np.array([[float(cell) for cell in row[2:]] for row in rows])
    factor = rec.channels[0].uv_per_count
    assert np.array_equal(np.rint(values / factor), stream.counts())


def test_csv_in_counts_is_exact(made, tmp_path):
    rec, stream = made
    write_csv(rec, tmp_path / "x.csv", "count")
    rows = rows_of(tmp_path / "x.csv")[1:]
    assert np.array_equal(np.array([row[2:] for row in rows], int), stream.counts())


def test_events_stand_beside_the_csv(made, tmp_path):
    rec, stream = made
    write_csv(rec, tmp_path / "x.csv", "uV")
    head, *rows = rows_of(tmp_path / "x_events.csv")
    assert head == ["sample", "t_ns", "topic", "text", "samples", "header"]
    mark = next(row for row in rows if row[2] == "mark")
    assert mark[:2] == ["480", str(stream.t_ns(480))]
    assert mark[3] == "face, on/3"
    assert json.loads(mark[5])["value"] == 3
    assert [row[4] for row in rows if row[2] == "interval"] == ["250"]


@pytest.mark.parametrize("unit", ["uV", "count"])
def test_parquet_holds_the_same_table(made, tmp_path, unit):
    rec, stream = made
    write_parquet(rec, tmp_path / "x.parquet", unit)
    table = pq.read_table(tmp_path / "x.parquet")
    assert table.column_names == ["sample", "t_ns", *(f"c{c + 1}" for c in range(8))]
    assert np.array_equal(table["sample"].to_numpy(), rec.index)
    assert np.array_equal(table["t_ns"].to_numpy(), rec.t_ns)
    values = np.stack([table[f"c{c + 1}"].to_numpy() for c in range(8)], axis=1)
    assert np.array_equal(values, stream.counts() if unit == "count" else rec.microvolts)
    assert table.field("c1").metadata == {b"unit": unit.encode()}
    events = pq.read_table(tmp_path / "x_events.parquet")
    assert events["topic"].to_pylist().count("tick") == 15


def test_without_pyarrow_the_cure_is_told(made, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ExportFault, match=r"pip install 'emgd\[export\]'"):
        write_parquet(made[0], tmp_path / "x.parquet", "uV")
    assert list(tmp_path.glob("x*")) == []


@pytest.mark.parametrize("unit", ["uV", "count"])
def test_mat_is_read_by_scipy(made, tmp_path, unit):
    rec, stream = made
    path = tmp_path / "x.mat"
    assert write_mat(rec, path, unit) == 0
    read = scipy.io.loadmat(path, squeeze_me=True)
    rows = rec.index
    expected = stream.counts() if unit == "count" else rec.microvolts
    assert read["data"].shape == (8, 660)
    assert read["data"].dtype == (np.int32 if unit == "count" else np.float32)
    got = read["data"].T[rows]
    assert np.allclose(got, expected, rtol=6e-8, atol=0)
    assert np.array_equal(read["data"][:, 260:320], np.repeat(read["data"][:, 259:260], 60, 1))
    assert np.array_equal(read["t_ns"][rows], rec.t_ns)
    assert read["t_ns"].dtype == np.int64
    assert (read["srate"], read["nbchan"], read["pnts"]) == (1000, 8, 660)
    assert read["gaps"].tolist() == [261, 60]
    assert read["ticks"][0].tolist() == [40, 1]
    assert read["chanlocs"]["labels"].tolist() == [c.name for c in rec.channels]
    told = {str(e["type"]): (e["latency"], e["duration"]) for e in read["event"]}
    assert told == {
        "face, on/3": (481, 0),
        "BAD_ACQ_SKIP": (261, 60),
        "ME/muscle 1": (101, 250),
    }


def test_mat_is_an_eeglab_dataset(made, tmp_path):
    rec, _ = made
    write_mat(rec, tmp_path / "x.mat", "uV")
    shutil.copy(tmp_path / "x.mat", tmp_path / "x.set")
    raw = mne.io.read_raw_eeglab(tmp_path / "x.set", verbose="error")
    assert raw.ch_names == [c.name for c in rec.channels]
    assert set(raw.get_channel_types()) == {"emg"}
    assert raw.info["sfreq"] == 1000
    volts = raw.get_data()[:, rec.index].T
    assert np.allclose(volts, rec.microvolts * 1e-6, rtol=1e-6)
    told = {(str(a["description"]), round(a["onset"] * 1000)) for a in raw.annotations}
    assert ("face, on/3", 480) in told


def test_a_mat_file_that_nobody_could_read_is_refused(record, stream, tmp_path):
    stream.meta()
    stream.raw()
    stream.gap(100_000_000)
    stream.raw()
    rec = record(stream)
    with pytest.raises(ExportFault, match="2 GB"):
        write_mat(rec, tmp_path / "x.mat", "uV")
    assert list(tmp_path.glob("x*")) == []


@pytest.mark.parametrize("write", [write_csv, write_parquet, write_mat])
def test_microvolts_without_a_scale_are_refused(record, stream, tmp_path, write):
    stream.raw()
    rec = record(stream)
    with pytest.raises(ExportFault, match="--unit count"):
        write(rec, tmp_path / "x.out", "uV")
    assert list(tmp_path.glob("x*")) == []
    write(rec, tmp_path / "x.out", "count")


def test_channels_of_one_name_get_columns_of_their_own(record, make_stream, tmp_path):
    stream = make_stream(3)
    told = stream.meta()[1]["channels"]
    stream.sent[0][1]["channels"] = [{**channel, "name": "EMG"} for channel in told]
    stream.raw()
    write_csv(record(stream), tmp_path / "x.csv", "uV")
    assert rows_of(tmp_path / "x.csv")[0][2:] == ["EMG", "EMG_2", "EMG_3"]
