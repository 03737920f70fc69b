"""Messages of the link, every field typed by hand from the specification."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcubridge import messages
from mcubridge.messages import Data, Hello, MessageError, Note, Reply, Request, UnknownType, decode
from support import spec_wire as wire

HELLO_OF_TWO_CHANNELS = bytes.fromhex(
    "01 2A"  # HELLO, tag 42
    "01"  # version
    "3E"  # chip_id
    "02"  # channels
    "14"  # packet_samples
    "E8 03"  # rate_hz 1000
    "01 00"  # flags: a tube
    "20 AA 44 00"  # vref_uv 4500000
    "18 06"  # gain 24 and 6
    "4C 61 62 20 62 6F 61 72 64 00 00 00 00 00 00 00"  # "Lab board"
    "30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66"  # all 16 used
    "08 07 06 05 04 03 02 01"  # board_time_us
)


def test_hello() -> None:
    hello = decode(HELLO_OF_TWO_CHANNELS)
    assert hello == Hello(
        tag=42,
        chip_id=0x3E,
        channels=2,
        packet_samples=20,
        rate_hz=1000,
        flags=1,
        vref_uv=4_500_000,
        gains=(24, 6),
        board="Lab board",
        firmware="0123456789abcdef",
        board_time_us=0x0102030405060708,
    )


@pytest.mark.parametrize(
    ("flags", "tube"), [(0, False), (1, True), (0xFFFE, False), (0xFFFF, True)]
)
def test_only_bit_0_of_flags_is_the_tube(flags: int, tube: bool) -> None:
    hello = decode(wire.hello(flags=flags))
    assert isinstance(hello, Hello)
    assert hello.has_tube is tube


def test_hello_of_16_channels_and_the_largest_numbers() -> None:
    gains = tuple(range(1, 17))
    hello = decode(
        wire.hello(rate_hz=65535, vref_uv=2**32 - 1, gains=gains, board_time_us=2**64 - 1)
    )
    assert isinstance(hello, Hello)
    assert (hello.channels, hello.gains) == (16, gains)
    assert (hello.rate_hz, hello.vref_uv) == (65535, 2**32 - 1)
    assert hello.board_time_us == 2**64 - 1


def test_hello_of_another_version_says_what_to_do() -> None:
    with pytest.raises(MessageError, match=r"link version 2.*version 1.*matching versions"):
        decode(wire.hello(version=2))
    with pytest.raises(MessageError, match="link version 9"):
        decode(b"\x01\x00\x09")  # whatever else a later HELLO looks like


@pytest.mark.parametrize("channels", [0, 1, 7, 9, 255])
def test_hello_whose_length_is_not_that_of_its_channels(channels: int) -> None:
    with pytest.raises(MessageError, match=f"for {channels} channels"):
        decode(wire.hello(gains=(24,) * 8, channels=channels))


def test_names_that_are_not_ascii_are_shown_all_the_same() -> None:
    odd = bytearray(HELLO_OF_TWO_CHANNELS)
    odd[16] = 0xFF
    hello = decode(bytes(odd))
    assert isinstance(hello, Hello)
    assert hello.board.endswith("ab board")


def test_data() -> None:
    samples = bytes(range(54))
    message = bytes.fromhex("02 00  04 03 02 01  18 17 16 15 14 13 12 11  02") + samples
    assert decode(message) == Data(0x01020304, 0x1112131415161718, 2, samples)


@pytest.mark.parametrize("n", [1, 32])
def test_data_holds_1_to_32_samples(n: int) -> None:
    assert decode(wire.data(5, 6, n, bytes(27 * n))) == Data(5, 6, n, bytes(27 * n))


@pytest.mark.parametrize(
    ("n", "size"), [(0, 0), (0, 27), (33, 33 * 27), (255, 255), (1, 0), (2, 27), (20, 20 * 27 - 1)]
)
def test_data_that_does_not_hold_what_it_says(n: int, size: int) -> None:
    with pytest.raises(MessageError, match=rf"DATA says {n} samples in {size} bytes"):
        decode(wire.data(0, 0, n, bytes(size)))


def test_reply() -> None:
    assert decode(bytes.fromhex("03 07 00 AA BB")) == Reply(7, 0, b"\xaa\xbb")
    assert decode(bytes.fromhex("03 FF 04")) == Reply(255, 4, b"")


def test_note() -> None:
    assert decode(b"\x04\x00\x02W\xc3\xa4rme") == Note(2, "Wärme")
    assert decode(b"\x04\x00\x00") == Note(0, "")
    note = decode(b"\x04\x00\x03\xff\xfe")
    assert isinstance(note, Note)
    assert note.level == 3


@pytest.mark.parametrize(
    "cut_short",
    [b"\x03\x07", b"\x04\x00", b"\x01\x00", b"\x02\x00", b"\x02\x00" + bytes(12)],
)
def test_messages_that_end_too_soon(cut_short: bytes) -> None:
    with pytest.raises(MessageError):
        decode(cut_short)


def test_hello_cut_at_every_place() -> None:
    for size in range(2, len(HELLO_OF_TWO_CHANNELS)):
        with pytest.raises(MessageError):
            decode(HELLO_OF_TWO_CHANNELS[:size])


@pytest.mark.parametrize("kind", [0x00, 0x05, 0x7F, 0x80, *range(0x81, 0x8A), 0xFF])
def test_other_types_are_told_apart_from_broken_messages(kind: int) -> None:
    with pytest.raises(UnknownType, match=f"0x{kind:02X}"):
        decode(bytes((kind, 0)) + b"anything")


@settings(deadline=None)
@given(st.integers(0, 255), st.integers(0, 255), st.binary(max_size=2044))
def test_no_message_raises_anything_else(kind: int, tag: int, payload: bytes) -> None:
    for first in (kind, kind % 6):
        with contextlib.suppress(MessageError):
            decode(bytes((first, tag)) + payload)


def test_requests_have_the_numbers_of_the_specification() -> None:
    assert {kind.name: int(kind) for kind in Request} == {
        "IDENTIFY": 0x81,
        "START": 0x82,
        "STOP": 0x83,
        "RREG": 0x84,
        "WREG": 0x85,
        "TUBE": 0x86,
        "PING": 0x87,
        "RESET": 0x88,
        "PACKET": 0x89,
    }
    assert messages.request(Request.WREG, 9, b"\x05\x60") == bytes.fromhex("85 09 05 60")


def test_every_status_of_the_specification_has_words() -> None:
    assert sorted(messages.STATUS_WORDS) == [0, 1, 2, 3, 4]
