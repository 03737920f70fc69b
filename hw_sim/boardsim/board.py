"""The firmware: requests of the link to registers and conversions, conversions to DATA."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from boardsim import messages as msg
from boardsim import registers as reg
from boardsim.clock import BoardClock
from boardsim.converter import Converter, pack_frames
from boardsim.face import Face, Movement
from boardsim.inputs import Input
from boardsim.notebook import Notebook
from boardsim.ramp import ramp
from boardsim.sinc import OVERSAMPLE

BATCH = 512  # conversions made at a time
SECOND_CHIP = 0x20


@dataclass(frozen=True, slots=True)
class BoardSettings:
    """What a board is made of."""

    rate_hz: int = 250
    packet_samples: int = 20
    has_tube: bool = True
    vref_uv: int = 4_500_000
    board: str = "boardsim"
    firmware: str = "boardsim 1"
    samples: int | None = None  # no DATA after that many
    chip_ppm: float = 0.0  # how far the chip's clock is off the board's
    deaf: bool = False
    no_tube_reply: bool = False


@dataclass(frozen=True, slots=True)
class Packet:
    """One DATA message, with what is needed to lose it on purpose and to know what was lost."""

    counter: int
    first: int
    n: int
    due_us: float  # board time of the last sample's DRDY
    body: bytes


@dataclass(slots=True)
class _Stream:
    """What lasts from START to STOP."""

    number: int
    start_us: float
    us_per_tclk: float
    settling_tclk: int
    period_tclk: int
    counter: int = 0
    sent: int = 0  # samples in packets so far
    made: int = 0  # samples converted so far

    def t_us(self, sample: int) -> float:
        """Board time of a sample's DRDY."""
        return self.start_us + (self.settling_tclk + sample * self.period_tclk) * self.us_per_tclk


