"""Texts as laboratories write them: what stands in them is found, and nothing is made up."""

from pathlib import Path

import numpy as np
import pytest
from emgd.signals import SignalFault
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

REAL = Path(__file__).parents[3] / "data" / "real"
A = [0.5, -1.25, 2.0, 3.5]
B = [10.0, 20.0, -30.0, 40.0]


@pytest.fixture
def text(tmp_path, see):
    """What is seen in a text."""

    def seen(content: str, suffix: str = "csv", **wanted):
        path = tmp_path / f"told.{suffix}"
        path.write_bytes(content.encode())
        return see(path, **wanted)

    return seen


def lines(*columns, mark=",", form="{}"):
    return "".join(
        mark.join(form.format(value) for value in row) + "\n" for row in zip(*columns, strict=True)
    )


@pytest.mark.parametrize("mark", [",", ";", "\t", " ", "   ", ", "])
@pytest.mark.parametrize("head", ["", "left,right\n", "# done by hand\n", "% a\n\n% b\n"])
def test_any_mark_between_columns_with_or_without_a_head(text, mark, head):
    seen = text(head.replace(",", mark) + lines(A, B, mark=mark), rate_hz=500, unit="uV")
    np.testing.assert_array_equal(seen.uv, np.column_stack([A, B]))
    assert seen.rate_hz == 500
    assert seen.names == (["left", "right"] if "left" in head else ["c1", "c2"])


@pytest.mark.parametrize("mark", [";", "\t", " "])
def test_decimal_commas(text, mark):
    seen = text(lines(A, B, mark=mark).replace(".", ","), rate_hz=500, unit="mV")
    np.testing.assert_allclose(seen.uv, 1000 * np.column_stack([A, B]))


def test_windows_lines_a_mark_at_each_end_and_a_byte_order_mark(text):
    body = lines(A, B).replace("\n", ",\r\n")
    seen = text("\ufeffa [uV],b [uV],\r\n" + body, rate_hz=1000)
    np.testing.assert_array_equal(seen.uv, np.column_stack([A, B]))
    assert seen.names == ["a", "b"]


def test_units_in_the_names_and_in_a_line_of_their_own(text):
    seen = text("corr (mV),zyg_uV\n" + lines(A, B), rate_hz=1000)
    np.testing.assert_allclose(seen.uv, np.column_stack([1000 * np.array(A), B]))
    seen = text("time,corr,zyg\ns,mV,V\n" + lines([0, 0.002, 0.004, 0.006], A, B))
    assert seen.rate_hz == 500
    np.testing.assert_allclose(seen.uv, np.column_stack([1e3 * np.array(A), 1e6 * np.array(B)]))


@pytest.mark.parametrize(
    ("name", "step", "rate_hz"),
    [
        ("time (s)", 0.001, 1000),
        ("t_ms", 2.0, 500),
        ("Time [ms]", 0.5, 2000),
        ("seconds", 0.004, 250),
        ("min", 1 / 60 / 200, 200),
        ("time", 0.001, 1000),
    ],
)
def test_a_column_of_times_gives_the_rate_and_is_no_channel(text, name, step, rate_hz):
    times = [step * i for i in range(300)]
    values = np.arange(300.0)
    seen = text(f"{name},emg\n" + lines(times, values, form="{:.9f}"), unit="uV")
    assert seen.rate_hz == pytest.approx(rate_hz)
    assert seen.names == ["emg"]
    np.testing.assert_array_equal(seen.uv[:, 0], values)


def test_times_rounded_when_written_still_give_the_true_rate(text):
    times = np.arange(5000) / 2048
    seen = text("t_s,emg\n" + lines(times, np.zeros(5000), form="{:.4f}"), unit="uV")
    assert seen.rate_hz == 2048
    assert len(seen.index) == 5000


def test_a_single_column_is_a_signal_whatever_it_looks_like(text):
    assert text(lines(range(40)), rate_hz=100, unit="uV").uv[:, 0].tolist() == list(range(40))


def test_a_rate_in_the_head_and_a_micro_sign_of_old(tmp_path, see, text):
    assert text("# Sampling rate: 1,000 Hz\n" + lines(A, B), unit="uV").rate_hz == 1000
    assert text("# sample frequency 2.148 kHz\n" + lines(A, B), unit="uV").rate_hz == 2148
    (tmp_path / "old.csv").write_bytes("left [\u00b5V]\n1\n2\n".encode("latin1"))
    assert see(tmp_path / "old.csv", rate_hz=100).uv[:, 0].tolist() == [1, 2]


def test_a_column_of_even_steps_without_a_name_is_a_time(text):
    seen = text(lines([i / 1000 for i in range(50)], np.sin(range(50))), unit="uV")
    assert seen.rate_hz == 1000
    assert seen.uv.shape == (50, 1)
    assert any("taken as a time in seconds" in remark for remark in seen.remarks)


def test_missing_rows_are_a_gap(text):
    times = [*range(100), *range(130, 200)]
    seen = text("t_ms,emg\n" + lines(times, np.arange(170)), unit="uV")
    assert seen.rate_hz == 1000
    assert seen.index.tolist() == times


def test_missing_values_are_a_gap(text):
    rows = [f"{i},{i}\n" for i in range(20)]
    rows[5:8] = ["5,NA\n", "6,\n", "nan,7\n"]
    seen = text("a,b\n" + "".join(rows), rate_hz=1000, unit="uV")
    assert seen.index.tolist() == [*range(5), *range(8, 20)]
    assert any("a gap in one channel" in remark for remark in seen.remarks)


