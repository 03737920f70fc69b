"""Frames by spec/link: COBS( type | tag | payload | crc ) 00, and finding the boundary again."""

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcubridge.frame import FrameReader, crc16, encode
from support import spec_wire as wire
from support.memory import resident_bytes

PING_ON_THE_LINE = bytes.fromhex("04 87 07 01 01 01 01 01 01 01 03 8F EF 00")
PING = bytes.fromhex("87 07 01 00 00 00 00 00 00 00")

# Bytes as boards send them: counters and clocks are mostly zeros, ramps long runs without one.
message_bytes = st.one_of(
    st.binary(min_size=2, max_size=600),
    st.lists(st.sampled_from([0, 0, 0, 1, 255]), min_size=2, max_size=600).map(bytes),
    st.integers(2, 2046).map(lambda n: b"\x55" * n),
    st.integers(2, 2046).map(bytes),
)


def read_all(*pieces: bytes) -> tuple[list[bytes], int]:
    reader = FrameReader()
    found = [message for piece in pieces for message in reader.feed(piece)]
    return found, reader.bad


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    at = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[a:b] for a, b in pairwise(at)]


def test_worked_example_of_the_specification() -> None:
    assert crc16(b"123456789") == 0x29B1
    assert crc16(PING) == 0xEF8F
    assert encode(PING) == PING_ON_THE_LINE
    assert read_all(PING_ON_THE_LINE) == ([PING], 0)


@settings(deadline=None)
@given(message_bytes)
def test_what_is_encoded_is_a_frame_by_the_specification(message: bytes) -> None:
    line = encode(message)
    assert line.endswith(b"\0")
    assert 0 not in line[:-1]
    assert wire.unframe(line[:-1]) == message
    assert crc16(message) == wire.crc16(message)


@pytest.mark.parametrize("byte", [0, 1, 255])
def test_every_length_around_the_blocks_of_cobs(byte: int) -> None:
    for size in (*range(2, 20), *range(248, 260), *range(502, 514), 2045, 2046):
        message = bytes((byte,)) * size
        assert read_all(wire.frame(message)) == ([message], 0)
        assert read_all(encode(message)) == ([message], 0)


def test_last_full_block_may_be_followed_by_an_empty_one() -> None:
    """Encoders differ where the data ends with 254 bytes that are not zero: both are COBS."""
    for start in range(1000):
        message = b"\x81\x07" + start.to_bytes(2, "big").replace(b"\0", b"\1") + b"\x55" * 248
        body = message + wire.u16(wire.crc16(message))
        if 0 not in body:
            break
    assert len(body) == 254
    short = b"\xff" + body + b"\0"
    assert wire.frame(message) == short
    assert read_all(short) == read_all(b"\xff" + body + b"\x01\0") == ([message], 0)


@settings(deadline=None)
@given(st.lists(message_bytes, max_size=6), st.lists(st.integers(0, 20_000), max_size=30))
def test_where_the_stream_is_cut_makes_no_difference(
    messages: list[bytes], places: list[int]
) -> None:
    stream = b"".join(wire.frame(message) for message in messages)
    assert read_all(*cut(stream, places)) == (messages, 0)


def test_one_stream_cut_at_every_single_place() -> None:
    messages = [PING, b"\x02\x00" + bytes(20), b"\x04\x00\x01" + b"\x77" * 300]
    broken = wire.frame(PING)[:-3] + b"\x42\0"
    stream = b"\0\0" + broken.join(wire.frame(message) for message in messages) + broken
    for place in range(len(stream) + 1):
        assert read_all(stream[:place], stream[place:]) == (messages, 3)
    assert read_all(*(stream[i : i + 1] for i in range(len(stream)))) == (messages, 3)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.binary(max_size=3000), message_bytes), max_size=5),
    st.lists(st.integers(0, 20_000), max_size=20),
)
def test_garbage_between_frames_costs_no_frame_and_is_counted(
    parts: list[tuple[bytes, bytes]], places: list[int]
) -> None:
    """A zero ends the garbage; each piece of it between zeros is one broken frame."""
    stream, expected, broken = b"", [], 0
    for garbage, message in parts:
        stream += garbage + b"\0" + wire.frame(message)
        for piece in garbage.split(b"\0"):
            sound = wire.unframe(piece)
            broken += bool(piece) and sound is None
            expected += [] if sound is None else [sound]
        expected.append(message)
    assert read_all(*cut(stream, places)) == (expected, broken)


