"""NumPy and MATLAB arrays: shape, variable, rate and unit are found, or asked for."""

import numpy as np
import pytest
from emgd.signals import SignalFault, Wanted, open_signal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.io import savemat

VALUES = np.random.default_rng(5).normal(size=(800, 3))


def test_rows_are_samples_or_channels_where_that_is_beyond_doubt(tmp_path, see):
    path = tmp_path / "a.npy"
    np.save(path, VALUES)
    seen = see(path, rate_hz=1000, unit="mV")
    np.testing.assert_allclose(seen.uv, VALUES * 1000)
    assert not seen.remarks
    np.save(path, VALUES.T.astype(np.float32))
    seen = see(path, rate_hz=1000, unit="uV")
    np.testing.assert_allclose(seen.uv, VALUES, rtol=1e-6)
    assert any("(3, 800): rows are taken as channels" in remark for remark in seen.remarks)


def test_where_the_shape_does_not_tell_it_must_be_said(tmp_path, see):
    path = tmp_path / "square.npy"
    np.save(path, VALUES[:20])
    with pytest.raises(SignalFault, match=r"\(20, 3\).*--rows samples or --rows channels"):
        open_signal(path, Wanted(rate_hz=1000, unit="uV"))
    assert see(path, rate_hz=1, unit="uV", rows="samples").uv.shape == (20, 3)
    assert see(path, rate_hz=1, unit="uV", rows="channels").uv.shape == (3, 20)


def test_one_dimension_is_one_channel_and_whole_numbers_stay_counts(tmp_path, see):
    path = tmp_path / "a.npy"
    np.save(path, np.arange(-50, 50, dtype=np.int16))
    seen = see(path, rate_hz=1000, unit="count", uv_per_count=0.5)
    assert seen.dtypes == {np.dtype(np.int32)}
    assert seen.uv[:, 0].tolist() == [0.5 * n for n in range(-50, 50)]


def test_not_a_number_is_a_gap(tmp_path, see):
    values = VALUES.copy()
    values[100:150] = np.nan
    values[700, 1] = np.inf
    np.save(tmp_path / "a.npy", values)
    seen = see(tmp_path / "a.npy", rate_hz=1000, unit="uV")
    assert seen.index.tolist() == [*range(100), *range(150, 700), *range(701, 800)]


@pytest.mark.parametrize(
    ("array", "says"),
    [
        (np.zeros((5, 5, 5)), "its shape is"),
        (np.zeros((0, 3)), "its shape is"),
        (np.zeros(50, complex), "not real numbers"),
        (np.array(["a", "b"]), "not real numbers"),
        (np.array([{}, None], dtype=object), "no array that can be read"),
    ],
)
def test_arrays_that_are_no_signal_are_refused(tmp_path, array, says):
    np.save(tmp_path / "a.npy", array, allow_pickle=True)
    with pytest.raises(SignalFault, match=says):
        open_signal(tmp_path / "a.npy", Wanted(rate_hz=1, unit="uV"))


def test_a_script_s_mat_file(tmp_path, see):
    path = tmp_path / "a.mat"
    savemat(path, {"emg": VALUES, "fs": 2000.0, "units": "mV", "subject": "P1"})
    seen = see(path)
    assert seen.rate_hz == 2000
    np.testing.assert_allclose(seen.uv, VALUES * 1000)


def test_which_variable_must_be_said_where_there_are_several(tmp_path, see):
    path = tmp_path / "a.mat"
    savemat(path, {"left": VALUES, "right": -VALUES})
    with pytest.raises(SignalFault, match="--variable: left, right"):
        open_signal(path, Wanted(rate_hz=1000, unit="uV"))
    seen = see(path, rate_hz=1000, unit="uV", variable="right")
    np.testing.assert_allclose(seen.uv, -VALUES)
    with pytest.raises(SignalFault, match="no variable up: left, right"):
        open_signal(path, Wanted(rate_hz=1000, unit="uV", variable="up"))


def test_a_mat_file_of_acqknowledge(tmp_path, see):
    path = tmp_path / "a.mat"
    told = {"data": VALUES, "isi": 0.5, "isi_units": "ms", "units": ["mV", "mV", "Volts"]}
    savemat(path, {**told, "labels": ["Corr", "Zyg", "Lev"], "start_sample": 0.0})
    seen = see(path)
    assert seen.rate_hz == 2000
    assert seen.names == ["Corr", "Zyg", "Lev"]
    np.testing.assert_allclose(seen.uv, VALUES * [1e3, 1e3, 1e6])


def test_a_dataset_of_eeglab(tmp_path, see):
    path = tmp_path / "a.set"
    dataset = {"data": VALUES.T, "srate": 500.0, "chanlocs": [{"labels": n} for n in "abc"]}
    savemat(path, {"EEG": dataset})
    seen = see(path, unit="uV")
    assert seen.rate_hz == 500
    np.testing.assert_allclose(seen.uv, VALUES)


def test_version_7_3_is_refused_with_what_to_do(tmp_path):
    path = tmp_path / "a.mat"
    head = b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM"
    path.write_bytes(head.ljust(512, b"\0") + b"\x89HDF\r\n\x1a\n" + bytes(512))
    with pytest.raises(SignalFault, match=r"version 7\.3: save it with .*-v7"):
        open_signal(path, Wanted(rate_hz=1, unit="uV"))


def test_files_of_no_known_kind_or_that_are_not_there(tmp_path):
    (tmp_path / "film.mp4").touch()
    with pytest.raises(SignalFault, match=r"\.bdf.*\.mcap.*\.npy"):
        open_signal(tmp_path / "film.mp4", Wanted())
    for suffix in ("npy", "mat", "csv", "edf", "mcap"):
        with pytest.raises(SignalFault, match="No such file"):
            open_signal(tmp_path / f"absent.{suffix}", Wanted())


quick = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@quick
@given(data=st.data())
@pytest.mark.parametrize("suffix", ["npy", "mat"])
def test_damage_anywhere_is_told_or_read_but_never_a_crash(tmp_path, read_or_refused, suffix, data):
    path = tmp_path / f"damaged.{suffix}"
    if suffix == "npy":
        np.save(path, VALUES[:40])
    else:
        savemat(path, {"emg": VALUES[:40], "fs": 1000.0})
    whole = bytearray(path.read_bytes())
    # scipy reads MAT files in C and can end the process over a changed byte: those are only cut
    for _ in range(data.draw(st.integers(1, 3)) if suffix == "npy" else 0):
        whole[data.draw(st.integers(0, min(len(whole), 300) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole)))])
    read_or_refused(path, rate_hz=1000, unit="uV", rows="samples")
