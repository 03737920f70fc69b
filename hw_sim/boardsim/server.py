"""The program's loop: one line at a time, packets when they are due, faults when theirs are."""

import contextlib
import os
import select
import socket
import time

from boardsim.agenda import Agenda
from boardsim.board import Board
from boardsim.clock import BoardClock
from boardsim.delivery import Delivery, Mangler
from boardsim.doors import Door, Handle
from boardsim.faults import Faults
from boardsim.framing import FrameReader, frame
from boardsim.line import Line
from boardsim.notebook import Notebook
from boardsim.stream import Packet

FREE_RUN_BACKLOG = 1 << 18  # bytes that may wait for the socket when the board runs free
FREE_RUN_PACKETS = 64  # packets made at a time then


class Server:
    """Lets hosts in, and is the board's side of the line as long as it is up."""

    def __init__(
        self,
        board: Board,
        clock: BoardClock,
        faults: Faults,
        log: Notebook,
        door: Door,
        *,
        free_run: bool = False,
        buffer_bytes: int = 1 << 18,
        seed: int = 0,
        stdin: int | None = None,
    ) -> None:
        self._board = board
        self._clock = clock
        self._faults = faults
        self._log = log
        self._door = door
        self._free_run = free_run
        self._buffer_bytes = buffer_bytes
        self._stdin = stdin
        self._mangler = Mangler(faults, seed)
        self._delivery = Delivery(faults, seed)
        self._ears = Delivery(Faults(jitter_ms=faults.late_requests_ms), seed + 1)
        self._reader = FrameReader()
        self._line: Line | None = None
        self._agenda = Agenda(faults)
        self._not_before = 0.0  # host time before which no line comes up
        self._wake, self._waker = socket.socketpair()
        self._waker.setblocking(False)
        self._next_look = 0.0  # host time at which to look for a host that nothing announces

    def stop(self) -> None:
        """Let `run` return; may be called from a signal handler or another thread."""
        with contextlib.suppress(BlockingIOError):
            self._waker.send(b"\0")

    def run(self) -> None:
        """Serve until `stop`, or until standard input ends where that was asked for."""
        try:
            while self._turn():
                pass
        finally:
            self._hang_up("stopped")
            self._board.halt()
            self._door.close()
            self._wake.close()
            self._waker.close()

    def _turn(self) -> bool:
        now = time.monotonic()
        self._mend(now)
        line, coming = self._line, self._door.watched()
        watched: list[int] = [self._wake.fileno(), *coming]
        watched += [] if self._stdin is None else [self._stdin]
        watched += [line.fileno()] if line else []
        writing = [line.fileno()] if line and line.backlog else []
        readable, _, _ = select.select(watched, writing, [], self._patience(now))
        if self._wake.fileno() in readable:
            return False
        if self._stdin in readable and not os.read(self._stdin or 0, 4096):
            return False
        self._serve_line(line is not None and line.fileno() in readable)
        if any(fd in readable for fd in coming) and coming == self._door.watched():
            self._admit()
        return True

    def _serve_line(self, readable: bool) -> None:
        try:
            if readable:
                self._listen()
            if self._line:
                self._hear()
            if self._line:
                self._speak()
        except ConnectionError:
            self._hang_up("lost")

    def _patience(self, now: float) -> float | None:
        """Seconds until there is something to do of our own accord."""
        moments = []
        if self._line:
            due_us = self._board.stream.next_due_us() if self._board.stream else None
            if due_us is not None and not (self._free_run and self._crowded()):
                moments.append(self._clock.host_time(due_us))
            dues = (self._delivery.next_due(), self._ears.next_due())
            moments += [due for due in dues if due is not None]
        elif now < self._not_before:
            moments.append(self._not_before)
        elif self._door.look_s is not None:
            moments.append(self._next_look)
        return max(0.0, min(moments) - now) if moments else None

    def _crowded(self) -> bool:
        return self._line is not None and self._line.backlog >= FREE_RUN_BACKLOG

    def _mend(self, now: float) -> None:
        """Bring a line up where there is none: open the door again after a cut, and look."""
        if self._line or now < self._not_before:
            return
        self._door.open()
        if self._door.look_s is not None and now >= self._next_look:
            self._admit()
            self._next_look = time.monotonic() + self._door.look_s

    def _admit(self) -> None:
        handle = self._door.admit(busy=self._line is not None)
        if handle is not None:
            self._connect(handle)

    def _connect(self, handle: Handle) -> None:
        self._line = Line(handle, single_bytes=self._faults.bytes)
        self._reader = FrameReader()
        self._log.write(t_us=self._clock.now_us(), event="connected")
        self._send(self._board.hello())

    def _hang_up(self, why: str) -> None:
        if not self._line:
            return
        with contextlib.suppress(OSError):
            self._line.flush()
        self._line.close()
        self._line = None
        self._delivery.clear()
        self._ears.clear()
        self._board.halt()
        self._next_look = time.monotonic() + (self._door.look_s or 0.0)
        self._log.write(
            t_us=self._clock.now_us(), event="disconnected", why=why, bad_frames=self._reader.bad
        )

    def _listen(self) -> None:
        assert self._line
        data = self._line.read()
        if data is None:
            self._hang_up("closed by the host")
        elif data:
            self._ears.push(data, time.monotonic(), is_data=False)

    def _hear(self) -> None:
        for body in self._reader.feed(b"".join(self._ears.ready(time.monotonic()))):
            answers = self._board.handle(body)
            stream = self._board.stream
            if not (stream and self._agenda.silent(stream.number, self._board.stream_s)):
                for answer in answers:
                    self._send(answer)

    def _send(self, body: bytes) -> None:
        self._delivery.push(frame(body), time.monotonic(), is_data=False)

    def _speak(self) -> None:
        """Make the packets that are due and hand on what the delivery lets go."""
        assert self._line
        now = time.monotonic()
        if self._free_run:
            count = 0 if self._crowded() else FREE_RUN_PACKETS
            for _, packet in zip(range(count), self._board.packets(float("inf")), strict=False):
                if not self._ship(packet, now):
                    return
        else:
            for packet in self._board.packets(self._clock.now_us()):
                if not self._ship(packet, now):
                    return
        for data in self._delivery.ready(now):
            self._line.send(data)
        self._line.flush()

    def _ship(self, packet: Packet, now: float) -> bool:
        """Send a packet or lose it; False when the line or the board went down instead."""
        when = (packet.stream, packet.at_s)
        if cut := self._agenda.cut(*when):
            self._cut(now, cut.for_s)
            return False
        if self._agenda.reboot(*when):
            self._send(self._board.reboot())
            return False
        data, lost = self._mangler.mangle(packet)
        if self._agenda.silent(*when):
            lost = "silent"
        elif self._line and self._line.backlog > self._buffer_bytes and not self._free_run:
            lost = "buffer"
        elif data:
            self._delivery.push(data, now, is_data=True)
        if lost:
            self._board.lose(packet, lost)
        return True

    def _cut(self, now: float, for_s: float) -> None:
        """Take the line down; what the board had sent before still arrives."""
        assert self._line
        self._line.send(self._delivery.hurry())
        self._line.drain(1.0)
        self._door.shut()
        self._not_before = now + for_s
        self._hang_up("cut")
