"""A small board typed by hand from the link's specification, on a plain socket, in a thread.

It does what boardsim does not: odd firmware, late and missing answers, bytes at will.
"""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from support import spec_wire as wire

HELLO = 0x01
IDENTIFY, START, STOP, RREG, WREG, TUBE, PING, RESET, PACKET = range(0x81, 0x8A)

# Power-up values, data sheet p.44; CONFIG3 (03) has its reference on, which saves 150 ms a test
RESETS = bytes.fromhex("3e 96 c0 e0 00 6161616161616161 0000000000 0000 0f 00 00 00")
READ_ONLY = (0x00, 0x12, 0x13)


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    kind: int
    tag: int
    payload: bytes
    at_s: float


class HandBoard:
    """Answers as the specification says, except for the kinds that a test takes over.

    `behave[kind]` gives the messages sent for a request of that kind, none for silence;
    `on_start` runs in the board's thread once START is answered.
    """

    def __init__(
        self,
        *,
        dial: tuple[str, int] | None = None,
        hello_tag: int | None = None,
        greets: bool = True,
        chip_ids: tuple[int, ...] = (0x3E,),
        **hello: Any,
    ) -> None:
        self.asked: list[Asked] = []
        self.behave: dict[int, Callable[[int, bytes], list[bytes]]] = {}
        self.on_start: Callable[[], None] = lambda: None
        self.chips = [bytearray(bytes((chip_id,)) + RESETS[1:]) for chip_id in chip_ids]
        self.streaming = False
        self.starts = 0
        self.lines = 0
        self.ping_offset_us = 0  # how far the clock that answers PING is off the one in DATA
        self.failure: BaseException | None = None
        self._hello = {"chip_id": chip_ids[0], **hello}
        self._hello_tag = hello_tag
        self._greets = greets
        self._dial = dial
        self._born_ns = time.monotonic_ns() - 5_000_000_000
        self._changed = threading.Condition()
        self._sending = threading.Lock()
        self._ended = False
        self._line: socket.socket | None = None
        self._listening = None if dial else socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1] if self._listening else 0
        self._thread = threading.Thread(target=self._run, name="hand board", daemon=True)

    # -- what a test does

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._ended = True
        if self._listening:
            with contextlib.suppress(OSError):
                self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
        self.cut()
        self._thread.join()
        if self.failure is not None and error is None:
            raise self.failure

    def say(self, *messages: bytes) -> None:
        """Send messages, each in a frame."""
        self.send(b"".join(wire.frame(message) for message in messages))

    def send(self, raw: bytes) -> None:
        """Send bytes as they are; a line that is gone takes none."""
        with self._sending, contextlib.suppress(OSError):
            if self._line is not None:
                self._line.sendall(raw)

    def cut(self, *, reset: bool = False) -> None:
        """Drop the line, rudely or not."""
        with self._sending, contextlib.suppress(OSError):
            if self._line is not None:
                if reset:
                    linger = struct.pack("ii", 1, 0)
                    self._line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    self._line.close()
                else:
                    self._line.shutdown(socket.SHUT_RDWR)

    def clock_us(self) -> int:
        """Microseconds since power-up."""
        return (time.monotonic_ns() - self._born_ns) // 1000

    def await_line(self, count: int = 1, within_s: float = 5.0) -> None:
        """Wait until a host has connected so many times."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.lines >= count, within_s), "nobody connected"

    def of(self, *kinds: int) -> list[Asked]:
        """The requests of these kinds so far."""
        return [asked for asked in self.asked if asked.kind in kinds]

    def await_request(self, kind: int, count: int = 1, within_s: float = 5.0) -> Asked:
        """Wait until a request of that kind has come so many times."""
        with self._changed:
            came = self._changed.wait_for(lambda: len(self.of(kind)) >= count, within_s)
        assert came, f"request 0x{kind:02X} came {len(self.of(kind))} times, not {count}"
        return self.of(kind)[count - 1]

    def greet(self, tag: int = 0) -> bytes:
        """A HELLO that says what the registers say."""
        gains = (1, 2, 4, 6, 8, 12, 24)
        rates = (16000, 8000, 4000, 2000, 1000, 500, 250)
        count = {0: 4, 1: 6, 2: 8}
        sets = [chip[5 + c] for chip in self.chips for c in range(count.get(chip[0] & 3, 8))]
        says = {
            "gains": tuple(gains[min(value >> 4 & 7, 6)] for value in sets),
            "rate_hz": rates[min(self.chips[0][1] & 7, 6)],
            "board_time_us": self.clock_us(),
            **self._hello,
        }
        return wire.hello(tag, **says)

    # -- the firmware

    def _run(self) -> None:
        while not self._ended:
            try:
                line = self._connect()
            except OSError:
                continue
            with line:
                self.streaming = False
                with self._changed:
                    self._line = line
                    self.lines += 1
                    self._changed.notify_all()
                try:
                    self._serve(line)
                except OSError:
                    pass
                except BaseException as failure:  # noqa: BLE001  # told by __exit__
                    self.failure = failure
                with self._sending:
                    self._line = None

    def _connect(self) -> socket.socket:
        if self._listening:
            return self._listening.accept()[0]
        assert self._dial is not None
        time.sleep(0.01)
        return socket.create_connection(self._dial, timeout=1.0)

    def _serve(self, line: socket.socket) -> None:
        line.settimeout(None)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._greets:
            self.say(self.greet())
        pending = b""
        while received := line.recv(65536):
            *pieces, pending = (pending + received).split(b"\0")
            for piece in pieces:
                if piece:
                    message = wire.unframe(piece)
                    assert message is not None, f"the host sent a broken frame: {piece.hex()}"
                    self._hear(message)

    def _hear(self, message: bytes) -> None:
        kind, tag, payload = message[0], message[1], message[2:]
        with self._changed:
            self.asked.append(Asked(kind, tag, payload, time.monotonic()))
            self._changed.notify_all()
        behaviour = self.behave.get(kind)
        answers = behaviour(tag, payload) if behaviour else self.answer(kind, tag, payload)
        started = kind == START and bool(answers)
        if started:
            self.streaming = True
            self.starts += 1
        if tag or kind == RESET:
            self.say(*answers)
        if started:
            self.on_start()

    def answer(self, kind: int, tag: int, payload: bytes) -> list[bytes]:
        """What the specification says a board answers."""
        if kind == IDENTIFY:
            return [self.greet(tag if self._hello_tag is None else self._hello_tag)]
        if kind in (RREG, WREG, PACKET) and self.streaming:
            return [wire.reply(tag, 3)]
        if kind in (RREG, WREG):
            return [self._registers(kind, tag, payload)]
        if kind == TUBE:
            return [wire.reply(tag, 0, wire.u64(self.clock_us() + self.ping_offset_us))]
        if kind == PING:
            board_us = self.clock_us() + self.ping_offset_us
            return [wire.reply(tag, 0, payload + wire.u64(board_us))]
        if kind == STOP:
            self.streaming = False
        if kind == PACKET:
            self._hello["packet_samples"] = payload[0]
        return [wire.reply(tag, 0 if kind in (START, STOP, PACKET) else 1)]

    def _registers(self, kind: int, tag: int, payload: bytes) -> bytes:
        number, first = divmod(payload[0], 0x20)
        if number >= len(self.chips):
            return wire.reply(tag, 2)
        chip = self.chips[number]
        if kind == RREG:
            return wire.reply(tag, 0, bytes(chip[first : first + payload[1]]))
        for address, value in enumerate(payload[1:], first):
            if address not in READ_ONLY:
                chip[address] = value
        return wire.reply(tag, 0)
