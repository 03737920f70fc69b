"""One movement of the face: what its channels' bursts say together, as `interval` tells it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from emgd.dsp.spotter import Burst, What
from emgd.face.candidates import rank_emotions, rank_units
from emgd.face.muscles import LOW_IN_THE_FACE, OCULI, known_muscle
from emgd.face.nuisances import Blinks, is_swallow

BRIEF_MS = 500.0  # a micro-expression lasts no longer
BLINK_UNITS = [(45, 1.0)]


@dataclass(frozen=True, slots=True)
class Worn:
    """What the electrodes lie on."""

    names: tuple[str, ...]  # muscles as they were named, one per channel
    mvc_uv: tuple[float | None, ...]
    known: tuple[str, ...] = field(init=False)  # the muscle of the tables; empty if it is none

    def __post_init__(self) -> None:
        object.__setattr__(self, "known", tuple(map(known_muscle, self.names)))

    def by_strength(self, bursts: Sequence[Burst]) -> list[tuple[Burst, float]]:
        """The strongest first: in percent of the maximum if that is known of all, else in uV."""
        mvc_uv = [self.mvc_uv[burst.channel] for burst in bursts]
        shares = [100 / uv if uv and all(mvc_uv) else 1.0 for uv in mvc_uv]
        strengths = [burst.rise_uv * share for burst, share in zip(bursts, shares, strict=True)]
        pairs = zip(bursts, strengths, strict=True)
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0].channel))


class Expressions:
    """Words movements; knows what this person's blinks are like."""

    def __init__(self, worn: Worn, rate_hz: float) -> None:
        self.worn = worn
        self.blinks = True  # told apart
        self.swallows = True
        self._ms = 1000 / rate_hz
        self._eyes = Blinks(rate_hz)

    def alone(self, burst: Burst, beside: Sequence[Burst]) -> bool:
        """Whether a burst is a blink, whatever goes on beside it."""
        eye = self.blinks and self.worn.known[burst.channel] == OCULI
        return eye and self._eyes.is_blink(burst, beside)

    def swallowing(self, bursts: Sequence[Burst], beside: Sequence[Burst]) -> bool:
        """Whether bursts are a swallow or may become one, and others are none of it."""
        if not self.swallows or any(self._low(burst) for burst in beside):
            return False
        if any(burst.what is What.OPENED for burst in bursts):
            return all(self._low(burst) for burst in bursts)
        ordered = self.worn.by_strength(bursts)
        main = ordered[0][0]
        muscle, ms = self.worn.known[main.channel], self._lasts(main)
        return is_swallow(self._strengths(ordered), muscle, ms)

    def _low(self, burst: Burst) -> bool:
        return self.worn.known[burst.channel] in LOW_IN_THE_FACE

    def _lasts(self, burst: Burst) -> float:
        return (burst.offset - burst.onset) * self._ms

    def _strengths(self, ordered: Sequence[tuple[Burst, float]]) -> dict[str, float]:
        """Of each muscle, or channel where it is none that is known."""
        strengths: dict[str, float] = {}
        for burst, strength in ordered:
            strengths.setdefault(self.worn.known[burst.channel] or f"#{burst.channel}", strength)
        return strengths

    def _kind(self, bursts: Sequence[Burst], strengths: Mapping[str, float], ms: float) -> str:
        main, *others = bursts
        muscle = self.worn.known[main.channel]
        if self.blinks and muscle == OCULI:
            blink = self._eyes.is_blink(main, others)
            self._eyes.learn(main, others)
            if blink:
                return "blink"
        if self.swallows and is_swallow(strengths, muscle, ms):
            return "swallow"
        return "ME" if ms <= BRIEF_MS else "MaE"

    def describe(self, bursts: Sequence[Burst]) -> dict[str, Any]:
        """The fields of `interval` that the bursts tell."""
        ordered = self.worn.by_strength(bursts)
        main = ordered[0][0]
        strengths = self._strengths(ordered)
        mvc_uv = self.worn.mvc_uv[main.channel]
        also = dict.fromkeys(burst.channel for burst, _ in ordered)
        duration_ms = self._lasts(main)
        kind = self._kind([burst for burst, _ in ordered], strengths, duration_ms)
        return {
            "channel": main.channel,
            "muscle": self.worn.names[main.channel],
            "also": [channel for channel in also if channel != main.channel],
            "onset": main.onset,
            "apex": min(max(main.apex, main.onset), main.offset),
            "offset": main.offset,
            "duration_ms": duration_ms,
            "peak_uv": main.peak_uv,
            "mvc_pct": 100 * main.peak_uv / mvc_uv if mvc_uv else None,
            "iemg": integrated(main, duration_ms),
            "kind": kind,
            **self._candidates(kind, strengths),
            "detector": "online",
        }

    def _candidates(self, kind: str, strengths: Mapping[str, float]) -> dict[str, Any]:
        emotions: list[tuple[str, float]] = []
        units: list[tuple[int, float]] = BLINK_UNITS if kind == "blink" else []
        if kind in ("ME", "MaE"):
            moved = {name: s for name, s in strengths.items() if not name.startswith("#")}
            worn = frozenset(filter(None, self.worn.known))
            emotions = rank_emotions(moved, worn, kind == "ME")
            units = rank_units(moved, emotions)
        return {
            "aus": [unit for unit, _ in units],
            "au_scores": [round(score, 3) for _, score in units],
            "emotions": [name for name, _ in emotions],
            "emotion_scores": [round(score, 3) for _, score in emotions],
        }


def integrated(burst: Burst, duration_ms: float) -> float:
    """The paper's eq. 7: the sum over milliseconds of the envelope, scaled from 0 to 1."""
    height_uv = burst.peak_uv - burst.low_uv
    area = burst.sum_uv_ms - burst.low_uv * duration_ms
    return min(max(area / height_uv, 0.0), duration_ms) if height_uv > 0 else 0.0
