"""What a driver opens on a PC: spidev's and libgpiod's objects, on the simulated clock.

    chip = Chip(source=...)
    spi, line = FakeSpi(chip), FakeDrdyLine(chip)

No time passes but in transfers, in waiting for an edge and in `chip.sleep`: a driver under test
takes `chip.sleep` for its sleeping and `chip.monotonic_ns` for its clock.
"""

import datetime
import errno
import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from boardsim.chip import Chip
from boardsim.spiport import SpiPort


class FakeSpi:
    """The part of `spidev.SpiDev` that a driver needs; CS is low during each call.

    Before CS falls a call takes `call_ns`; after the last clock CS stays low for `hold_ns`.
    """

    def __init__(self, chip: Chip, *, call_ns: int = 50_000, hold_ns: int = 5_000) -> None:
        self.mode = 0  # as spidev opens it; the chip needs 1
        self.max_speed_hz = 500_000
        self.bits_per_word = 8
        self.port = SpiPort(chip)
        self._chip = chip
        self._call_ns = call_ns
        self._hold_ns = hold_ns
        self._open = True

    def xfer2(
        self,
        values: Sequence[int],
        speed_hz: int = 0,
        delay_usecs: int = 0,
        bits_per_word: int = 0,
        /,
    ) -> list[int]:
        """Clock bytes out and in under one CS; `delay_usecs` is added before CS rises.

        As spidev does: no argument goes by its name, and a list is overwritten with what came in.
        """
        if not self._open:
            raise OSError(errno.EBADF, "the SPI device is closed")
        if (bits_per_word or self.bits_per_word) != 8:
            raise OSError(errno.EINVAL, "this SPI controller has 8 bits a word")
        self._chip.advance(self._call_ns)
        self.port.select()
        data, speed = bytes(values), speed_hz or self.max_speed_hz
        if self.mode == 1:
            out = self.port.clock(data, speed)
        else:
            out = self._clock_in_wrong_mode(data, speed)
        self._chip.advance(self._hold_ns + 1000 * delay_usecs)
        self.port.deselect()
        got = values if isinstance(values, list) else [0] * len(out)
        got[:] = out
        return got

    xfer = xfer2  # with one transfer a call they do the same

    def _clock_in_wrong_mode(self, data: bytes, speed_hz: int) -> bytes:
        """Sampled on the wrong edge, both directions are one bit late."""
        self._chip.violate("spi-mode", f"mode {self.mode}: the chip has mode 1")
        out = self.port.clock(_one_bit_late(data), speed_hz)
        return _one_bit_late(out)

    def writebytes(self, values: Sequence[int]) -> None:
        """Clock bytes out."""
        self.xfer2(values)

    writebytes2 = writebytes

    def readbytes(self, count: int) -> list[int]:
        """Clock zeros out and bytes in."""
        return self.xfer2([0] * count)

    def close(self) -> None:
        """Give the device back; safe to call twice."""
        self._open = False


def _one_bit_late(data: bytes) -> bytes:
    return (int.from_bytes(data) >> 1).to_bytes(len(data))


class EdgeType(IntEnum):
    """As `gpiod.EdgeEvent.Type`."""

    RISING_EDGE = 1
    FALLING_EDGE = 2


@dataclass(frozen=True, slots=True)
class EdgeEvent:
    """As `gpiod.EdgeEvent`."""

    event_type: EdgeType
    timestamp_ns: int
    line_offset: int
    global_seqno: int
    line_seqno: int


class FakeDrdyLine:
    """The part of libgpiod v2's `LineRequest` that a driver needs, for falling edges of DRDY.

    `hiccup_ms`: each wait may come back up to that much too late, by chance `hiccup_chance`.
    `miss_every`: the controller misses every so-manieth edge. When `event_buffer_size` events
    wait, the oldest one makes room, as in the kernel.
    """

    def __init__(
        self,
        chip: Chip,
        *,
        offset: int = 26,
        hiccup_ms: float = 0.0,
        hiccup_chance: float = 1.0,
        miss_every: int = 0,
        event_buffer_size: int = 16,
        seed: int = 0,
    ) -> None:
        self._chip = chip
        self._offset = offset
        self._hiccup_ns = hiccup_ms * 1e6
        self._chance = hiccup_chance
        self._miss_every = miss_every
        self._random = random.Random(seed)
        self._events: deque[EdgeEvent] = deque(maxlen=event_buffer_size)
        self._falls = 0
        self._seqno = 0
        self._open = True
        chip.falls.clear()

    def wait_edge_events(self, timeout: datetime.timedelta | float | None = None) -> bool:
        """Let time pass until DRDY falls, at most `timeout` seconds."""
        self._check()
        if isinstance(timeout, datetime.timedelta):
            timeout = timeout.total_seconds()
        until_ns = None if timeout is None else self._chip.now_ns + round(timeout * 1e9)
        self._collect()
        while not self._events:
            due_ns = self._chip.next_drdy_ns()
            if until_ns is None and due_ns is None:
                raise RuntimeError("DRDY will never fall, and the wait has no end")
            if due_ns is None or (until_ns is not None and due_ns > until_ns):
                self._chip.advance_to(until_ns or 0)
                return False
            self._chip.advance_to(due_ns)
            self._collect()
        if self._hiccup_ns and self._random.random() < self._chance:
            self._chip.advance(round(self._random.random() * self._hiccup_ns))
        return True

    def read_edge_events(self, max_events: int | None = None) -> list[EdgeEvent]:
        """Give the events that wait; without any, wait for one."""
        self._check()
        self._collect()
        if not self._events:
            self.wait_edge_events()
        count = min(len(self._events), max_events or len(self._events))
        return [self._events.popleft() for _ in range(count)]

    def _check(self) -> None:
        if not self._open:
            raise ValueError("the line was released")

    def _collect(self) -> None:
        while self._chip.falls:
            t_ns = self._chip.falls.popleft()
            self._falls += 1
            if self._miss_every and self._falls % self._miss_every == 0:
                continue
            self._seqno += 1
            self._events.append(
                EdgeEvent(EdgeType.FALLING_EDGE, t_ns, self._offset, self._seqno, self._seqno)
            )

    def release(self) -> None:
        """Give the line back; safe to call twice."""
        self._open = False

    close = release

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.release()
