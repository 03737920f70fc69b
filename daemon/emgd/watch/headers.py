"""What the viewer takes from `meta` and `health`, whatever is missing in them."""

from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Self

from emgd.messages import electrode_off
from emgd.watch.fields import item, items, number, table, text, whole

NOMINAL_HZ = 1000.0  # until a `meta` says otherwise


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel as `meta` names it."""

    name: str
    muscle: str = ""
    active: bool = True
    gain: float | None = None


@dataclass(frozen=True, slots=True)
class Meta:
    """The board and the daemon behind the stream."""

    board: str = ""
    firmware: str = ""
    daemon: str = ""
    started_ns: int | None = None
    rate_hz: float = NOMINAL_HZ
    mvc_uv: tuple[Any, ...] = ()
    channels: tuple[Channel, ...] = ()

    @classmethod
    def read(cls, header: dict[str, Any]) -> Self:
        """Take what can be read from a `meta` header."""
        rate_hz = number(header.get("rate_hz"))
        return cls(
            board=text(header.get("board")),
            firmware=text(header.get("firmware")),
            daemon=text(header.get("daemon")),
            started_ns=whole(header.get("started_ns")),
            rate_hz=rate_hz if rate_hz and 1 <= rate_hz <= 1e6 else NOMINAL_HZ,
            mvc_uv=tuple(items(header.get("mvc_uv"))),
            channels=tuple(
                _channel(place, table(entry))
                for place, entry in enumerate(items(header.get("channels")))
            ),
        )

    def channel(self, place: int) -> Channel:
        """Give a channel, under its number where `meta` does not know it."""
        return self.channels[place] if place < len(self.channels) else Channel(f"ch{place + 1}")


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording that is being written."""

    path: str
    samples: int | None
    size: int | None
    free: int | None
    problem: str = ""  # why nothing is being written, if so

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return PurePath(self.path).stem or "recording"


@dataclass(frozen=True, slots=True)
class Tube:
    """The digital tube."""

    name: str
    state: str
    number: int | None = None
    failed: int | None = None
    late: int | None = None
    slowest_ms: float | None = None
    error: str = ""

    @property
    def fault(self) -> str:
        """Why numbers are not seen, in words; empty where they are."""
        return f"{self.name}: {self.error}" if self.state in ("failing", "stuck") else ""


@dataclass(frozen=True, slots=True)
class Health:
    """How the daemon says that it is."""

    rate_hz: float | None = None
    clock_ppm: float | None = None
    t_error_ms: float | None = None
    t_settled: bool = True
    clock_steps: int | None = None
    clock_step_s: float | None = None
    samples: int | None = None
    lost: int | None = None
    bad_frames: int | None = None
    reconnects: int | None = None
    trouble: str = ""  # why no samples come, if so
    publish_dropped: int | None = None
    latency_ms: tuple[float | None, float | None, float | None] = (None, None, None)
    recording: Recording | None = None
    tube: Tube | None = None
    lead_off: tuple[Any, ...] = ()
    clipped: tuple[Any, ...] = ()
    noise_uv: tuple[Any, ...] = ()
    not_spotted: tuple[Any, ...] = ()

    @classmethod
    def read(cls, header: dict[str, Any]) -> Self:
        """Take what can be read from a `health` header."""
        latency = table(header.get("latency_ms"))
        return cls(
            rate_hz=number(header.get("rate_hz")),
            clock_ppm=number(header.get("clock_ppm")),
            t_error_ms=number(header.get("t_error_ms")),
            t_settled=header.get("t_settled") is not False,
            clock_steps=whole(header.get("clock_steps")),
            clock_step_s=number(header.get("clock_step_s")),
            samples=whole(header.get("samples")),
            lost=whole(header.get("lost")),
            bad_frames=whole(header.get("bad_frames")),
            reconnects=whole(header.get("reconnects")),
            trouble=text(header.get("trouble")),
            publish_dropped=whole(header.get("publish_dropped")),
            latency_ms=(
                number(latency.get("p50")),
                number(latency.get("p99")),
                number(latency.get("max")),
            ),
            recording=_recording(header.get("recording")),
            tube=_tube(header.get("tube")),
            lead_off=tuple(items(header.get("lead_off"))),
            clipped=tuple(items(header.get("clipped"))),
            noise_uv=tuple(items(header.get("noise_uv"))),
            not_spotted=tuple(items(header.get("not_spotted"))),
        )


def spots_nothing(meta: Meta, health: Health) -> str:
    """Why no channel at all is spotted, where it is the same reason for all."""
    reasons = {
        text(reason)
        for place, reason in enumerate(health.not_spotted)
        if meta.channel(place).active
    }
    return reasons.pop() if len(reasons) == 1 else ""


def faults(meta: Meta, health: Health, place: int) -> list[str]:
    """Name what is wrong with a channel beside others, in words for its row."""
    if not meta.channel(place).active:
        return []
    why = "" if spots_nothing(meta, health) else text(item(health.not_spotted, place))
    flags = {
        "CLIP": bool(item(health.clipped, place)),
        electrode_off(item(health.lead_off, place)).upper(): True,
        f"not spotted: {why}": bool(why),
    }
    return [words for words, there in flags.items() if words and there]


def _channel(place: int, entry: dict[Any, Any]) -> Channel:
    return Channel(
        name=text(entry.get("name")) or f"ch{place + 1}",
        muscle=text(entry.get("muscle")),
        active=entry.get("active") is not False,
        gain=number(entry.get("gain")),
    )


def _recording(value: object) -> Recording | None:
    if value is None:
        return None
    entry = table(value)
    return Recording(
        path=text(entry.get("path")),
        samples=whole(entry.get("samples")),
        size=whole(entry.get("bytes")),
        free=whole(entry.get("free_bytes")),
        problem=text(entry.get("problem")) if entry.get("problem") else "",
    )


def _tube(value: object) -> Tube | None:
    if value is None:
        return None
    entry = table(value)
    return Tube(
        name=text(entry.get("name")),
        state=text(entry.get("state")),
        number=whole(entry.get("number")),
        failed=whole(entry.get("failed")),
        late=whole(entry.get("late")),
        slowest_ms=number(entry.get("slowest_ms")),
        error=text(entry.get("error")) if entry.get("error") else "",
    )
