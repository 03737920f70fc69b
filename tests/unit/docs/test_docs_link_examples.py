"""The examples of docs/link.md, checked by a decoder typed here and by the code."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from boardsim import framing as sim_framing
from mcubridge.frame import FrameReader, encode
from mcubridge.messages import STATUS_WORDS, Request, decode, request

HOST_TYPES = range(0x81, 0x8A)
BOARD_TYPES = range(0x01, 0x05)


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE, a bit at a time."""
    crc = 0xFFFF
    for octet in data:
        crc ^= octet << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021) & 0xFFFF if crc & 0x8000 else crc << 1
    return crc


def cobs_decode(stuffed: bytes) -> bytes:
    """Consistent overhead byte stuffing, as Cheshire and Baker describe it."""
    out = bytearray()
    at = 0
    while at < len(stuffed):
        code = stuffed[at]
        assert code > 0
        assert at + code <= len(stuffed)
        out += stuffed[at + 1 : at + code]
        at += code
        if code < 0xFF and at < len(stuffed):
            out.append(0)
    return bytes(out)


class Frame:
    """A frame as the page shows it: bytes on the left, what they mean on the right."""

    def __init__(self, text: str) -> None:
        rows, _, line = text.partition("line:")
        self.line = bytes.fromhex(line)
        self.body = b""
        self.fields: list[tuple[str, bytes, str]] = []
        for row in rows.splitlines():
            shown, meaning = re.split(r" {3,}", row, maxsplit=1)
            name, _, value = meaning.partition(" = ")
            self.fields.append((name, bytes.fromhex(shown), value))
            self.body += bytes.fromhex(shown)

    def __getitem__(self, name: str) -> Any:
        [value] = [
            self.read(name, shown, text) for name_, shown, text in self.fields if name_ == name
        ]
        return value

    def has(self, name: str) -> bool:
        return name in [field[0] for field in self.fields]

    @staticmethod
    def read(name: str, shown: bytes, text: str) -> Any:
        """What the bytes say, once it is what the page says of them."""
        if name == "status" and not text:
            return shown
        if text.startswith('"'):
            said: Any = shown.rstrip(b"\0").decode()
            assert said == text.strip('"')
        elif name == "gains":
            said = tuple(shown)
            assert said == tuple(map(int, text.split()))
        elif name == "values":
            said = shown
            assert said == bytes.fromhex(text)
        elif name.startswith("channel "):
            said = int.from_bytes(shown, "big", signed=True)
            assert said == int(text)
        else:
            said = int.from_bytes(shown, "little")
            assert said == int(text, 0), name
        return said

    @property
    def payload(self) -> bytes:
        return self.body[2:-2]


@pytest.fixture(scope="session")
def frames(page: Callable[[str], Any]) -> dict[str, Frame]:
    return {block.name: Frame(block.text) for block in page("link.md").of("frame")}


def test_every_frame_reads_as_the_page_says(frames: dict[str, Frame]) -> None:
    for frame in frames.values():
        for name, shown, text in frame.fields:
            frame.read(name, shown, text)
        assert frame["crc"] == crc16(frame.body[:-2])
        assert frame.line[-1] == 0
        assert 0 not in frame.line[:-1]
        assert cobs_decode(frame.line[:-1]) == frame.body


def test_there_is_an_example_of_every_type(frames: dict[str, Frame]) -> None:
    assert {frame["type"] for frame in frames.values()} == {*HOST_TYPES, *BOARD_TYPES}


def test_our_frames_are_those_of_the_page(frames: dict[str, Frame]) -> None:
    for frame in frames.values():
        assert encode(frame.body[:-2]) == frame.line
        reader = FrameReader()
        assert reader.feed(frame.line) == [frame.body[:-2]]
        assert reader.bad == 0


def test_the_simulated_boards_frames_are_those_of_the_page(frames: dict[str, Frame]) -> None:
    for frame in frames.values():
        assert sim_framing.frame(frame.body[:-2]) == frame.line
        assert sim_framing.unframe(frame.line[:-1]) == frame.body[:-2]


