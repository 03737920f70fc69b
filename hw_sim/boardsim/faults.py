"""Faults on demand: what can be wrong with a board, and how it is asked for."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Moment:
    """A fault that comes `at_s` seconds after START and lasts `for_s`; `again` after each START."""

    at_s: float
    for_s: float = 0.0
    again: bool = False


@dataclass(slots=True)
class Faults:
    """All faults of a board; at rest, none."""

    bytes: bool = False
    coalesce: int = 1
    garbage: int = 0
    badcrc: int = 0
    corrupt: int = 0
    repeat: int = 0
    note: int = 0
    unknown: int = 0
    drop: tuple[int, int] = (0, 1)
    skip: int = 0  # every so many conversions one is not fetched; 0: all are
    cut: Moment | None = None
    reboot: Moment | None = None
    silent: Moment | None = None
    jitter_ms: float = 0.0
    late_requests_ms: float = 0.0
    burst_ms: float = 0.0
    stall: tuple[float, float] = (0.0, 0.0)  # every so many seconds, for so many milliseconds
    wrong_id: int | None = None
    stuck: dict[int, int] = field(default_factory=dict)
    no_chip: bool = False
    deaf: bool = False
    no_tube_reply: bool = False
    noisy: dict[int, float] = field(default_factory=dict)  # channel: uV rms
    gain: dict[int, float] = field(default_factory=dict)  # channel: true over nominal
    ohm: dict[tuple[int, str], float] = field(default_factory=dict)  # channel and side
    bridge: list[tuple[int, int]] = field(default_factory=list)
    hum: dict[int, float] = field(default_factory=dict)  # channel: uV
    offset: dict[int, float] = field(default_factory=dict)  # channel: mV
    clock_ppm: float = 0.0


HELP = """\
faults (--fault, as often as wanted; EVERY counts DATA packets, AT is in seconds of signal since
START, FOR in seconds; ':again' repeats the fault after each START instead of only once):
  bytes               the line gives single bytes
  coalesce=N          DATA packets are held back and sent N at a time
  garbage=EVERY       random bytes between two frames, after a zero
  badcrc=EVERY        a broken frame beside the good ones
  corrupt=EVERY       a packet with flipped bits, which is thereby lost
  skip=N              each Nth conversion is not fetched from the chip in time: no counter tells
  repeat=EVERY        a packet that comes twice
  note=EVERY          a NOTE between two packets
  unknown=EVERY       a message of a type that nobody knows
  drop=EVERY[:K]      K packets (1) thrown away by the board; their counters are used up
  cut=AT:FOR[:again]  the line goes down for that long; nobody can connect meanwhile
  reboot=AT[:again]   the board restarts: registers at reset, clock at 0, HELLO, no streaming
  silent=AT:FOR[:again]  the line stays up and says nothing; the packets of that time are lost
  jitter=MS           each frame comes up to that much late
  late-requests=MS    each request is heard up to that much late
  burst=MS            what was sent comes in bursts, one each that long
  stall=EVERY_S:MS    nothing comes for MS, each EVERY_S seconds; then all of it, nothing lost
  wrong-id=HEX        the ID register reads that
  stuck=REG:HEX       a register (name or hex address) that reads that whatever is written
  no-chip             the chip does not answer: status 4
  deaf                no request is heard
  no-tube-reply       TUBE is obeyed and never answered
of the chip and the electrodes (CH counts from 0, in their order on the link):
  noisy=CH:UV         more noise inside the chip, uV rms; shorted inputs have it too
  gain=CH:FACTOR      the channel's gain is that many times what it should be
  open=CH[:P|N]       an electrode is off (P)
  impedance=CH:KOHM[:P|N]  an electrode has bad contact (P); 5 is usual
  bridge=A:B          gel joins the electrodes of two channels of one chip
  hum=CH:UV           more mains hum on a channel, amplitude
  offset=CH:MV        more electrode offset on a channel
  clock=PPM           the chip's clock is that far off the board's
"""
