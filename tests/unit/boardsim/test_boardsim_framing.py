from boardsim.framing import MAX_BODY, FrameReader, crc16, frame, stuff, unframe, unstuff
from hypothesis import given
from hypothesis import strategies as st

BODY = bytes.fromhex("87 07 01 00 00 00 00 00 00 00")
ON_THE_LINE = bytes.fromhex("04 87 07 01 01 01 01 01 01 01 03 8F EF 00")

runs = st.lists(
    st.sampled_from([b"\0", b"\1", b"\xff", b"x" * 253, b"y" * 254, b"z" * 255, b"\0\0"]),
    max_size=6,
).map(b"".join)
bodies = st.binary(min_size=2, max_size=700) | runs.filter(lambda body: len(body) >= 2)


def test_worked_example_of_the_link() -> None:
    assert crc16(BODY) == 0xEF8F
    assert frame(BODY) == ON_THE_LINE
    assert FrameReader().feed(ON_THE_LINE) == [BODY]


def test_check_value_of_the_crc() -> None:
    assert crc16(b"123456789") == 0x29B1


def test_cobs_examples_of_cheshire_and_baker() -> None:
    full = bytes(range(1, 255))
    for plain, stuffed in (
        (b"\0", b"\1\1"),
        (b"\0\0", b"\1\1\1"),
        (b"\x11\x22\0\x33", b"\3\x11\x22\2\x33"),
        (b"\x11\0\0\0", b"\2\x11\1\1\1"),
        (full, b"\xff" + full),
        (b"\0" + full, b"\1\xff" + full),
        (full + b"\xff", b"\xff" + full + b"\2\xff"),
        (full + b"\0", b"\xff" + full + b"\1\1"),
    ):
        assert stuff(plain) == stuffed
        assert unstuff(stuffed) == plain


@given(st.binary(max_size=1200) | runs)
def test_stuffing_goes_back_and_has_no_zero(data: bytes) -> None:
    stuffed = stuff(data)
    assert 0 not in stuffed
    assert unstuff(stuffed) == data


@given(st.lists(bodies, max_size=4), st.integers(1, 50))
def test_any_cut_of_the_stream_gives_the_same_bodies(messages: list[bytes], step: int) -> None:
    stream = b"\0" + b"".join(frame(body) for body in messages)
    reader = FrameReader()
    got = [b for at in range(0, len(stream), step) for b in reader.feed(stream[at : at + step])]
    assert got == messages
    assert reader.bad == 0


@given(st.binary(max_size=5000))
def test_nothing_on_the_line_raises_or_piles_up(junk: bytes) -> None:
    reader = FrameReader()
    reader.feed(junk)
    assert len(reader._rest) <= FrameReader.LONGEST
    reader.feed(b"\0")
    assert reader.feed(ON_THE_LINE) == [BODY]


@given(st.integers(0, len(ON_THE_LINE) - 2), st.integers(1, 255))
def test_a_changed_byte_is_noticed(place: int, change: int) -> None:
    spoilt = bytearray(ON_THE_LINE)
    spoilt[place] ^= change
    reader = FrameReader()
    assert reader.feed(bytes(spoilt)) == []
    assert reader.bad >= 1


def test_longest_and_shortest_frames() -> None:
    longest = bytes(range(256)) * 8
    assert unframe(stuff(longest[: MAX_BODY - 2] + crc16(longest[:-2]).to_bytes(2, "little")))
    reader = FrameReader()
    assert reader.feed(frame(longest)) == []  # 2050 bytes with the CRC
    assert reader.feed(b"\1" * 10_000 + b"\0") == []
    assert reader.feed(frame(b"\x81")) == []  # 3 bytes with the CRC
    assert reader.bad == 3