def test_we_read_the_boards_messages_as_the_page_does(frames: dict[str, Frame]) -> None:
    for frame in frames.values():
        if frame["type"] not in BOARD_TYPES:
            continue
        message = decode(frame.body[:-2])
        for name in message.__slots__:
            if frame.has(name) and name not in ("samples", "payload"):
                assert getattr(message, name) == frame[name], name


def test_hello_says_a_tube_and_its_version(frames: dict[str, Frame]) -> None:
    hello = decode(frames["HELLO"].body[:-2])
    assert hello.has_tube
    assert frames["HELLO"]["version"] == 1
    assert hello.channels == len(hello.gains)


def test_samples_of_data_stand_in_the_order_of_the_page(frames: dict[str, Frame]) -> None:
    from ads1299.frame import decode as decode_samples

    frame = frames["DATA"]
    data = decode(frame.body[:-2])
    shown = [
        frame.read(name, octets, text)
        for name, octets, text in frame.fields
        if name.startswith("channel ")
    ]
    status, counts = decode_samples(data.samples, data.n, 4)
    assert counts.ravel().tolist() == shown
    assert status == b"".join(octets for name, octets, _ in frame.fields if name == "status")


def test_our_requests_are_those_of_the_page(frames: dict[str, Frame]) -> None:
    for name, frame in frames.items():
        if frame["type"] in HOST_TYPES:
            kind = Request[name]
            assert kind == frame["type"]
            assert request(kind, frame["tag"], frame.payload) == frame.body[:-2]


def test_replies_answer_their_requests(frames: dict[str, Frame]) -> None:
    assert frames["REPLY to WREG, done"]["tag"] == frames["WREG"]["tag"]
    assert frames["REPLY to RREG"]["tag"] == frames["RREG"]["tag"]
    assert len(frames["REPLY to RREG"]["values"]) == frames["RREG"]["count"]
    assert frames["REPLY to PACKET, refused"]["tag"] == frames["PACKET"]["tag"]
    assert frames["REPLY to TUBE"]["tag"] == frames["TUBE"]["tag"]
    assert frames["REPLY to PING"]["tag"] == frames["PING"]["tag"]
    assert frames["REPLY to PING"]["host_time_ns"] == frames["PING"]["host_time_ns"]


def test_tables_name_the_types_and_statuses_of_the_code(page: Callable[[str], Any]) -> None:
    text = page("link.md").text
    requests = re.findall(r"^\| 0x(8.) \| ([A-Z]+) \|", text, re.MULTILINE)
    assert {name: int(number, 16) for number, name in requests} == {
        kind.name: kind.value for kind in Request
    }
    messages = re.findall(r"^### 0x(0.) ([A-Z]+):", text, re.MULTILINE)
    assert [int(number, 16) for number, _ in messages] == [*BOARD_TYPES]
    statuses = re.findall(r"^\| (\d) \| ", text, re.MULTILINE)
    assert [int(status) for status in statuses] == [*STATUS_WORDS]


def test_the_crc_of_the_page_is_the_usual_check_value(page: Callable[[str], Any]) -> None:
    assert "`123456789` gives 0x29B1" in page("link.md").text
    assert crc16(b"123456789") == 0x29B1


def spelt(text: str) -> bytes:
    """Bytes in hex, where `02 .. FE` counts up."""
    octets: list[int] = []
    words = text.split()
    for place, word in enumerate(words):
        if word == "..":
            octets += range(octets[-1] + 1, int(words[place + 1], 16))
        else:
            octets.append(int(word, 16))
    return bytes(octets)


def test_stuffing_is_as_the_page_shows_it(page: Callable[[str], Any]) -> None:
    from mcubridge.frame import _stuff

    [block] = page("link.md").of("cobs")
    for row in block.text.splitlines():
        plain, stuffed = map(spelt, row.split("->"))
        assert cobs_decode(stuffed) == plain
        assert sim_framing.unstuff(stuffed) == plain
        assert _stuff(plain) in (stuffed, stuffed + b"\1")
        assert cobs_decode(stuffed + b"\1" if len(plain) == 254 else stuffed) == plain
