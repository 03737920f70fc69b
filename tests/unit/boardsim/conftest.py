"""A host typed by hand from the link's document: nothing of it comes from boardsim."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from boardsim.simboard import Settings, SimBoard


def crc_step(crc: int) -> int:
    for _ in range(8):
        crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


CRC_TABLE = [crc_step(octet << 8) for octet in range(256)]


def crc16(data: bytes) -> int:
    crc = 0xFFFF
    for octet in data:
        crc = (crc << 8 & 0xFFFF) ^ CRC_TABLE[crc >> 8 ^ octet]
    return crc


def cobs_encode(data: bytes) -> bytes:
    out, block = bytearray(), bytearray()
    for octet in data:
        if octet == 0:
            out += bytes([len(block) + 1]) + block
            block.clear()
            continue
        block.append(octet)
        if len(block) == 254:
            out += b"\xff" + block
            block.clear()
    return bytes(out + bytes([len(block) + 1]) + block)


def cobs_decode(data: bytes) -> bytes:
    out, at = bytearray(), 0
    while at < len(data):
        code = data[at]
        out += data[at + 1 : at + code]
        at += code
        if code != 255 and at < len(data):
            out.append(0)
    return bytes(out)


def frame(body: bytes) -> bytes:
    return cobs_encode(body + struct.pack("<H", crc16(body))) + b"\0"


@dataclass
class Data:
    counter: int
    t_us: int
    n: int
    samples: bytes
    at: float  # host time of arrival

    def counts(self, channels: int = 8) -> list[list[int]]:
        size = 3 + 3 * channels
        return [
            [
                int.from_bytes(self.samples[k : k + 3], "big", signed=True)
                for k in range(i * size + 3, (i + 1) * size, 3)
            ]
            for i in range(self.n)
        ]


class Host:
    """The PC's end of one line."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.sock.settimeout(10.0)
        self.rest = b""
        self.broken = 0
        self.raw = b""
        self.messages: list[bytes] = []
        self.data: list[Data] = []
        self.closed = False

    def pump(self) -> bool:
        """Take what comes next; False when the board closed the line."""
        try:
            chunk = self.sock.recv(65536)
        except ConnectionError:
            chunk = b""
        now = time.monotonic()
        if not chunk:
            self.closed = True
            return False
        self.raw += chunk
        *pieces, self.rest = (self.rest + chunk).split(b"\0")
        for piece in pieces:
            if not piece:
                continue
            body = cobs_decode(piece)
            if len(body) < 4 or crc16(body[:-2]) != int.from_bytes(body[-2:], "little"):
                self.broken += 1
            elif body[0] == 2:
                counter, t_us, n = struct.unpack("<IQB", body[2:15])
                self.data.append(Data(counter, t_us, n, body[15:-2], now))
            else:
                self.messages.append(body[:-2])
        return True

    def next_message(self) -> bytes:
        """Type, tag and payload of the next message that is not DATA."""
        while not self.messages:
            assert self.pump(), "the board closed the line"
        return self.messages.pop(0)

    def send(self, kind: int, tag: int = 0, payload: bytes = b"") -> None:
        self.sock.sendall(frame(bytes([kind, tag]) + payload))

    def ask(self, kind: int, payload: bytes = b"", tag: int = 7) -> tuple[int, bytes]:
        """Send a request and give status and data of its REPLY."""
        self.send(kind, tag, payload)
        reply = self.next_message()
        assert reply[:2] == bytes([3, tag])
        return reply[2], reply[3:]

    def configure(self, config1: int = 0x94, chset: int = 0x60, packet: int = 20) -> None:
        """1 kSPS, reference on, all channels normal at gain 24, unless told otherwise."""
        assert self.ask(0x85, bytes([1, config1, 0xC0, 0xE0])) == (0, b"")
        assert self.ask(0x85, bytes([5] + [chset] * 8)) == (0, b"")
        assert self.ask(0x89, bytes([packet])) == (0, b"")

    def start(self) -> None:
        assert self.ask(0x82) == (0, b"")

    def take(self, packets: int) -> list[Data]:
        """Wait until so many DATA have come in all."""
        while len(self.data) < packets:
            assert self.pump(), "the board closed the line"
        return self.data

    def until_closed(self) -> None:
        while self.pump():
            pass


Boards = Callable[..., SimBoard]


@pytest.fixture
def board() -> Iterator[Boards]:
    """Make running boards; all are stopped at the end."""
    made: list[SimBoard] = []

    def make(**settings: Any) -> SimBoard:
        made.append(SimBoard(Settings(**settings)).start())
        return made[-1]

    yield make
    for each in made:
        each.stop()
    assert not [t for t in threading.enumerate() if t.name == "boardsim"]


@pytest.fixture
def dial() -> Iterator[Callable[[SimBoard | int], Host]]:
    """Connect a host to a board in this process, or to a port."""
    hosts: list[Host] = []

    def connect(where: SimBoard | int) -> Host:
        address = ("127.0.0.1", where) if isinstance(where, int) else where.address
        hosts.append(Host(socket.create_connection(address, timeout=10)))
        return hosts[-1]

    yield connect
    for host in hosts:
        host.sock.close()


@pytest.fixture
def ready(board: Boards, dial: Callable[[SimBoard], Host]) -> Callable[..., tuple[SimBoard, Host]]:
    """A board, and a host that has read its HELLO and configured it."""

    def make(packet: int = 20, config1: int = 0x94, **settings: Any) -> tuple[SimBoard, Host]:
        sim = board(**settings)
        host = dial(sim)
        assert host.next_message()[0] == 1
        host.configure(config1=config1, packet=packet)
        return sim, host

    return make
