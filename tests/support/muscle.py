"""Made-up muscle signals with known bursts, through the daemon's chain and spotter."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from emgd.dsp.filters import Chain, FilterPlan, design
from emgd.settings import Spotter
from emgd.spotting import Spotting
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Event = tuple[str, dict[str, Any]]

UV_PER_COUNT = 0.02
SEVEN = (
    "frontalis",
    "corrugator supercilii",
    "orbicularis oculi",
    "levator labii superioris alaeque nasi",
    "zygomaticus major",
    "orbicularis oris",
    "depressor anguli oris",
)


def rest(seconds: float, channels: int = 1, *, rate: int = 1000, uv: float = 2.0) -> Floats:
    """Noise of a quiet electrode, root mean square."""
    rng = np.random.default_rng(round(1000 * seconds) + channels)
    return uv * rng.standard_normal((round(seconds * rate), channels))


def burst(
    seconds: float, uv: float, *, rate: int = 1000, hold: float = 0.0, seed: int = 0
) -> Floats:
    """Noise between 20 and 200 Hz that swells to an envelope of `uv`, holds, and fades."""
    from scipy.signal import butter, sosfilt

    n = round(seconds * rate)
    ramp = 0.5 - 0.5 * np.cos(np.pi * np.linspace(0, 1, max(round(n * (1 - hold) / 2), 1)))
    shape = np.concatenate((ramp, np.ones(n - 2 * len(ramp)), ramp[::-1]))
    sos = butter(2, [20, min(200, 0.45 * rate)], "bandpass", fs=rate, output="sos")
    noise = sosfilt(sos, np.random.default_rng(seed + n).standard_normal(n + rate))[rate:]
    return np.asarray(shape * noise / noise.std() * uv * np.sqrt(np.pi / 2))


def lay(signal: Floats, at_s: float, what: Floats, channel: int = 0, rate: int = 1000) -> None:
    """Add something to a channel from a time on."""
    first = round(at_s * rate)
    signal[first : first + len(what), channel] += what


def hum(seconds: float, uv: float, hz: float = 50.0, *, rate: int = 1000) -> Floats:
    """Mains hum of an amplitude, with its third harmonic."""
    turns = 2 * np.pi * hz * np.arange(round(seconds * rate)) / rate
    return np.asarray(uv * (np.sin(turns) + 0.3 * np.sin(3 * turns)))


class Spot:
    """What is told of a signal in microvolts, and what is not spotted."""

    def __init__(
        self,
        muscles: Sequence[str] = ("",),
        *,
        rate: int = 1000,
        mains: int = 0,
        settings: Spotter | None = None,
        **options: Any,
    ) -> None:
        plan = design(FilterPlan(mains_hz=mains), rate)
        self.chain = Chain(plan, (UV_PER_COUNT,) * len(muscles))
        self.spotting = Spotting(
            rate, muscles, settings, settle_samples=plan.settle_samples, **options
        )
        self.told: list[Event] = []
        self.end = 0

    def take(self, signal: NDArray[np.floating], off: NDArray[np.bool_] | None = None) -> "Spot":
        """The next samples; beyond the chip's range they clip."""
        counts = np.clip(np.rint(signal / UV_PER_COUNT), -0x800000, 0x7FFFFF).astype(np.int32)
        self.told += self.spotting.update(self.end, self.chain, counts, off)
        self.end += len(counts)
        return self

    def lose(self, missing: int) -> "Spot":
        """Samples do not arrive."""
        self.chain.bridge()
        self.told += self.spotting.gap(self.end, missing)
        self.end += missing
        return self

    def finish(self) -> "Spot":
        """No more samples."""
        self.told += self.spotting.finish()
        return self

    @property
    def intervals(self) -> list[dict[str, Any]]:
        return [fields for topic, fields in self.told if topic == "interval"]

    def of(self, topic: str) -> list[dict[str, Any]]:
        return [fields for told, fields in self.told if told == topic]

    @property
    def places(self) -> list[tuple[int, int]]:
        return [(fields["onset"], fields["offset"]) for fields in self.intervals]


def spot(signal: Floats, muscles: Sequence[str] = ("",), **options: Any) -> Spot:
    """All of a signal at once."""
    return Spot(muscles, **options).take(signal).finish()


def overlap(a: tuple[int, int], b: tuple[int, int]) -> float:
    """Intersection over union."""
    common = min(a[1], b[1]) - max(a[0], b[0])
    return max(common, 0) / (max(a[1], b[1]) - min(a[0], b[0]))


def place_of(event: Mapping[str, Any]) -> tuple[int, int]:
    return int(event["onset"]), int(event["offset"])
