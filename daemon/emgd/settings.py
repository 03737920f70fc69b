"""The daemon's settings: every key, its default, and the range in which it may lie."""

from dataclasses import dataclass, field
from typing import Any

GAINS = (1, 2, 4, 6, 8, 12, 24)
RATES_HZ = (250, 500, 1000, 2000, 4000, 8000, 16000)
INPUTS = ("normal", "shorted", "test", "temperature", "supply")
LEAD_OFF_MODES = ("off", "dc", "7.8 Hz", "31.2 Hz", "rate/4")
THRESHOLDS_PCT = (95.0, 92.5, 90.0, 87.5, 85.0, 80.0, 75.0, 70.0)


def key(
    default: Any,
    *,
    low: float | None = None,
    high: float | None = None,
    one_of: tuple[Any, ...] = (),
) -> Any:
    """A setting with its default and its range."""
    limits = {"low": low, "high": high, "one_of": one_of}
    if isinstance(default, (list, dict)):
        return field(default_factory=lambda: default, metadata=limits)
    return field(default=default, metadata=limits)


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel of the board, in its order."""

    name: str = ""
    muscle: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True)
class Bias:
    """The bias electrode: driven against what the chosen electrodes have in common."""

    on: bool = key(False)  # off: the chip's bias pin is not driven
    p: tuple[bool, ...] = key((True,))  # whose P electrodes count: one for all, or one per channel
    n: tuple[bool, ...] = key((True,))  # whose N electrodes count


@dataclass(frozen=True, slots=True)
class LeadOff:
    """The current that finds electrodes which came off."""

    mode: str = key("off", one_of=LEAD_OFF_MODES)  # all but "dc" disturb EMG: for checks only
    current_na: int = key(6, one_of=(6, 24, 6000, 24000))
    threshold_pct: float = key(95.0, one_of=THRESHOLDS_PCT)  # of the supply, above which it is off
    p: tuple[bool, ...] = key((True,))  # whose P electrodes: one for all, or one per channel
    n: tuple[bool, ...] = key((True,))  # whose N electrodes


@dataclass(frozen=True, slots=True)
class Board:
    """What the board is asked to do."""

    rate_hz: int = key(1000, one_of=RATES_HZ)
    gain: tuple[int, ...] = key((24,), one_of=GAINS)  # one for all, or one per channel
    oversample: int = key(1, one_of=(1, 2))  # 2: the chip runs twice as fast, a FIR halves it
    packet_samples: int = key(20, low=1, high=32)
    configure: bool = key(True)  # false takes the board's registers as they are
    silence_s: float = key(10.0, low=1, high=3600)
    channels: tuple[Channel, ...] = key(())
    input: tuple[str, ...] = key(("normal",), one_of=INPUTS)  # all but "normal" are for checks
    test_uv: int = key(1875, one_of=(1875, 3750))  # of input "test": its amplitude
    test_hz: float = key(0.977, one_of=(0.0, 0.977, 1.953))  # and its frequency; 0 is steady
    srb1: bool = key(False)  # the SRB1 pin is the reference of all N inputs
    srb2: tuple[bool, ...] = key((False,))  # the SRB2 pin to the P input: one, or one per channel
    bias: Bias = field(default_factory=Bias)
    lead_off: LeadOff = field(default_factory=LeadOff)


@dataclass(frozen=True, slots=True)
class Gpio:
    """Marks from the board's GPIO inputs: a trigger of the stimulus PC, a photodiode."""

    mode: str = key("off", one_of=("off", "lines", "code"))  # four lines, or one code of 4 bits
    names: tuple[str, ...] = key(())  # of lines 1 to 4: their marks' labels; "" for none
    edges: tuple[str, ...] = key(("rising",), one_of=("rising", "falling", "both"))  # one, or four
    # labels by code, {1 = "film"}; then all other codes are unexpected
    codes: dict[str, str] = field(default_factory=dict)
    steady_samples: int = key(2, low=1, high=1000)  # a code counts once it has lasted so long
    min_pulse_ms: float = key(0.0, low=0, high=10_000)  # shorter pulses make no mark


@dataclass(frozen=True, slots=True)
class Filter:
    """The signal chain."""

    band_hz: tuple[float, ...] = key((20.0, 450.0), low=0.1, high=8000)
    env_hz: float = key(6.0, low=0.1, high=100)
    mains_hz: int = key(0, one_of=(0, 50, 60))


@dataclass(frozen=True, slots=True)
class Spotter:
    """Spotting movements."""

    enabled: bool = key(True)
    threshold: float = key(3.3, low=1, high=50)  # a burst rises by so many times rest's own ripple
    floor_uv: float = key(2.0, low=0, high=10_000)  # and by at least that
    floor_pct: float = key(1.0, low=0, high=100)  # and by that share of the maximum contraction
    release: float = key(0.15, low=0.02, high=0.9)  # it ends below that share of its own rise
    merge_ms: float = key(100.0, low=0, high=2000)  # and begins again within that: one burst
    shortest_ms: float = key(80.0, low=0, high=2000)
    blinks: bool = key(True)  # told apart; false: they are expressions like others
    swallows: bool = key(True)
    speech: bool = key(True)  # flagged; movements of the mouth then come a second late


@dataclass(frozen=True, slots=True)
class Publish:
    """The stream's limits."""

    hwm: int = key(5000, low=10, high=1_000_000)  # messages kept for a slow subscriber


@dataclass(frozen=True, slots=True)
class Record:
    """Recordings."""

    dir: str = key("")  # where they go; without it nothing can be recorded
    start: str = key("")  # a name: record from the start
    study: str = key("")  # a study.toml, checked whenever a recording starts


@dataclass(frozen=True, slots=True)
class Doctor:
    """Limits of `emgd doctor` that depend on the laboratory."""

    impedance_kohm: float = key(10.0, low=0.1, high=1000)  # of an electrode, at most
    series_kohm: float = key(0.0, low=0, high=1000)  # of the board's own resistor at each input
    hum_uv: float = key(10.0, low=0.1, high=10_000)  # of the mains, root mean square
    late_ms: float = key(100.0, low=1, high=10_000)  # by which 9 of 10 packets have to be there


@dataclass(frozen=True, slots=True)
class Settings:
    """All of it."""

    source: str = key("sim:")
    stream: tuple[str, ...] = key(("tcp://127.0.0.1:5556",))
    control: str = key("tcp://127.0.0.1:5557")
    tube: str = key("board:")
    insecure: bool = key(False)
    board: Board = field(default_factory=Board)
    gpio: Gpio = field(default_factory=Gpio)
    filter: Filter = field(default_factory=Filter)
    spotter: Spotter = field(default_factory=Spotter)
    publish: Publish = field(default_factory=Publish)
    record: Record = field(default_factory=Record)
    doctor: Doctor = field(default_factory=Doctor)
