"""The firmware: what it answers to the requests of the link."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from boardsim import messages as msg
from boardsim import registers as reg
from boardsim.clock import BoardClock
from boardsim.faults import Faults
from boardsim.frontend import FrontEnd
from boardsim.notebook import Notebook
from boardsim.stream import Packet, Stream


@dataclass(frozen=True, slots=True)
class BoardSettings:
    """What a board's firmware is made for."""

    packet_samples: int = 20
    has_tube: bool = True
    vref_uv: int = 4_500_000
    board: str = "boardsim"
    firmware: str = "boardsim 1"
    samples: int | None = None  # no DATA after that many


NEED_CHIP = (msg.START, msg.RREG, msg.WREG, msg.RESET)

Answer = tuple[int, bytes]  # status, and what the reply carries


class Board:
    """One board: its front end, its clock and what its firmware answers."""

    def __init__(
        self,
        settings: BoardSettings,
        frontend: FrontEnd,
        clock: BoardClock,
        faults: Faults,
        *,
        log: Notebook,
        truth: Notebook,
    ) -> None:
        self._settings = settings
        self._frontend = frontend
        self._clock = clock
        self._faults = faults
        self._log = log
        self._truth = truth
        self._packet_samples = settings.packet_samples
        self._streams = 0
        self._stream: Stream | None = None
        self._handlers: dict[int, Callable[[bytes], Answer]] = {
            msg.START: self._start,
            msg.STOP: self._stop,
            msg.RREG: self._rreg,
            msg.WREG: self._wreg,
            msg.PING: self._ping,
            msg.RESET: self._reset,
            msg.PACKET: self._packet,
        }
        if settings.has_tube:
            self._handlers[msg.TUBE] = self._tube

    @property
    def stream(self) -> Stream | None:
        """What runs since START, if anything does."""
        return self._stream

    @property
    def stream_s(self) -> float:
        """Seconds of the board's clock since START."""
        return (self._clock.now_us() - self._stream.start_us) * 1e-6 if self._stream else 0.0

    def hello(self, tag: int = 0) -> bytes:
        """The body of HELLO as things are."""
        return msg.Hello(
            chip_id=0 if self._faults.no_chip else self._frontend.registers[reg.ID],
            packet_samples=self._packet_samples,
            rate_hz=self._frontend.registers.rate_hz,
            has_tube=self._settings.has_tube,
            vref_uv=self._settings.vref_uv,
            gains=self._frontend.gains,
            board=self._settings.board,
            firmware=self._settings.firmware,
            board_time_us=self._clock.now_us(),
        ).pack(tag)

    def handle(self, body: bytes) -> list[bytes]:
        """Obey one request; give the bodies to send back."""
        kind, tag, payload = body[0], body[1], body[2:]
        t_us = self._clock.now_us()
        status: int | None = None
        answers: list[bytes] = []
        if not self._faults.deaf:
            status, answers = self._obey(kind, tag, payload)
        self._log.write(
            t_us=t_us,
            host_ns=self._clock.host_ns(t_us),
            request=msg.REQUESTS.get(kind, f"0x{kind:02X}"),
            tag=tag,
            args=msg.describe(kind, payload),
            status=status,
        )
        return answers

    def _obey(self, kind: int, tag: int, payload: bytes) -> tuple[int, list[bytes]]:
        if kind == msg.IDENTIFY and not payload:
            return msg.OK, [self.hello(tag)] if tag else []
        status, data = self._answer(kind, payload)
        answers = [msg.pack_reply(tag, status, data)] if tag else []
        if kind == msg.TUBE and self._faults.no_tube_reply:
            answers = []
        if kind == msg.RESET and status == msg.OK:
            answers.append(self.hello())
        return status, answers

    def _answer(self, kind: int, payload: bytes) -> Answer:
        if kind == msg.IDENTIFY:
            return msg.BAD_ARGUMENT, b""
        if kind not in self._handlers:
            return msg.UNKNOWN, b""
        if not msg.well_formed(kind, payload):
            return msg.BAD_ARGUMENT, b""
        if self._faults.no_chip and kind in NEED_CHIP:
            return msg.CHIP_SILENT, b""
        return self._handlers[kind](payload)

    def _start(self, _: bytes) -> Answer:
        self.halt()
        self._streams += 1
        start_us = self._clock.now_us()
        us_per_tclk = 1e6 / reg.F_CLK_HZ / (1 + self._faults.clock_ppm * 1e-6)
        self._frontend.begin(start_us * 1e-6, self._clock.true_s(us_per_tclk))
        self._clock.hold()
        self._stream = Stream(
            self._streams,
            self._frontend,
            start_us=start_us,
            us_per_tclk=us_per_tclk,
            packet_samples=self._packet_samples,
            limit=self._settings.samples,
            skip=self._faults.skip,
            truth=self._truth,
            host_ns=self._clock.host_ns,
        )
        return msg.OK, b""

    def _stop(self, _: bytes) -> Answer:
        self.halt()
        return msg.OK, b""

    def halt(self) -> None:
        """Stop streaming, if it does."""
        if self._stream:
            self._stream.finish()
            self._stream = None
            self._clock.release()

    def reboot(self) -> bytes:
        """Switch the board off and on; gives the HELLO that follows."""
        self.halt()
        self._clock.restart()
        self._frontend.reset(0.0)
        self._packet_samples = self._settings.packet_samples
        return self.hello()

    def packets(self, until_us: float) -> Iterator[Packet]:
        """Give the packets that are complete by then, one by one."""
        for packet in self._stream.packets(until_us) if self._stream else ():
            self._clock.advance(packet.due_us)
            yield packet

    def lose(self, packet: Packet, why: str) -> None:
        """Write down that a packet will not arrive."""
        self._truth.write(
            type="lost",
            stream=packet.stream,
            counter=packet.counter,
            first=packet.first,
            n=packet.n,
            why=why,
        )

    def _rreg(self, payload: bytes) -> Answer:
        if not self._frontend.has(*payload):
            return msg.BAD_ARGUMENT, b""
        if self._stream:
            return msg.NOT_NOW, b""
        return msg.OK, self._frontend.read(*payload)

    def _wreg(self, payload: bytes) -> Answer:
        if not self._frontend.has(payload[0], len(payload) - 1):
            return msg.BAD_ARGUMENT, b""
        if self._stream:
            return msg.NOT_NOW, b""
        self._frontend.write(payload[0], payload[1:], self._clock.now_us() * 1e-6)
        return msg.OK, b""

    def _tube(self, _: bytes) -> Answer:
        return msg.OK, self._clock.now_us().to_bytes(8, "little")

    def _ping(self, payload: bytes) -> Answer:
        return msg.OK, payload + self._clock.now_us().to_bytes(8, "little")

    def _reset(self, _: bytes) -> Answer:
        self.halt()
        self._frontend.reset(self._clock.now_us() * 1e-6)
        return msg.OK, b""

    def _packet(self, payload: bytes) -> Answer:
        if not 1 <= payload[0] <= msg.MAX_PACKET:
            return msg.BAD_ARGUMENT, b""
        if self._stream:
            return msg.NOT_NOW, b""
        self._packet_samples = payload[0]
        return msg.OK, b""
