"""Files of digits as people, spreadsheets and programs write them."""

import pytest
from emgd.align.readings import ReadingsFault, parse, read
from hypothesis import given
from hypothesis import strategies as st


def pairs(text: str, digits: int = 4) -> list[tuple[int, int]]:
    return [(one.frame, one.number) for one in parse(text, digits).readings]


@pytest.mark.parametrize(
    "text",
    [
        "frame,number\n7,0042\n3,41\n",
        "3,41\n7,42\n",
        "\ufeffframe,number\r\n3,0041\r\n7,0042\r\n".removeprefix("\ufeff"),
        "frame;number;confidence\n3;41;0.9\n7;42;\n",
        "number\tnote\tframe\n0041\tblurred\t3\n0042\t\t7\n",
        "Frame , Number\n3.0,41\n7.0,42.0\n",
        "# read by hand\nframe,number\n\n3,41\n7,42\n",
    ],
)
def test_the_same_readings_in_many_forms(text):
    assert pairs(text) == [(3, 41), (7, 42)]


def test_a_byte_order_mark_and_other_bytes(tmp_path):
    path = tmp_path / "digits.csv"
    path.write_bytes(b"\xef\xbb\xbfframe,number\n3,41\n")
    assert [(one.frame, one.number) for one in read(path, 4).readings] == [(3, 41)]
    path.write_bytes(b"frame,number\n3,\xff\n")
    with pytest.raises(ReadingsFault, match=r"no text in UTF-8 \(byte 15\)"):
        read(path, 4)


def test_what_is_missing_or_wrong_is_counted_with_its_line():
    found = parse("frame,number,confidence\n0,1,0.5\n1,\n2,12?4\nx,3\n4,12345\n9,,\n0,2,\n", 4)
    assert [(one.row, one.frame, one.number, one.confidence) for one in found.readings] == [
        (2, 0, 1, 0.5),
        (8, 0, 2, None),
    ]
    assert found.empty == 2
    assert found.last_frame == 9
    assert found.unreadable == (
        (4, "'12?4' is no number"),
        (5, "'x' is no frame"),
        (6, "12345 has more than 4 digits"),
    )
    assert pairs("4,12345\n", digits=0) == [(4, 12345)]


def test_a_header_without_one_of_the_columns_and_no_rows_at_all(tmp_path):
    with pytest.raises(ReadingsFault, match="names no column `number`"):
        parse("frame,what\n1,2\n", 4)
    path = tmp_path / "digits.csv"
    path.write_text("frame,number\n1,\n")
    with pytest.raises(ReadingsFault, match="holds no readings"):
        read(path, 4)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.none() | st.integers(0, 9999)), max_size=30))
def test_every_row_is_a_reading_or_empty(rows):
    text = "frame,number\n" + "".join(f"{f},{'' if n is None else n}\n" for f, n in rows)
    found = parse(text, 4)
    told = [(one.frame, one.number) for one in found.readings]
    assert sorted(told) == sorted((f, n) for f, n in rows if n is not None)
    assert found.empty == sum(n is None for _, n in rows)
    assert not found.unreadable
    assert [one.frame for one in found.readings] == sorted(one.frame for one in found.readings)


@given(st.text(alphabet=st.sampled_from("0123456789,;\t\"'\n\r .-+efra mnub#٣²"), max_size=200))
def test_no_text_breaks_it(text):
    try:
        found = parse(text, 4)
    except ReadingsFault:
        return
    assert all(0 <= one.number < 10_000 for one in found.readings)
