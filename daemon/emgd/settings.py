"""The daemon's settings: every key, its default, its range, and what a user notices of it."""

from dataclasses import dataclass, field

from emgd.setting import key

GAINS = (1, 2, 4, 6, 8, 12, 24)
RATES_HZ = (250, 500, 1000, 2000, 4000, 8000, 16000)
INPUTS = ("normal", "shorted", "test", "temperature", "supply")
LEAD_OFF_MODES = ("off", "dc", "7.8 Hz", "31.2 Hz", "rate/4")
THRESHOLDS_PCT = (95.0, 92.5, 90.0, 87.5, 85.0, 80.0, 75.0, 70.0)
LOG_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel of the board, in its order."""

    name: str = key("", "its name everywhere; empty for c1, c2, ...")
    muscle: str = key("", "the muscle under its electrodes")
    active: bool = key(True, "false switches the channel off: it reads 0")


@dataclass(frozen=True, slots=True)
class Bias:
    """The bias electrode: driven against what the chosen electrodes have in common."""

    on: bool = key(
        False,
        "drive the ground electrode; needed where it hangs on the chip's BIASOUT pin, or the "
        "participant floats and hum is all there is",
    )
    p: tuple[bool, ...] = key(
        (True,), "whose P electrodes count: one value for all, or one per channel"
    )
    n: tuple[bool, ...] = key((True,), "whose N electrodes count, likewise")


@dataclass(frozen=True, slots=True)
class LeadOff:
    """The current that finds electrodes which came off."""

    mode: str = key(
        "off",
        "dc tells in health when an electrode comes off; the others disturb EMG and are for checks",
        one_of=LEAD_OFF_MODES,
    )
    current_na: int = key(6, "the current through the electrodes", one_of=(6, 24, 6000, 24000))
    threshold_pct: float = key(
        95.0,
        "of the supply, above which an electrode counts as off: lower finds bad contact sooner",
        one_of=THRESHOLDS_PCT,
    )
    p: tuple[bool, ...] = key((True,), "whose P electrodes are watched: one value, or one each")
    n: tuple[bool, ...] = key((True,), "whose N electrodes are watched, likewise")


@dataclass(frozen=True, slots=True)
class Board:
    """What the board is asked to do."""

    rate_hz: int = key(
        1000, "samples a second; below 1000 the upper band edge gives way", one_of=RATES_HZ
    )
    gain: tuple[int, ...] = key(
        (24,),
        "one for all, or one per channel: lower takes larger electrode offsets before it clips",
        one_of=GAINS,
    )
    oversample: int = key(
        1,
        "2 runs the chip twice as fast and halves it by a FIR: 450 Hz then keeps its full strength",
        one_of=(1, 2),
    )
    packet_samples: int = key(
        20,
        "samples a packet: fewer come sooner and cost more; a tick is two packets",
        low=1,
        high=32,
    )
    configure: bool = key(True, "false takes the board's registers as they are")
    silence_s: float = key(
        10.0, "without a byte for so long the line counts as dead", low=1, high=3600
    )
    channels: tuple[Channel, ...] = key(
        (),
        "a table per channel with name, muscle and active; empty for the placement of the method",
    )
    input: tuple[str, ...] = key(
        ("normal",), "what the chip measures; all but normal are for checks", one_of=INPUTS
    )
    test_uv: int = key(1875, "amplitude of the chip's test signal", one_of=(1875, 3750))
    test_hz: float = key(0.977, "its frequency; 0 is steady", one_of=(0.0, 0.977, 1.953))
    srb1: bool = key(False, "the SRB1 pin is the reference of all N inputs; off for bipolar EMG")
    srb2: tuple[bool, ...] = key(
        (False,), "the SRB2 pin goes to the P input: one value, or one per channel; off for EMG"
    )
    bias: Bias = field(default_factory=Bias)
    lead_off: LeadOff = field(default_factory=LeadOff)


@dataclass(frozen=True, slots=True)
class Gpio:
    """Marks from the board's GPIO inputs: a trigger of the stimulus PC, a photodiode."""

    mode: str = key(
        "off",
        "lines: each of the four inputs makes marks of its own; code: together they are a number",
        one_of=("off", "lines", "code"),
    )
    names: tuple[str, ...] = key((), "labels of lines 1 to 4; an empty one makes no marks")
    edges: tuple[str, ...] = key(
        ("rising",),
        "which change of a line makes a mark: one value, or four",
        one_of=("rising", "falling", "both"),
    )
    codes: dict[str, str] = field(
        default_factory=dict,
        metadata={"says": 'labels by code, {1 = "film"}; other codes are then told as unexpected'},
    )
    steady_samples: int = key(
        2, "a code counts once it has lasted so long: more ignores more bounce", low=1, high=1000
    )
    min_pulse_ms: float = key(0.0, "shorter pulses make no mark", low=0, high=10_000)


@dataclass(frozen=True, slots=True)
class Filter:
    """The signal chain."""

    band_hz: tuple[float, ...] = key(
        (20.0, 450.0),
        "the band-pass of emg: a lower first edge lets movement of the cables through",
        low=0.1,
        high=8000,
    )
    env_hz: float = key(
        6.0, "the low-pass of the envelope: higher is quicker and more ragged", low=0.1, high=100
    )
    mains_hz: int = key(
        0,
        "50 or 60 takes hum out of emg and env; weak movements are seen only without it",
        one_of=(0, 50, 60),
    )


