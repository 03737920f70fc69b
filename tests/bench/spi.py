"""Host time per sample of a chip on SPI, without the transfer itself, beside a bare xfer2 loop.

Both wait for an edge, fetch it and call xfer2, on objects that do what gpiod and spidev do in this
process (a select, an event, two lists) and whose transfer costs nothing. The bare loop throws the
bytes away; ours accounts for every conversion and gives blocks of counts.
"""

import os
import select
import time
from collections.abc import Callable
from functools import partial

from ads1299.plan import BoardPlan
from ads1299.spi import SpiSource
from ads1299.spi_device import SpiPorts
from boardsim.chip import Chip
from boardsim.spidev_fake import EdgeEvent, EdgeType, FakeSpi

from tests.bench.table import Row

_SAMPLES = 2_000
_ROUNDS = 150
_PERIOD_NS = 1_000_000
_FRAME = bytes((0xC0, *range(26)))


class Line:
    """DRDY, on which an edge has always just come."""

    def __init__(self) -> None:
        self.now_ns = 0
        self._edges = 0
        self._reading, self._writing = os.pipe()
        os.write(self._writing, b"!")  # there is always something to read

    def rewind(self) -> None:
        self.now_ns = self._edges = 0

    def wait_edge_events(self, timeout: float | None = None) -> bool:
        readable, _, _ = select.select([self._reading], [], [], timeout)
        return self._reading in readable and timeout != 0

    def read_edge_events(self) -> list[EdgeEvent]:
        self._edges += 1
        fell_ns = self._edges * _PERIOD_NS
        self.now_ns = fell_ns + 100_000
        return [EdgeEvent(EdgeType.FALLING_EDGE, fell_ns, 26, self._edges, self._edges)]

    def release(self) -> None:
        pass

    def clock(self) -> int:
        return self.now_ns


class Spi:
    """A frame costs only its lists; a simulated chip answers to the rest."""

    def __init__(self) -> None:
        chip = Chip(booted=True)
        chip.write(0x01, 0x94)  # 1000 Hz
        self.mode = 0
        self.max_speed_hz = 0
        self._chip = FakeSpi(chip)
        self._chip.mode = 1

    def xfer2(self, values: bytes, speed_hz: int = 0, delay_usecs: int = 0, /) -> list[int]:
        sent = list(values)
        if speed_hz:
            return self._chip.xfer2(sent, speed_hz, delay_usecs)
        sent[:] = _FRAME
        return sent

    def close(self) -> None:
        pass


class Pi:
    """Opens them."""

    name = "bench"
    speed_hz = 4_000_000

    def __init__(self, spi: Spi, line: Line) -> None:
        self._ports = SpiPorts(spi, line)

    def open(self) -> SpiPorts:
        return self._ports


def measure() -> list[Row]:
    spi, line = Spi(), Line()
    ours = bare = float("inf")
    for _ in range(_ROUNDS):
        line.rewind()
        source = SpiSource(Pi(spi, line), BoardPlan(configure=False), line.clock, lambda _: None)
        source.start(lambda: None)
        ours = min(ours, _us(partial(_blocks, source)))
        line.rewind()
        bare = min(bare, _us(partial(_loop, spi, line)))
    return [
        Row(
            "SPI, host time a sample without transfer",
            f"{ours:.2f} us",
            f"bare xfer2 loop {bare:.2f} us",
            ours / bare,
            3,
        )
    ]


def _blocks(source: SpiSource) -> None:
    block = None
    for _ in range(_SAMPLES // 20):
        block = source.read(0.05)
    assert block is not None
    assert block.end == _SAMPLES


def _loop(spi: Spi, line: Line) -> None:
    zeros = bytes(27)
    for _ in range(_SAMPLES):
        if line.wait_edge_events(0.05):
            line.read_edge_events()
            spi.xfer2(zeros)


def _us(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) / _SAMPLES * 1e6
