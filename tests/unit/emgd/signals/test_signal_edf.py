"""EDF and BDF files of other writers, and what other readers see in them."""

from pathlib import Path

import edfio
import mne
import numpy as np
import pyedflib
import pytest
from emgd.signals import SignalFault, Wanted, open_signal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def waves(rate_hz: int, seconds: int, channels: int) -> np.ndarray:
    t = np.arange(rate_hz * seconds) / rate_hz
    return np.array([100 * np.sin(2 * np.pi * (3 + c) * t) for c in range(channels)])


@pytest.fixture
def edf(tmp_path: Path) -> Path:
    """EMG at one rate, an accelerometer at another, by edfio."""
    emg = waves(1000, 5, 2)
    signals = [
        edfio.EdfSignal(emg[0], 1000, label="EMG corr", physical_dimension="uV"),
        edfio.EdfSignal(
            emg[1] / 1000,
            1000,
            label="EMG frontalis",
            physical_dimension="mV",
        ),
        edfio.EdfSignal(np.zeros(500) + np.arange(500), 100, label="acc", physical_dimension="g"),
    ]
    path = tmp_path / "other.edf"
    edfio.Edf(signals, annotations=[edfio.EdfAnnotation(1.0, None, "smile")]).write(path)
    return path


def test_edf_with_other_channels_beside_the_emg(edf, see):
    seen = see(edf)
    assert seen.rate_hz == 1000
    assert seen.names == ["corr", "frontalis"]
    assert seen.muscles == ["", "frontalis"]
    shift = seen.uv.mean(axis=0)  # the middle is no part of EMG
    np.testing.assert_allclose((seen.uv - shift).T, waves(1000, 5, 2), atol=0.01)
    assert seen.index.tolist() == list(range(5000))
    assert any("acc (g)" in remark for remark in seen.remarks)


def test_channels_of_several_rates_are_not_mixed(edf):
    with pytest.raises(SignalFault, match=r"several rates.*acc 100 Hz.*--channels"):
        open_signal(edf, Wanted(channels=("corr", "acc"), unit="uV"))
    with pytest.raises(SignalFault, match=r"acc is in 'g', which is no voltage.*--unit"):
        open_signal(edf, Wanted(channels=("2",)))


def test_channels_by_number_and_by_name(edf, see):
    assert see(edf, channels=("1",)).names == ["frontalis"]
    assert see(edf, channels=("corr",)).names == ["corr"]
    with pytest.raises(SignalFault, match=r"no channel 7.*0 corr, 1 frontalis, 2 acc"):
        open_signal(edf, Wanted(channels=("7",)))


@pytest.mark.parametrize(("kind", "suffix"), [(1, "edf"), (3, "bdf")])
def test_files_of_pyedflib_are_read_as_it_reads_them(tmp_path, see, kind, suffix):
    path = tmp_path / f"theirs.{suffix}"
    values = waves(500, 4, 2)
    with pyedflib.EdfWriter(str(path), 2, file_type=kind) as out:
        for c in range(2):
            out.setSignalHeader(
                c,
                {
                    "label": f"c{c + 1}",
                    "dimension": "uV",
                    "sample_frequency": 500,
                    "physical_min": -200.0,
                    "physical_max": 200.0,
                    "digital_min": -(1 << 23) if suffix == "bdf" else -(1 << 15),
                    "digital_max": (1 << 23) - 1 if suffix == "bdf" else (1 << 15) - 1,
                    "transducer": "Ag/AgCl, corrugator supercilii" if c else "",
                    "prefilter": "",
                },
            )
        out.writeSamples(list(values))
        out.writeAnnotation(0.5, -1, "blink")
    seen = see(path)
    with pyedflib.EdfReader(str(path)) as theirs:
        told = np.array([theirs.readSignal(c, digital=True) for c in range(2)])
        step = 400.0 / (told.dtype.type(1 << 24) - 1 if suffix == "bdf" else (1 << 16) - 1)
    np.testing.assert_allclose(seen.uv.T, told * step, rtol=1e-12)
    assert seen.muscles == ["", "corrugator supercilii"]
    assert seen.dtypes == {np.dtype(np.int32)}
    read = mne.io.read_raw_bdf if suffix == "bdf" else mne.io.read_raw_edf
    volts = read(path, verbose="error").get_data()
    np.testing.assert_allclose(seen.uv.T - volts * 1e6, 0, atol=2 * step)