@settings(deadline=None)
@given(message_bytes, st.data())
def test_any_one_changed_byte_is_seen(message: bytes, draw: st.DataObject) -> None:
    """A CRC of 16 bits sees any burst of up to 16; a frame cut in two by a zero is broken too."""
    line = bytearray(wire.frame(message))
    place = draw.draw(st.integers(0, len(line) - 2))
    changed = draw.draw(st.integers(0, 255).filter(lambda byte: byte != line[place]))
    line[place] = changed
    pieces = [piece for piece in bytes(line).split(b"\0") if piece]
    expected = [sound for piece in pieces if (sound := wire.unframe(piece)) is not None]
    found, bad = read_all(bytes(line))
    assert found == expected
    assert message not in found
    assert bad == len(pieces) - len(expected) >= 1


@pytest.mark.parametrize(
    "broken",
    [
        b"\x01\0",  # nothing inside
        b"\x02\x81\0",  # one byte
        wire.stuff(b"\x81\x01\xff") + b"\0",  # three
        wire.frame(b"\x81"),  # three with a CRC that is right
        wire.frame(b""),
        b"\x09\x81\x01\0",  # a code that points past the end
        b"\xff" + b"\x01" * 100 + b"\0",
        wire.stuff(PING + b"\xef\x8f") + b"\0",  # the CRC's bytes the wrong way round
        wire.stuff(PING + b"\0\0") + b"\0",
    ],
)
def test_broken_frames_are_dropped_and_counted(broken: bytes) -> None:
    assert read_all(broken + PING_ON_THE_LINE) == ([PING], 1)


def test_empty_frames_are_no_fault() -> None:
    assert read_all(b"\0\0\0" + PING_ON_THE_LINE + b"\0\0" + PING_ON_THE_LINE) == ([PING] * 2, 0)


@pytest.mark.parametrize("fill", [b"\0", b"\x55"])
def test_longest_frame_is_2048_bytes_decoded(fill: bytes) -> None:
    longest, too_long = b"\x02\0" + fill * 2044, b"\x02\0" + fill * 2045
    for chunk in (1, 7, 1000, 5000):
        stream = wire.frame(longest) + wire.frame(too_long) + PING_ON_THE_LINE
        pieces = [stream[i : i + chunk] for i in range(0, len(stream), chunk)]
        assert read_all(*pieces) == ([longest, PING], 1)


@pytest.mark.parametrize("chunk", [1, 100, 4096, 1 << 16])
def test_an_over_long_frame_counts_once_and_is_not_kept(chunk: int) -> None:
    reader = FrameReader()
    endless = b"\x55" * chunk
    before = resident_bytes()
    for _ in range(500 + (1 << 24) // chunk if chunk > 100 else 5000):
        assert reader.feed(endless) == []
    assert resident_bytes() - before < 4 << 20
    assert reader.feed(b"\0" + PING_ON_THE_LINE) == [PING]
    assert reader.bad == 1


def test_forty_megabytes_of_noise_neither_raise_nor_grow() -> None:
    """An hour of a full line at 115200 baud."""
    noise = random.Random(5)
    reader = FrameReader()
    reader.feed(noise.randbytes(1 << 20))
    before = resident_bytes()
    for _ in range(640):
        reader.feed(noise.randbytes(1 << 16))
    assert resident_bytes() - before < 4 << 20
    assert reader.bad > 100_000
    reader.feed(b"\0")
    assert reader.feed(PING_ON_THE_LINE) == [PING]