class Board:
    """One board: its chips, its clock and what its firmware answers."""

    def __init__(
        self,
        settings: BoardSettings,
        chips: list[Converter],
        source: Input | None,
        clock: BoardClock,
        *,
        log: Notebook,
        truth: Notebook,
    ) -> None:
        self._settings = settings
        self._chips = chips
        self._source = source  # None: the ramp
        self._clock = clock
        self._log = log
        self._truth = truth
        self._packet_samples = settings.packet_samples
        self._streams = 0
        self._stream: _Stream | None = None
        self._frames: NDArray[np.uint8] = np.empty((0, 0), np.uint8)
        self._movements: list[Movement] = []
        self._handlers: dict[int, Callable[[bytes], tuple[int, bytes]]] = {
            msg.START: self._start,
            msg.STOP: self._stop,
            msg.RREG: self._rreg,
            msg.WREG: self._wreg,
            msg.TUBE: self._tube,
            msg.PING: self._ping,
            msg.RESET: self._reset,
            msg.PACKET: self._packet,
        }

    @property
    def streaming(self) -> bool:
        """Whether conversions run."""
        return self._stream is not None

    @property
    def stream_number(self) -> int:
        """How many STARTs there were."""
        return self._streams

    @property
    def stream_s(self) -> float:
        """Seconds of the board's clock since START."""
        return (self._clock.now_us() - self._stream.start_us) * 1e-6 if self._stream else 0.0

    def registers(self) -> list[bytes]:
        """What the register files of the chips hold."""
        return [chip.registers.read(0, reg.COUNT) for chip in self._chips]

    def hello(self, tag: int = 0) -> bytes:
        """The body of HELLO as things are."""
        chip = self._chips[0].registers
        return msg.Hello(
            chip_id=chip[reg.ID],
            packet_samples=self._packet_samples,
            rate_hz=chip.rate_hz,
            has_tube=self._settings.has_tube,
            vref_uv=self._settings.vref_uv,
            gains=[gain for each in self._chips for gain in each.registers.gains],
            board=self._settings.board,
            firmware=self._settings.firmware,
            board_time_us=self._clock.now_us(),
        ).pack(tag)

    def handle(self, body: bytes) -> list[bytes]:
        """Obey one request; give the bodies to send back."""
        kind, tag, payload = body[0], body[1], body[2:]
        t_us = self._clock.now_us()
        if self._settings.deaf:
            status, answers = None, []
        elif kind == msg.IDENTIFY:
            status = msg.BAD_ARGUMENT if payload else msg.OK
            answers = [msg.pack_reply(tag, status)] if payload else [self.hello(tag)]
        elif kind not in self._handlers or (kind == msg.TUBE and not self._settings.has_tube):
            status, answers = msg.UNKNOWN, [msg.pack_reply(tag, msg.UNKNOWN)]
        else:
            status, data = self._handlers[kind](payload)
            answers = [msg.pack_reply(tag, status, data)]
        self._log.write(
            t_us=t_us,
            request=msg.REQUESTS.get(kind, f"0x{kind:02X}"),
            tag=tag,
            args=_describe(kind, payload),
            status=status,
        )
        if tag == 0 or (kind == msg.TUBE and self._settings.no_tube_reply):
            answers = []
        if kind == msg.RESET and status == msg.OK:
            answers.append(self.hello())
        return answers

    def _start(self, payload: bytes) -> tuple[int, bytes]:
        if payload:
            return msg.BAD_ARGUMENT, b""
        self.halt()
        chip = self._chips[0].registers
        self._streams += 1
        us_per_tclk = 1e6 / reg.F_CLK_HZ / (1 + self._settings.chip_ppm * 1e-6)
        self._stream = _Stream(
            self._streams,
            self._clock.now_us(),
            us_per_tclk,
            chip.settling_tclk,
            chip.period_tclk,
        )
        self._clock.hold()
        if self._source:
            self._source.begin(chip.period_tclk * us_per_tclk * 1e-6 / OVERSAMPLE)
            moments = self._source.read(3 * OVERSAMPLE)
            for chip_number, converter in enumerate(self._chips):
                converter.begin(moments[8 * chip_number :][: converter.registers.channels])
        self._truth.write(
            type="stream",
            stream=self._streams,
            start_us=self._stream.start_us,
            first_us=self._stream.t_us(0),
            rate_hz=chip.rate_hz,
            registers=[values.hex() for values in self.registers()],
        )
        return msg.OK, b""

    def _stop(self, payload: bytes) -> tuple[int, bytes]:
        if payload:
            return msg.BAD_ARGUMENT, b""
        self.halt()
        return msg.OK, b""

    def halt(self) -> None:
        """Stop streaming, and write down what the stream came to."""
        if not self._stream:
            return
        stream, self._stream = self._stream, None
        self._clock.release()
        for movement in self._collect_movements():
            if movement.onset < stream.sent:
                self._tell(movement, stream, complete=movement.offset < stream.sent)
        self._movements = []
        self._frames = np.empty((0, 0), np.uint8)
        self._truth.write(
            type="end", stream=stream.number, samples=stream.sent, packets=stream.counter
        )

    def reboot(self) -> bytes:
        """Switch the board off and on; gives the HELLO that follows."""
        self.halt()
        self._clock.restart()
        for chip in self._chips:
            chip.registers.reset()
        self._packet_samples = self._settings.packet_samples
        return self.hello()

    def _find(self, address: int, count: int) -> tuple[Converter, int] | None:
        number, local = divmod(address, SECOND_CHIP)
        if number < len(self._chips) and 0 < count <= reg.COUNT - local:
            return self._chips[number], local
        return None

    def _rreg(self, payload: bytes) -> tuple[int, bytes]:
        if len(payload) != 2 or not (found := self._find(payload[0], payload[1])):
            return msg.BAD_ARGUMENT, b""
        if self._stream:
            return msg.NOT_NOW, b""
        chip, local = found
        return msg.OK, chip.registers.read(local, payload[1])

    def _wreg(self, payload: bytes) -> tuple[int, bytes]:
        if not payload or not (found := self._find(payload[0], len(payload) - 1)):
            return msg.BAD_ARGUMENT, b""
        if self._stream:
            return msg.NOT_NOW, b""
        chip, local = found
        for address, value in enumerate(payload[1:], local):
            chip.registers.write(address, value)
        return msg.OK, b""

    def _tube(self, payload: bytes) -> tuple[int, bytes]:
        if len(payload) != 4:
            return msg.BAD_ARGUMENT, b""
        return msg.OK, self._clock.now_us().to_bytes(8, "little")

    def _ping(self, payload: bytes) -> tuple[int, bytes]:
        if len(payload) != 8:
            return msg.BAD_ARGUMENT, b""
        return msg.OK, payload + self._clock.now_us().to_bytes(8, "little")

    def _reset(self, payload: bytes) -> tuple[int, bytes]:
        if payload:
            return msg.BAD_ARGUMENT, b""
        self.halt()
        for chip in self._chips:
            chip.registers.reset()
        return msg.OK, b""

    def _packet(self, payload: bytes) -> tuple[int, bytes]:
        if len(payload) != 1 or not 1 <= payload[0] <= msg.MAX_PACKET:
            return msg.BAD_ARGUMENT, b""
        if self._stream:
            return msg.NOT_NOW, b""
        self._packet_samples = payload[0]
        return msg.OK, b""

    def next_due_us(self) -> float | None:
        """Board time at which the next packet is complete; None while none will come."""
        if not self._stream:
            return None
        n = self._next_size(self._stream)
        return self._stream.t_us(self._stream.sent + n - 1) if n else None

    def _next_size(self, stream: _Stream) -> int:
        if self._settings.samples is None:
            return self._packet_samples
        return min(self._packet_samples, self._settings.samples - stream.sent)

    def packets(self, until_us: float) -> Iterator[Packet]:
        """Give the packets that are complete by then, one by one."""
        while (due_us := self.next_due_us()) is not None and due_us <= until_us:
            yield self._make_packet()

    def _make_packet(self) -> Packet:
        stream = self._stream
        assert stream
        n, first = self._next_size(stream), stream.sent
        at = len(self._frames) - (stream.made - first)
        if stream.made - first < n:
            batch = self._convert(stream)
            rest = self._frames[at:] if first < stream.made - len(batch) else batch[:0]
            self._frames, at = np.concatenate((rest, batch)), 0
        samples = self._frames[at : at + n].tobytes()
        body = msg.pack_data(stream.counter, int(stream.t_us(first)), n, samples)
        packet = Packet(stream.counter, first, n, stream.t_us(first + n - 1), body)
        stream.sent += n
        stream.counter += 1
        self._tell_finished(stream)
        self._clock.advance(packet.due_us)
        return packet

    def _convert(self, stream: _Stream) -> NDArray[np.uint8]:
        """Make the next batch of samples as the chips clock them out."""
        moments = self._source.read(BATCH * OVERSAMPLE) if self._source else None
        parts = []
        for number, chip in enumerate(self._chips):
            channels = chip.registers.channels
            if moments is None:
                counts = ramp(stream.made, BATCH, channels, 8 * number)
            else:
                counts = chip.convert(moments[8 * number :][:channels])
            parts.append(pack_frames(counts, chip.registers))
        stream.made += BATCH
        return np.concatenate(parts, axis=1)

    def _collect_movements(self) -> list[Movement]:
        if isinstance(self._source, Face) and self._source.begun:
            self._movements += self._source.begun
            self._source.begun = []
        return self._movements

    def _tell_finished(self, stream: _Stream) -> None:
        for movement in list(self._collect_movements()):
            if movement.offset < stream.sent:
                self._movements.remove(movement)
                self._tell(movement, stream, complete=True)

    def _tell(self, movement: Movement, stream: _Stream, *, complete: bool) -> None:
        places = {name: getattr(movement, name) for name in ("onset", "apex", "offset")}
        mvc_pct = movement.mvc_pct
        strongest = next(iter(movement.peak_uv.values()))
        self._truth.write(
            type="event",
            stream=stream.number,
            kind=movement.kind,
            emotion=movement.emotion,
            **places,
            **{f"{name}_us": round(stream.t_us(place)) for name, place in places.items()},
            mvc_pct=round(mvc_pct, 3),
            channels=[
                {
                    "channel": c,
                    "peak_uv": round(uv, 3),
                    "mvc_pct": round(mvc_pct * uv / strongest, 3),
                }
                for c, uv in movement.peak_uv.items()
            ],
            complete=complete,
        )

    def signal_s(self, packet: Packet) -> float:
        """Seconds of signal from START to a packet's first sample."""
        return packet.first / self._chips[0].registers.rate_hz

    def lose(self, packet: Packet, why: str) -> None:
        """Write down that a packet will not arrive."""
        self._truth.write(
            type="lost",
            stream=self._streams,
            counter=packet.counter,
            first=packet.first,
            n=packet.n,
            why=why,
        )


def _describe(kind: int, payload: bytes) -> dict[str, int | str]:
    """Name the arguments of a request for the log; odd ones stay hex."""
    if kind == msg.RREG and len(payload) == 2:
        return {"address": payload[0], "count": payload[1]}
    if kind == msg.WREG and payload:
        return {"address": payload[0], "values": payload[1:].hex()}
    if kind == msg.TUBE and len(payload) == 4:
        return {"number": int.from_bytes(payload, "little")}
    if kind == msg.PING and len(payload) == 8:
        return {"host_time_ns": int.from_bytes(payload, "little")}
    if kind == msg.PACKET and len(payload) == 1:
        return {"packet_samples": payload[0]}
    return {"payload": payload.hex()} if payload else {}