def d_file(path: Path, times: list[float], cut: int = 0) -> np.ndarray:
    """EDF+D by hand: records of 100 samples at 1000 Hz that begin at these seconds."""
    head = [("0", 8), ("X X X X", 80), ("Startdate X X X X", 80), ("01.01.26", 8), ("10.00.00", 8)]
    head += [(str(256 * 3), 8), ("EDF+D", 44), (str(len(times)), 8), ("0.1", 8), ("2", 4)]
    per_signal = [("EMG a", "EDF Annotations", 16), ("", "", 80), ("uV", "", 8)]
    per_signal += [("-3276.8", "-1", 8), ("3276.7", "1", 8), ("-32768", "-32768", 8)]
    per_signal += [("32767", "32767", 8), ("", "", 80), ("100", "10", 8), ("", "", 32)]
    text = "".join(value.ljust(width) for value, width in head)
    text += "".join(a.ljust(width) + b.ljust(width) for a, b, width in per_signal)
    values = np.arange(100 * len(times), dtype="<i2")
    body = b""
    for i, time in enumerate(times):
        body += values[100 * i : 100 * i + 100].tobytes()
        body += f"+{time:g}\x14\x14\0".encode().ljust(20, b"\0")
    data = text.encode() + body
    path.write_bytes(data[: len(data) - cut])
    return values * 0.1


def test_gaps_of_a_discontinuous_file_keep_their_place(tmp_path, see):
    values = d_file(tmp_path / "gaps.edf", [0.0, 0.1, 0.25, 0.35, 7.0])
    seen = see(tmp_path / "gaps.edf")
    places = [*range(200), *range(250, 450), *range(7000, 7100)]
    assert seen.index.tolist() == places
    np.testing.assert_allclose(seen.uv[:, 0], values)
    assert seen.signal.samples == 7100


def test_a_torn_file_is_read_as_far_as_it_is_whole(tmp_path, see):
    values = d_file(tmp_path / "torn.edf", [0.0, 0.1, 0.2], cut=1)
    seen = see(tmp_path / "torn.edf")
    np.testing.assert_allclose(seen.uv[:, 0], values[:200])
    assert any("its head tells 3 records, the file holds 2" in remark for remark in seen.remarks)


def test_records_out_of_order_are_refused(tmp_path):
    d_file(tmp_path / "mixed.edf", [0.0, 5.0, 0.3])
    with pytest.raises(SignalFault, match="do not stand in the order of their times"):
        open_signal(tmp_path / "mixed.edf", Wanted())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ((0, b"what    "), "neither EDF nor BDF"),
        ((252, b"lots"), "number of signals"),
        ((252, b"0   "), "tells 0 signals"),
        ((244, b"0       "), "records that last no time"),
        ((256 + 2 * 216, b"many    "), "no whole number"),
    ],
)
def test_a_head_that_makes_no_sense_is_told(tmp_path, change, says):
    path = tmp_path / "odd.edf"
    d_file(path, [0.0])
    data = bytearray(path.read_bytes())
    at, text = change
    data[at : at + len(text)] = text
    path.write_bytes(data)
    with pytest.raises(SignalFault, match=says):
        open_signal(path, Wanted())


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_damage_anywhere_is_told_or_read_but_never_a_crash(tmp_path, read_or_refused, data):
    path = tmp_path / "damaged.edf"
    d_file(path, [0.0, 0.1, 0.4])
    whole = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole)))])
    read_or_refused(path, rate_hz=1000, unit="uV")
