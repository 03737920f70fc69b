"""Messages of the board link, version 1: their numbers and how they are packed."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

VERSION = 1
HELLO, DATA, REPLY, NOTE = 0x01, 0x02, 0x03, 0x04
IDENTIFY, START, STOP, RREG, WREG, TUBE, PING, RESET, PACKET = range(0x81, 0x8A)
OK, UNKNOWN, BAD_ARGUMENT, NOT_NOW, CHIP_SILENT = range(5)
DEBUG, INFO, WARNING, ERROR = range(4)
HAS_TUBE = 1
MAX_PACKET = 32

REQUESTS = {
    IDENTIFY: "IDENTIFY",
    START: "START",
    STOP: "STOP",
    RREG: "RREG",
    WREG: "WREG",
    TUBE: "TUBE",
    PING: "PING",
    RESET: "RESET",
    PACKET: "PACKET",
}

_DATA_HEAD = struct.Struct("<BBIQB")


@dataclass(frozen=True, slots=True)
class Hello:
    """What a board says of itself."""

    chip_id: int
    packet_samples: int
    rate_hz: int
    has_tube: bool
    vref_uv: int
    gains: Sequence[int]
    board: str
    firmware: str
    board_time_us: int

    def pack(self, tag: int) -> bytes:
        """The body of a HELLO."""
        head = struct.pack(
            "<BBBBBBHHI",
            HELLO,
            tag,
            VERSION,
            self.chip_id,
            len(self.gains),
            self.packet_samples,
            self.rate_hz,
            HAS_TUBE if self.has_tube else 0,
            self.vref_uv,
        )
        names = _padded(self.board) + _padded(self.firmware)
        return head + bytes(self.gains) + names + struct.pack("<Q", self.board_time_us)


def _padded(name: str) -> bytes:
    return name.encode("ascii", "replace")[:16].ljust(16, b"\0")


def pack_data(counter: int, t_us: int, n: int, samples: bytes) -> bytes:
    """The body of a DATA."""
    return _DATA_HEAD.pack(DATA, 0, counter & 0xFFFFFFFF, t_us, n) + samples


def pack_reply(tag: int, status: int, payload: bytes = b"") -> bytes:
    """The body of a REPLY."""
    return bytes((REPLY, tag, status)) + payload


def pack_note(level: int, text: str) -> bytes:
    """The body of a NOTE."""
    return bytes((NOTE, 0, level)) + text.encode()


_SIZES = {RREG: 2, TUBE: 4, PING: 8, PACKET: 1}


def well_formed(kind: int, payload: bytes) -> bool:
    """Whether a request's payload has a length that it can have."""
    return len(payload) > 1 if kind == WREG else len(payload) == _SIZES.get(kind, 0)


def describe(kind: int, payload: bytes) -> dict[str, int | str]:
    """Name the arguments of a request; what is not well formed stays hex."""
    if not well_formed(kind, payload):
        return {"payload": payload.hex()}
    if kind == RREG:
        return {"address": payload[0], "count": payload[1]}
    if kind == WREG:
        return {"address": payload[0], "values": payload[1:].hex()}
    names = {TUBE: "number", PING: "host_time_ns", PACKET: "packet_samples"}
    return {names[kind]: int.from_bytes(payload, "little")} if payload else {}
