"""What is in a recording, found in one pass: for people, for programs, for a paper."""

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from emgd.receipt import Receipt, clock, size
from emgd.recorder.entry import positive, whole
from emgd.recorder.tally import Tally
from emgd.recording import Recording
from emgd.recording.samples import ChannelInfo


@dataclass(frozen=True, slots=True)
class Overview:
    """What one pass over a recording found."""

    recording: Recording
    receipt: Receipt
    first_ns: int | None  # of the first sample in the file, UTC
    measured_rate_hz: float | None
    reasons: dict[str, int]  # samples lost by reason
    topics: dict[str, int]  # messages by topic
    impedance_kohm: tuple[float | None, ...] | None  # per channel, as last measured

    def as_map(self) -> dict[str, Any]:
        """As plain values, for programs."""
        rec = self.recording
        return {
            "path": str(rec.path),
            "name": rec.name,
            "torn": rec.torn,
            "later_parts": [str(path) for path in rec.later_parts],
            "first_ns": self.first_ns,
            "rate_hz": rec.rate_hz,
            "measured_rate_hz": self.measured_rate_hz,
            "channels": [asdict(channel) for channel in rec.channels],
            "lost_by_reason": self.reasons,
            "messages": self.topics,
            "impedance_kohm": self.impedance_kohm,
            "info": rec.info,
            "study": rec.study,
            "about": rec.about,
            "meta": rec.meta,
            "receipt": {
                key: value for key, value in self.receipt.as_map().items() if key != "text"
            },
        }

    def table(self) -> str:
        """As a table, for people."""
        rec, told = self.recording, self.receipt
        rows = [
            ("file", str(rec.path)),
            ("state", rec.torn or "whole"),
            ("goes on in", ", ".join(map(str, rec.later_parts))),
            ("recorded", self._when()),
            ("by", rec.about.get("software", "")),
            ("board", " ".join(str(rec.meta.get(key) or "") for key in ("board", "firmware"))),
            ("length", f"{clock(told.seconds)} ({told.samples} samples)"),
            ("before the start", _samples(told.pre_samples, rec.rate_hz)),
            ("rate", self._rate()),
            ("channels", "\n".join(map(_channel, rec.channels))),
            ("lost", self._lost()),
            ("marks", _counts(told.marks)),
            ("events", _counts(told.events)),
            ("sync display", f"{told.ticks} numbers" if told.ticks else ""),
            ("bad channels", "\n".join(line for line in self._bad())),
            ("about", "\n".join(f"{key}: {value}" for key, value in rec.info.items())),
            ("study", "\n".join(f"{key}: {value}" for key, value in rec.study.items())),
            ("size", size(told.bytes)),
        ]
        lines = [rec.name]
        for title, value in rows:
            if value.strip():
                lines.append(f"  {title + ':':<18} " + value.replace("\n", "\n" + " " * 21))
        return "\n".join(lines) + "\n"

    def _when(self) -> str:
        if self.first_ns is None:
            return self.recording.about.get("started", "")
        moment = datetime.fromtimestamp(self.first_ns / 1e9).astimezone()
        return f"{moment:%Y-%m-%d %H:%M:%S %Z} (first sample)"

    def _rate(self) -> str:
        nominal = f"{self.recording.rate_hz:g} Hz"
        measured = self.measured_rate_hz
        return nominal if measured is None else f"{nominal} (measured: {measured:.3f} Hz)"

    def _lost(self) -> str:
        told = self.receipt
        ended = (
            "\nwhat came after its last sample is not in this file" if self.recording.torn else ""
        )
        if not told.gaps:
            return f"nothing up to the file's end{ended}" if ended else "nothing"
        share = 100 * told.lost / max(1, told.lost + told.samples)
        by_reason = ", ".join(f"{reason} {n}" for reason, n in sorted(self.reasons.items()))
        return f"{told.lost} samples ({share:.3g} %) in {told.gaps} gaps: {by_reason}{ended}"

    def _bad(self) -> list[str]:
        return [
            f"{one.name}: clipped {one.clipped_s:g} s, flat {one.flat_s:g} s,"
            f" electrode off {one.lead_off_s:g} s"
            for one in self.receipt.bad_channels
        ]


def overview(recording: Recording) -> Overview:
    """Go through a recording once."""
    tally = Tally()
    topics: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    first: tuple[int, int] | None = None
    last = (0, 0)
    impedance = recording.info.get("impedance_kohm")
    for topic, log_ns, header, payload in recording.messages():
        tally.add(topic, log_ns, header, payload)
        topics[topic] += 1
        index, t_ns = whole(header.get("first")), whole(header.get("t_ns"))
        if topic == "raw" and index is not None and t_ns is not None:
            first, last = first or (index, t_ns), (index, t_ns)
        elif topic == "gap":
            reasons[str(header.get("reason"))] += whole(header.get("missing")) or 0
        impedance = header.get("impedance_kohm", impedance)
    receipt = tally.receipt(recording.name, [str(recording.path)], recording.path.stat().st_size)
    measured = None
    if first is not None and last[1] > first[1]:
        measured = (last[0] - first[0]) / ((last[1] - first[1]) / 1e9)
    return Overview(
        recording=recording,
        receipt=receipt,
        first_ns=first[1] if first else None,
        measured_rate_hz=measured,
        reasons=dict(reasons),
        topics=dict(topics),
        impedance_kohm=tuple(map(positive, impedance)) if isinstance(impedance, list) else None,
    )


def _samples(count: int, rate_hz: float) -> str:
    return f"{clock(count / rate_hz)} ({count} samples)" if count and rate_hz else ""


def _channel(channel: ChannelInfo) -> str:
    off = "" if channel.active else ", switched off"
    return f"{channel.name}: {channel.muscle or 'no muscle named'}, gain {channel.gain:g}{off}"


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{label} {count}" for label, count in sorted(counts.items()))
