"""The messages of the board link, version 1: frozen dataclasses, bytes in and out, no I/O."""

import struct
from dataclasses import dataclass
from enum import IntEnum

VERSION = 1
MAX_PACKET_SAMPLES = 32

HELLO = 0x01
DATA = 0x02
REPLY = 0x03
NOTE = 0x04

FLAG_TUBE = 0x0001

_HELLO_HEAD = struct.Struct("<BBBBHHI")
_HELLO_TAIL = struct.Struct("<16s16sQ")
_DATA_HEAD = struct.Struct("<IQB")


class Request(IntEnum):
    """What a host may ask of a board."""

    IDENTIFY = 0x81
    START = 0x82
    STOP = 0x83
    RREG = 0x84
    WREG = 0x85
    TUBE = 0x86
    PING = 0x87
    RESET = 0x88
    PACKET = 0x89


STATUS_OK = 0
STATUS_WORDS = {
    0: "ok",
    1: "the board does not know this request",
    2: "the board refused an argument",
    3: "not while streaming",
    4: "the chip does not answer its microcontroller",
}


class MessageError(Exception):
    """A sound frame that carries no message of this version."""


class UnknownType(MessageError):
    """A message type that a later version may have: to be ignored."""


@dataclass(frozen=True, slots=True)
class Hello:
    """What a board says of itself; rate and gains are what its registers say at that moment."""

    tag: int
    chip_id: int
    channels: int
    packet_samples: int
    rate_hz: int
    flags: int
    vref_uv: int
    gains: tuple[int, ...]
    board: str
    firmware: str
    board_time_us: int

    @property
    def has_tube(self) -> bool:
        """Whether the board can show numbers on a digital tube."""
        return bool(self.flags & FLAG_TUBE)


@dataclass(frozen=True, slots=True)
class Data:
    """One packet of samples, as the chip clocked them out."""

    counter: int
    t_us: int
    n: int
    samples: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to the request of the same tag."""

    tag: int
    status: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A line for the log: level 0 debug, 1 info, 2 warning, 3 error."""

    level: int
    text: str


Message = Hello | Data | Reply | Note


def decode(message: bytes) -> Message:
    """Read a board's message; raises MessageError where it is none of version 1."""
    kind, tag, payload = message[0], message[1], message[2:]
    if kind == DATA:
        return _data(payload)
    if kind == REPLY:
        if not payload:
            raise MessageError("REPLY without a status")
        return Reply(tag, payload[0], payload[1:])
    if kind == HELLO:
        return _hello(tag, payload)
    if kind == NOTE:
        if not payload:
            raise MessageError("NOTE without a level")
        return Note(payload[0], payload[1:].decode("utf-8", "replace"))
    raise UnknownType(f"message type 0x{kind:02X}")


def request(kind: Request, tag: int, payload: bytes = b"") -> bytes:
    """Give type, tag and payload of a request, ready to be framed."""
    return bytes((kind, tag)) + payload


def _data(payload: bytes) -> Data:
    if len(payload) < _DATA_HEAD.size:
        raise MessageError(f"DATA of {len(payload)} bytes, shorter than its head")
    counter, t_us, n = _DATA_HEAD.unpack_from(payload)
    samples = payload[_DATA_HEAD.size :]
    if not 1 <= n <= MAX_PACKET_SAMPLES or not samples or len(samples) % n:
        raise MessageError(f"DATA says {n} samples in {len(samples)} bytes")
    return Data(counter, t_us, n, samples)


def _hello(tag: int, payload: bytes) -> Hello:
    if not payload:
        raise MessageError("HELLO without a version")
    if payload[0] != VERSION:
        raise MessageError(
            f"HELLO of link version {payload[0]}; this host speaks version {VERSION}: "
            "put matching versions on board and PC"
        )
    if len(payload) < _HELLO_HEAD.size:
        raise MessageError(f"HELLO of {len(payload)} bytes, shorter than its head")
    _, chip_id, channels, packet_samples, rate_hz, flags, vref_uv = _HELLO_HEAD.unpack_from(payload)
    expected = _HELLO_HEAD.size + channels + _HELLO_TAIL.size
    if len(payload) != expected:
        raise MessageError(f"HELLO of {len(payload)} bytes for {channels} channels, not {expected}")
    gains = tuple(payload[_HELLO_HEAD.size : _HELLO_HEAD.size + channels])
    board, firmware, board_time_us = _HELLO_TAIL.unpack_from(payload, _HELLO_HEAD.size + channels)
    return Hello(
        tag,
        chip_id,
        channels,
        packet_samples,
        rate_hz,
        flags,
        vref_uv,
        gains,
        _name(board),
        _name(firmware),
        board_time_us,
    )


def _name(padded: bytes) -> str:
    return padded.split(b"\0", 1)[0].decode("ascii", "replace")
