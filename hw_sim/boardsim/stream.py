"""From START to STOP: samples to packets, and the truth about them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from boardsim import messages as msg
from boardsim.chronicle import Chronicle
from boardsim.face import Face
from boardsim.frontend import FrontEnd
from boardsim.notebook import Notebook

_LONG = 1_000_000  # samples over which a period is told, so that no rounding shows
BATCH = 512  # conversions made at a time


@dataclass(frozen=True, slots=True)
class Packet:
    """One DATA message, with what is needed to lose it on purpose and to know what was lost."""

    stream: int
    counter: int
    first: int
    n: int
    at_s: float  # nominal seconds of signal from START to its first sample
    due_us: float  # board time of the last sample's DRDY
    body: bytes


class Stream:
    """The samples since one START; `start_us` and `us_per_tclk` are of the board's clock."""

    def __init__(
        self,
        number: int,
        frontend: FrontEnd,
        *,
        start_us: float,
        us_per_tclk: float,
        packet_samples: int,
        limit: int | None,
        skip: int = 0,
        truth: Notebook,
        host_ns: Callable[[float], int | None] = lambda _: None,
    ) -> None:
        self.number = number
        self.start_us = start_us
        self._frontend = frontend
        self._rate_hz = frontend.registers.rate_hz
        self._settling_us = frontend.registers.settling_tclk * us_per_tclk
        self._period_us = frontend.registers.period_tclk * us_per_tclk
        self._packet_samples = packet_samples
        self._limit = limit
        self._skip = skip
        self._truth = truth
        self._counter = 0
        self._sent = 0  # samples in packets so far
        self._made = 0  # samples fetched from the chip so far
        self._converted = 0
        self._frames = np.empty((0, 0), np.uint8)
        source = frontend.source if isinstance(frontend.source, Face) else None
        self._chronicle = Chronicle(source, truth, number, self.t_us)
        truth.write(
            type="stream",
            stream=number,
            start_us=round(start_us),
            first_us=round(self.t_us(0), 3),
            step_us=self._period_us,
            first_ns=host_ns(self.t_us(0)),
            step_ns=_step_ns(host_ns, self.t_us(0), self._period_us),
            rate_hz=self._rate_hz,
            registers=frontend.dump(),
        )

    def t_us(self, conversion: int) -> float:
        """Board time of a conversion's DRDY."""
        return self.start_us + self._settling_us + conversion * self._period_us

    def _conversion(self, sample: int) -> int:
        """Which conversion a sample comes from: the same, unless some were not fetched."""
        return sample + sample // (self._skip - 1) if self._skip else sample

    def _next_size(self) -> int:
        if self._limit is None:
            return self._packet_samples
        return min(self._packet_samples, self._limit - self._sent)

    def next_due_us(self) -> float | None:
        """Board time at which the next packet is complete; None when there will be none."""
        n = self._next_size()
        return self.t_us(self._conversion(self._sent + n - 1)) if n else None

    def packets(self, until_us: float) -> Iterator[Packet]:
        """Give the packets that are complete by then, one by one."""
        while (due_us := self.next_due_us()) is not None and due_us <= until_us:
            yield self._make_packet(due_us)

    def _make_packet(self, due_us: float) -> Packet:
        n, first = self._next_size(), self._sent
        if self._made - first < n:
            batch = self._fetch()
            rest = self._frames[len(self._frames) - (self._made - first) :]
            self._frames = np.concatenate((rest, batch)) if len(rest) else batch
            self._made += len(batch)
        at = len(self._frames) - (self._made - first)
        samples = self._frames[at : at + n].tobytes()
        body = msg.pack_data(self._counter, int(self.t_us(self._conversion(first))), n, samples)
        at_s = self._conversion(first) / self._rate_hz
        packet = Packet(self.number, self._counter, first, n, at_s, due_us, body)
        self._sent += n
        self._counter += 1
        self._chronicle.tell(self._conversion(self._sent))
        return packet

    def _fetch(self) -> NDArray[np.uint8]:
        """Let the chip convert, and give what is fetched of it."""
        begin, self._converted = self._converted, self._converted + BATCH
        batch = self._frontend.frames(begin, BATCH)
        if self._skip:
            batch = np.delete(
                batch, slice(self._skip - 1 - begin % self._skip, None, self._skip), 0
            )
        return batch

    def finish(self) -> None:
        """Write down what the stream came to."""
        self._chronicle.tell(self._conversion(self._sent), last=True)
        self._truth.write(type="end", stream=self.number, samples=self._sent, packets=self._counter)


def _step_ns(
    host_ns: Callable[[float], int | None], first_us: float, period_us: float
) -> float | None:
    first_ns, later_ns = host_ns(first_us), host_ns(first_us + _LONG * period_us)
    return None if first_ns is None or later_ns is None else (later_ns - first_ns) / _LONG