def test_a_channel_that_was_hardly_there_is_left_out(text):
    seen = text("a,b\n" + "".join(f"{i},NaN\n" for i in range(20)), rate_hz=1000, unit="uV")
    assert seen.names == ["a"]
    assert len(seen.uv) == 20
    assert any("b is left out: 100%" in remark for remark in seen.remarks)


def test_columns_of_words_are_left_out_and_named(text):
    seen = text("clock,emg,label\n" + "12:00:01,1.5,rest\n" * 9, rate_hz=100, unit="uV")
    assert seen.names == ["emg"]
    assert any("no numbers: clock, label" in remark for remark in seen.remarks)


def test_a_torn_last_line_is_told(text):
    seen = text("a,b\n" + lines(A, B) + "7.5", rate_hz=1000, unit="uV")
    assert len(seen.uv) == 4
    assert any("last line is not whole" in remark for remark in seen.remarks)


def test_a_line_with_too_few_columns_is_named(text):
    with pytest.raises(SignalFault, match=r"line 4: it has 1 columns, but 2 stand"):
        text("a,b\n" + lines(A[:2], B[:2]) + "7.5\n" + lines(A, B), rate_hz=1, unit="uV")


def test_a_word_among_numbers_is_refused(text):
    with pytest.raises(SignalFault, match=r"row 5 of its numbers.*broken"):
        text("a,b\n" + lines(A, B) + "broken,1\n" + lines(A, B), rate_hz=1, unit="uV")


def test_what_the_file_does_not_say_must_be_said(text):
    with pytest.raises(SignalFault, match=r"nothing about its rate.*--rate HZ"):
        text(lines(A, B), unit="uV")
    with pytest.raises(SignalFault, match=r"no unit.*--unit uV, mV, V, or count"):
        text(lines(A, B), rate_hz=1000)
    with pytest.raises(SignalFault, match=r"no columns of numbers"):
        text("a word\nand another\n", rate_hz=1000, unit="uV")
    with pytest.raises(SignalFault, match=r"no columns of numbers"):
        text("", rate_hz=1000, unit="uV")


def test_counts_have_a_size_that_is_told(text):
    seen = text(lines(A, B), rate_hz=1000, unit="count")
    # a count of an ADS1299 at gain 24 is 2 x 4.5 V / 24 / 2^24 (data sheet, 9.5.1)
    np.testing.assert_allclose(seen.uv[:, 1], np.array(B) * 2 * 4.5e6 / 24 / 2**24)
    assert any("--uv-per-count" in remark for remark in seen.remarks)
    assert text(lines(A, B), rate_hz=1000, unit="count", uv_per_count=0.5).uv[0, 1] == 5.0


def test_muscles_are_one_each(text):
    body = "a,b\n" + lines(A, B)
    seen = text(body, rate_hz=1000, unit="uV", muscles=("", "frontalis"), mvc_uv=(None, 150.0))
    assert seen.muscles == ["", "frontalis"]
    assert [c.mvc_uv for c in seen.signal.channels] == [None, 150.0]
    assert text(body, rate_hz=1, unit="uV", muscles=("paper",)).muscles[0] == "frontalis"
    with pytest.raises(SignalFault, match=r"--muscles names 3, but 2 channels"):
        text(body, rate_hz=1000, unit="uV", muscles=("a", "b", "c"))


def test_opensignals_with_a_line_of_json(text):
    head = (
        "# OpenSignals Text File Format\n"
        '# {"00:07:80:0F:31:D9": {"sensor": ["EMG"], "device name": "x", "column": ["nSeq",'
        ' "DI", "CH1"], "resolution": [4, 1, 16], "sampling rate": 1000, "label": ["CH1"]}}\n'
        "# EndOfHeader\n"
    )
    body = "".join(f"{i % 16}\t0\t{32000 + i}\t\n" for i in range(40))
    seen = text(head + body, "txt", unit="count", uv_per_count=1.0)
    assert seen.rate_hz == 1000
    assert seen.names == ["CH1"]
    assert seen.uv[:, 0].tolist() == [32000 + i for i in range(40)]
    assert seen.index.tolist() == list(range(40))


def test_the_real_limb_recording(see):
    seen = see(REAL / "biosppy_emg_1.txt", unit="count", uv_per_count=1.0)
    assert seen.rate_hz == 1000
    assert seen.names == ["EMG"]
    assert seen.uv[:5, 0].tolist() == [2034, 2011, 2004, 2011, 2000]
    assert len(seen.uv) == 63880  # `grep -vc '#'`


def test_the_real_facial_recording(see):
    path = REAL / "countenance_femg_raw_exported_sample.txt"
    seen = see(path, channels=("0", "Zyg Raw", "2"), unit="mV")
    assert seen.rate_hz == 1000
    assert seen.names == ["Corr Raw", "Zyg Raw", "Lev Raw"]
    np.testing.assert_allclose(seen.uv[0], [-3.84521, -1.2207, 0.610352])
    assert len(seen.uv) == 13150  # lines from the 36th on
    assert any("it says Volts" in remark for remark in seen.remarks)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    content=st.one_of(
        st.binary(max_size=200),
        st.text('0123456789.,;\t \n#-eEaN"', max_size=200).map(str.encode),
    )
)
def test_anything_is_read_or_refused_in_a_sentence(tmp_path, read_or_refused, content):
    path = tmp_path / "any.txt"
    path.write_bytes(content)
    read_or_refused(path, rate_hz=1000, unit="uV")
