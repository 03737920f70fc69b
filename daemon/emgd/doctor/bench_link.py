"""A board behind a link on the bench, over one line for all measurements."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ads1299 import registers as reg
from ads1299.bringup import LinkedBus
from ads1299.chip import check_id
from ads1299.frame import chips_of
from ads1299.linked import LinkedSource
from ads1299.plan import BoardPlan
from ads1299.source import RegisterBus, Source
from mcubridge.line import Line, LineDown, Opener
from mcubridge.link import Link, RequestFailed
from mcubridge.messages import Request

from emgd.doctor.bench import Deadline, Identity

MEET_S = 15.0  # a board that dials in may take that long
_WORK_S = 30.0  # for reading and writing registers, however often the line has to be asked
_SLICE_S = 0.05


class HeldOpener:
    """Keeps a line open between measurements: a board takes one, and may be slow to dial in."""

    def __init__(self, opener: Opener) -> None:
        self.name = opener.name
        self._opener = opener
        self._line: _HeldLine | None = None

    def open(self, timeout_s: float) -> Line | None:
        """Give the line that is there, or open one."""
        if self._line is None or self._line.down:
            opened = self._opener.open(timeout_s)
            self._line = _HeldLine(opened) if opened else None
        return self._line

    def close(self) -> None:
        """Keep the line: this is the end of one measurement."""

    def really_close(self) -> None:
        """Give the line back."""
        if self._line is not None:
            self._line.really_close()
        self._opener.close()


class _HeldLine:
    """A line that only its own end closes."""

    def __init__(self, line: Line) -> None:
        self.name = line.name
        self.down = False
        self._line = line

    def read(self, timeout_s: float) -> bytes:
        """Give what has come."""
        try:
            return self._line.read(timeout_s)
        except LineDown:
            self.down = True
            self._line.close()
            raise

    def write(self, data: bytes) -> bool:
        """Send."""
        return self._line.write(data)

    def close(self) -> None:
        """Stay open."""

    def really_close(self) -> None:
        """Close."""
        self._line.close()


class LinkBench:
    """A `Bench` for a board behind a link."""

    def __init__(self, opener: Opener, silence_s: float) -> None:
        self.name = opener.name
        self._opener = HeldOpener(opener)
        self._silence_s = silence_s

    def meet(self) -> tuple[Identity, list[bytes]]:
        """Find the board, stop it, ask who it is, and read all registers of each chip."""
        with self._quiet(MEET_S) as link:
            hello = link.identify()
            check_id(hello.chip_id, link.name)
            chips = range(chips_of(hello.channels))
            found = [LinkedBus(link, chip).read(reg.ID, reg.COUNT) for chip in chips]
            for registers in found:
                check_id(registers[reg.ID], link.name)
        identity = Identity(hello.board, hello.firmware, hello.channels, hello.packet_samples)
        return identity, found

    @contextmanager
    def buses(self, chips: int) -> Iterator[list[RegisterBus]]:
        """The register ports of the chips, for as long as the block lasts."""
        with self._quiet(_WORK_S) as link:
            yield [LinkedBus(link, chip) for chip in range(chips)]

    def set_packet(self, samples: int) -> None:
        """Put the board's packet size back."""
        with self._quiet(_WORK_S) as link:
            link.ask(Request.PACKET, bytes((samples,)))

    def source(self, plan: BoardPlan) -> Source:
        """A source that measures with this plan; closing it leaves the line open."""
        return LinkedSource(self._opener, plan, self._silence_s)

    def close(self) -> None:
        """Give the line back."""
        self._opener.really_close()

    @contextmanager
    def _quiet(self, patience_s: float) -> Iterator[Link]:
        """A board may still be streaming for a host that is gone, and refuses registers then."""
        deadline = Deadline(patience_s, f"{self.name}: no board within {patience_s:g} s")
        while (line := self._opener.open(_SLICE_S)) is None:
            deadline()
        link = Link(line, deadline)
        try:
            with suppress(RequestFailed):
                link.ask(Request.STOP)
            yield link
        finally:
            link.close()