@dataclass(frozen=True, slots=True)
class Baseline:
    """The paper's own spotter, for files only (`emgd spot --method baseline`)."""

    L: int = key(60, "samples in a window, less one", low=1, high=1_000_000)
    S: int = key(30, "samples from one window to the next", low=1, high=1_000_000)
    k: float = key(
        1.0,
        "times the clip's mean, from which on a window counts: higher finds less",
        low=0,
        high=1e6,
    )
    Sn: int = key(5, "windows in a row that make a candidate", low=1, high=1_000_000)
    Wf: int = key(2, "windows before them, in which the onset is looked for", low=0, high=1_000_000)
    Wb: int = key(6, "windows after them, in which the offset is looked for", low=0, high=1_000_000)


@dataclass(frozen=True, slots=True)
class Spotter:
    """Spotting movements: see docs/spotting.md."""

    enabled: bool = key(True, "false: no movement is spotted")
    threshold: float = key(
        3.3,
        "a movement rises above rest by so many times rest's own ripple; lower finds weaker ones, "
        "and more that are none",
        low=1,
        high=50,
    )
    floor_uv: float = key(
        2.0, "and by at least that; lower finds weaker ones, too", low=0, high=10_000
    )
    floor_pct: float = key(
        1.0,
        "and, where the maximum contraction is known, by at least that share of it",
        low=0,
        high=100,
    )
    release: float = key(
        0.15,
        "it ends where it has fallen below that share of its height; higher parts movements that "
        "follow each other closely",
        low=0.02,
        high=0.9,
    )
    merge_ms: float = key(
        100.0, "and stays there so long; longer makes one of several", low=0, high=2000
    )
    shortest_ms: float = key(80.0, "what is shorter is none", low=0, high=2000)
    blinks: bool = key(True, "tell blinks apart; false: they are expressions like others")
    swallows: bool = key(True, "tell swallows apart, likewise")
    speech: bool = key(
        True,
        "flag what looks like talking; intervals on several muscles of the mouth then come when it "
        "has been still for a second, when it is known to be talking, or 3.5 s after their onset",
    )


@dataclass(frozen=True, slots=True)
class Mvc:
    """Maximum voluntary contraction."""

    file: str = key(
        "", "a file that `emgd mvc` wrote: its values hold from the start; empty for none"
    )


@dataclass(frozen=True, slots=True)
class Publish:
    """The stream's limits."""

    hwm: int = key(
        5000, "messages kept for a subscriber that does not read", low=10, high=1_000_000
    )


@dataclass(frozen=True, slots=True)
class Record:
    """Recordings."""

    dir: str = key("", "the folder they go into; without it nothing can be recorded")
    start: str = key("", "a name: record from the start")
    study: str = key(
        "", "a study.toml, checked whenever a recording starts and kept in it", live=True
    )


@dataclass(frozen=True, slots=True)
class Doctor:
    """Limits of `emgd doctor` that depend on the laboratory."""

    impedance_kohm: float = key(10.0, "of an electrode, at most", low=0.1, high=1000)
    series_kohm: float = key(
        0.0, "of the board's own resistor at each input, taken off", low=0, high=1000
    )
    hum_uv: float = key(10.0, "of the mains, root mean square, at most", low=0.1, high=10_000)
    late_ms: float = key(100.0, "by which 9 of 10 packets have to be there", low=1, high=10_000)


@dataclass(frozen=True, slots=True)
class Log:
    """The log."""

    level: str = key(
        "info",
        "the least that is told; debug names every message of the board that was ignored",
        one_of=LOG_LEVELS,
        live=True,
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """All of it."""

    source: str = key(
        "sim:",
        "the board: sim:, tcp://host:port, tcp-listen://address:port, serial:///dev/ttyUSB0, "
        "spi:///dev/spidev0.0?drdy=gpiochip0:26, or file:///recording.mcap",
    )
    stream: tuple[str, ...] = key(
        ("tcp://127.0.0.1:5556",), "where samples and events are published; one or several"
    )
    control: str = key("tcp://127.0.0.1:5557", "where questions and commands are taken")
    tube: str = key(
        "board:",
        "what shows the number for the camera: board:, serial:///dev/ttyUSB1?style=ascii or "
        "style=opensegment, max7219:///dev/spidev0.1, or none:",
    )
    keys: str = key("", "the folder of `emgd keys`: only clients listed there get in")
    insecure: bool = key(
        False, "true lets stream and control be bound to other addresses without keys"
    )
    board: Board = field(default_factory=Board)
    gpio: Gpio = field(default_factory=Gpio)
    filter: Filter = field(default_factory=Filter)
    baseline: Baseline = field(default_factory=Baseline)
    spotter: Spotter = field(default_factory=Spotter, metadata={"live": True})
    mvc: Mvc = field(default_factory=Mvc)
    publish: Publish = field(default_factory=Publish)
    record: Record = field(default_factory=Record)
    log: Log = field(default_factory=Log)
    doctor: Doctor = field(default_factory=Doctor)
