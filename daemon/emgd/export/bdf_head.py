"""The head of a BDF+ file, field by field; www.edfplus.info/specs and www.biosemi.com/faq."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from emgd.recording.samples import ChannelInfo

DIGITAL_MIN, DIGITAL_MAX = -(1 << 23), (1 << 23) - 1
SAMPLE_BYTES = 3
_SINC3_BAND = 0.262  # of the rate: -3 dB of the ADS1299's own filter, data sheet table 5
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]


@dataclass(frozen=True, slots=True)
class Layout:
    """What a file is made of."""

    channels: tuple[ChannelInfo, ...]
    labels: tuple[str, ...]
    rate_hz: float
    record_samples: int
    note_bytes: int  # of the annotation signal in each record
    records: int
    start_ns: int
    continuous: bool
    person: str
    electrodes: str

    @property
    def record_s(self) -> float:
        """How long a record lasts."""
        return self.record_samples / self.rate_hz


def labels_of(channels: Sequence[ChannelInfo]) -> tuple[str, ...]:
    """`EMG name` of 16 characters at most, each of its own: readers take the type from it."""
    labels: list[str] = []
    for number, channel in enumerate(channels, 1):
        label = f"EMG {_ascii(channel.name)}"[:16].rstrip()
        if label in labels:
            tail = f"-{number}"
            label = label[: 16 - len(tail)] + tail
        labels.append(label)
    return tuple(labels)


def head(layout: Layout) -> bytes:
    """The bytes before the first record."""
    started = datetime.fromtimestamp(layout.start_ns // 1_000_000_000, UTC)
    date = f"{started.day:02d}-{_MONTHS[started.month - 1]}-{started.year}"
    signals = len(layout.channels) + 1
    fixed = [
        (b"\xffBIOSEMI".decode("latin1"), 8),
        (f"{_word(layout.person)} X X X", 80),
        (f"Startdate {date} X X emgd_ADS1299", 80),
        (f"{started:%d.%m.%y}", 8),
        (f"{started:%H.%M.%S}", 8),
        (str(256 * (signals + 1)), 8),
        ("BDF+C" if layout.continuous else "BDF+D", 44),
        (str(layout.records), 8),
        (number_text(layout.record_s), 8),
        (str(signals), 4),
    ]
    columns = [
        ([*layout.labels, "BDF Annotations"], 16),
        ([*(_transducer(layout, c) for c in layout.channels), ""], 80),
        (["uV" for _ in layout.channels] + [""], 8),
        ([number_text(-full_scale_uv(c)) for c in layout.channels] + ["-1"], 8),
        ([number_text(full_scale_uv(c)) for c in layout.channels] + ["1"], 8),
        ([str(DIGITAL_MIN)] * signals, 8),
        ([str(DIGITAL_MAX)] * signals, 8),
        ([f"LP:{_SINC3_BAND * layout.rate_hz:.0f}Hz sinc3"] * len(layout.channels) + [""], 80),
        ([str(layout.record_samples)] * len(layout.channels), 8),
    ]
    columns[-1][0].append(str(layout.note_bytes // SAMPLE_BYTES))
    columns.append(([""] * signals, 32))
    fields = fixed + [(text, width) for texts, width in columns for text in texts]
    return "".join(_fit(text, width) for text, width in fields).encode("latin1")


def full_scale_uv(channel: ChannelInfo) -> float:
    """Microvolts of -2^23 counts; the ends of the range have 8 characters each."""
    return channel.uv_per_count * (1 << 23)


def number_text(value: float) -> str:
    """A number in 8 characters, as exact as they allow."""
    for digits in range(8, -1, -1):
        text = f"{value:.{digits}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        if len(text) <= 8:
            return text
    raise ValueError(f"{value} does not fit into 8 characters")


def _transducer(layout: Layout, channel: ChannelInfo) -> str:
    parts = [layout.electrodes, _ascii(channel.muscle), "" if channel.active else "switched off"]
    return ", ".join(part for part in parts if part)[:80]


def _fit(text: str, width: int) -> str:
    return text[:width].ljust(width)


def _ascii(text: str) -> str:
    return "".join(c if " " <= c <= "~" else "?" for c in text)


def _word(text: str) -> str:
    return _ascii(text).replace(" ", "_")[:60] or "X"
