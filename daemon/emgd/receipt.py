"""What a recording holds, as it is told at every stop: to people and to programs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

_NEARLY_EMPTY_S = 2.0


@dataclass(frozen=True, slots=True)
class BadChannel:
    """A channel that was not fit for use, and for how long."""

    channel: int
    name: str
    clipped_s: float
    flat_s: float
    lead_off_s: float


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was recorded, from the start on; `pre_samples` were kept from before it."""

    name: str
    path: str
    parts: tuple[str, ...]
    bytes: int
    samples: int
    seconds: float
    pre_samples: int
    gaps: int
    lost: int
    lost_by_recorder: int
    marks: dict[str, int]
    events: dict[str, int]
    ticks: int
    last_tick: int | None
    bad_channels: tuple[BadChannel, ...]
    started_ns: int | None
    ended_ns: int | None
    rate_hz: float | None
    problems: tuple[str, ...] = ()

    @property
    def waited_s(self) -> float:
        """How long the recording went on by the clock."""
        if self.started_ns is None or self.ended_ns is None:
            return self.seconds
        return max(self.seconds, (self.ended_ns - self.started_ns) / 1e9)

    @property
    def verdict(self) -> str:
        """`empty`, `nearly empty` or `ok`."""
        if self.samples == 0:
            return "empty"
        got_s = self.samples / self.rate_hz if self.rate_hz else self.seconds
        if got_s < _NEARLY_EMPTY_S or got_s < self.waited_s / 2:
            return "nearly empty"
        return "ok"

    def as_map(self) -> dict[str, Any]:
        """As it goes into an answer: plain maps, lists, numbers and text."""
        told = asdict(self)
        told["parts"] = list(self.parts)
        told["problems"] = list(self.problems)
        told["bad_channels"] = [asdict(channel) for channel in self.bad_channels]
        return {**told, "verdict": self.verdict, "text": self.text()}

    def text(self) -> str:
        """As it goes to people."""
        lines = [f"Recording {self.name}" if self.name else "Recording"]
        if warning := self._warning():
            bar = "!" * min(100, len(warning))
            lines = [bar, warning, bar, *lines]
        rows = [
            ("length", f"{clock(self.seconds)} ({self.samples} samples)"),
            ("before the start", self._before()),
            ("gaps", f"{self.gaps}, {self.lost} samples lost{self._share()}"),
            ("marks", _counts(self.marks)),
            ("events", _counts(self.events)),
            ("sync display", f"{self.ticks} numbers, the last {self.last_tick}"),
            ("bad channels", "; ".join(map(_bad, self.bad_channels)) or "none"),
            ("file", "\n".join([self.path, *self.parts])),
            ("size", size(self.bytes)),
        ]
        rows += [("trouble", problem) for problem in self.problems]
        for title, value in rows:
            indent = "\n" + " " * 20
            lines.append(f"  {title + ':':<17} {value.replace(chr(10), indent)}")
        return "\n".join(lines) + "\n"

    def _warning(self) -> str:
        if self.verdict == "empty":
            return "THIS RECORDING IS EMPTY: not one sample came. Is the board on and connected?"
        if self.verdict == "nearly empty":
            return (
                f"THIS RECORDING IS NEARLY EMPTY: {self.samples} samples"
                f" in {clock(self.waited_s)}. Is the board on and connected?"
            )
        return ""

    def _before(self) -> str:
        if not self.pre_samples:
            return "nothing kept"
        kept_s = f" ({self.pre_samples / self.rate_hz:.1f} s)" if self.rate_hz else ""
        return f"{self.pre_samples} samples{kept_s} kept, not counted here"

    def _share(self) -> str:
        if not self.lost:
            return ""
        share = f" ({100 * self.lost / (self.lost + self.samples):.3g} %)"
        if self.lost_by_recorder:
            share += f", {self.lost_by_recorder} of them only in the file, not on the stream"
        return share


def clock(seconds: float) -> str:
    """A length as people read it: 1:02:03.4."""
    tenths = round(seconds * 10)
    hours, rest = divmod(tenths, 36000)
    minutes, rest = divmod(rest, 600)
    head = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{head}:{rest // 10:02d}.{rest % 10}"


def size(count: float) -> str:
    """A number of bytes as people read it."""
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}" if unit != "bytes" else f"{count:.0f} bytes"
        count /= 1000
    return f"{count:.4g} GB"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{label} {count}" for label, count in sorted(counts.items())) or "none"


def _bad(channel: BadChannel) -> str:
    kinds = [
        ("clipped", channel.clipped_s),
        ("flat", channel.flat_s),
        ("electrode off", channel.lead_off_s),
    ]
    told = ", ".join(f"{kind} for {seconds:.3g} s" for kind, seconds in kinds if seconds > 0)
    return f"{channel.name} {told}"
