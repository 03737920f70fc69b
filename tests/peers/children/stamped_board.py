"""A board that notes when it sent each packet, and when its samples were really taken.

boardsim's board answers and makes the packets; the line is ours, so that the moment before each
send is known, and the line can be held up. Prints its address; at the end of standard input a
JSON map: `first_ns` and `step_ns` of the samples and `sent_ns` of each packet, monotonic.
"""

import argparse
import contextlib
import json
import random
import select
import socket
import sys
import time
from collections import deque

from boardsim.board import Board, BoardSettings
from boardsim.clock import BoardClock
from boardsim.framing import FrameReader, frame
from boardsim.messages import DATA, START, WREG
from boardsim.notebook import Notebook
from boardsim.simboard import Settings, make_frontend

HOLD_EVERY_S = (0.15, 0.45)
HOLD_S = (0.0, 0.05)


class StampedBoard:
    def __init__(self, options: argparse.Namespace) -> None:
        self._plain = options.plain
        self._hold = options.hold
        self._clock = BoardClock(1.0, options.ppm)
        settings = Settings(ramp=True)
        firmware = BoardSettings(packet_samples=options.packet)
        notes = Notebook()
        self._board = Board(
            firmware, make_frontend(settings), self._clock, settings.faults, log=notes, truth=notes
        )
        self._reader = FrameReader()
        self._out: deque[bytes] = deque()
        self._held_until = 0.0
        self._next_hold = 0.0
        self._random = random.Random(1)
        self._sent_ns: list[int] = []

    def serve(self, line: socket.socket) -> None:
        """One connection, until it or standard input ends."""
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._plain:  # to a reader that asks nothing: 1000 Hz, and bodies without frames
            self._board.handle(bytes((WREG, 0, 1, 0x94, 0xC0, 0xE0)))
            self._board.handle(bytes((START, 0)))
        else:
            self._out.append(frame(self._board.hello()))
        self._next_hold = time.monotonic() + 1.0
        while True:
            readable, _, _ = select.select([line, sys.stdin], [], [], self._patience())
            if sys.stdin in readable:
                return
            if line in readable:
                if not (data := line.recv(1 << 16)):
                    return
                for body in self._reader.feed(data):
                    self._out.extend(frame(answer) for answer in self._board.handle(body))
            for packet in self._board.packets(self._clock.now_us()):
                self._out.append(packet.body if self._plain else frame(packet.body))
            self._send(line)

    def _patience(self) -> float:
        if self._out:
            return max(0.0, self._held_until - time.monotonic())
        stream = self._board.stream
        due_us = stream.next_due_us() if stream else None
        due_s = time.monotonic() + 1.0 if due_us is None else self._clock.host_time(due_us)
        return max(0.0, due_s - time.monotonic())

    def _send(self, line: socket.socket) -> None:
        now = time.monotonic()
        if self._hold and now >= self._next_hold:
            self._held_until = now + self._random.uniform(*HOLD_S)
            self._next_hold = self._held_until + self._random.uniform(*HOLD_EVERY_S)
        if now < self._held_until:
            return
        while self._out:
            octets = self._out.popleft()
            # a frame's second byte is its type, a body's first one
            is_data = octets[0 if self._plain else 1] == DATA
            if is_data:
                self._sent_ns.append(time.monotonic_ns())
            line.sendall(octets)

    def tell(self) -> None:
        stream = self._board.stream
        assert stream
        first_s, later_s = (self._clock.host_time(stream.t_us(k)) for k in (0, 1_000_000))
        step_ns = (later_s - first_s) * 1e3
        json.dump(
            {"first_ns": first_s * 1e9, "step_ns": step_ns, "sent_ns": self._sent_ns}, sys.stdout
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--packet", type=int, default=20)
    parser.add_argument("--ppm", type=float, default=0.0)
    parser.add_argument("--hold", action="store_true")
    parser.add_argument("--plain", action="store_true")
    board = StampedBoard(parser.parse_args())
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print("tcp://{}:{}".format(*listening.getsockname()), flush=True)
        line, _ = listening.accept()
    with line, contextlib.suppress(ConnectionError):
        board.serve(line)
    board.tell()


main()
