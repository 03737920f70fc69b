"""One movement of the face: what its channels' bursts say together, as `interval` tells it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emgd.dsp.spotter import Burst
from emgd.face.candidates import rank_emotions, rank_units
from emgd.face.muscles import LOW_IN_THE_FACE, OCULI, known_muscle

BRIEF_MS = 500.0  # a micro-expression lasts no longer
BLINK_MS = 400.0
BLINK_SHARE = 0.4  # of the eye's rise is the most that any other channel may show
EYE_UNITS = ((45, 1.0),)


@dataclass(frozen=True, slots=True)
class Worn:
    """What the electrodes lie on."""

    names: tuple[str, ...]  # muscles as they were named, one per channel
    mvc_uv: tuple[float | None, ...]

    def known(self, channel: int) -> str:
        """The muscle of the tables; empty where it is none of them."""
        return known_muscle(self.names[channel])

    def strength(self, burst: Burst, calibrated: bool) -> float:
        """How much a channel moved: percent of its maximum, or microvolts."""
        mvc_uv = self.mvc_uv[burst.channel]
        return 100 * burst.rise_uv / mvc_uv if calibrated and mvc_uv else burst.rise_uv


@dataclass(frozen=True, slots=True)
class Rules:
    """Which kinds are told apart from expressions."""

    blinks: bool = True
    swallows: bool = True


def describe(bursts: Sequence[Burst], worn: Worn, rules: Rules, rate_hz: float) -> dict[str, Any]:
    """The fields of `interval` that the bursts tell."""
    calibrated = all(worn.mvc_uv[burst.channel] for burst in bursts)
    by_strength = sorted(
        bursts, key=lambda burst: (-worn.strength(burst, calibrated), burst.channel)
    )
    main = by_strength[0]
    others = [burst.channel for burst in by_strength[1:] if burst.channel != main.channel]
    mvc_uv = worn.mvc_uv[main.channel]
    duration_ms = (main.offset - main.onset) * 1000 / rate_hz
    strengths: dict[str, float] = {}
    for burst in by_strength:
        if muscle := worn.known(burst.channel):
            strengths.setdefault(muscle, worn.strength(burst, calibrated))
    kind = kind_of(main, strengths, duration_ms, worn, rules)
    emotions: list[tuple[str, float]] = []
    units: list[tuple[int, float]] = list(EYE_UNITS) if kind == "blink" else []
    if kind in ("ME", "MaE"):
        carried = frozenset(filter(None, map(known_muscle, worn.names)))
        emotions = rank_emotions(strengths, carried, kind == "ME")
        units = rank_units(strengths, emotions)
    return {
        "channel": main.channel,
        "muscle": worn.names[main.channel],
        "also": list(dict.fromkeys(others)),
        "onset": main.onset,
        "apex": min(max(main.apex, main.onset), main.offset),
        "offset": main.offset,
        "duration_ms": duration_ms,
        "peak_uv": main.peak_uv,
        "mvc_pct": 100 * main.peak_uv / mvc_uv if mvc_uv else None,
        "iemg": main.sum_uv_ms / main.peak_uv if main.peak_uv > 0 else 0.0,
        "kind": kind,
        "aus": [unit for unit, _ in units],
        "au_scores": [round(score, 3) for _, score in units],
        "emotions": [name for name, _ in emotions],
        "emotion_scores": [round(score, 3) for _, score in emotions],
        "detector": "online",
    }


def kind_of(
    main: Burst, strengths: Mapping[str, float], duration_ms: float, worn: Worn, rules: Rules
) -> str:
    """ME, MaE, blink or swallow, by the rules that docs/spotting.md tells."""
    moved = set(strengths)
    if rules.blinks and is_blink(main, strengths, duration_ms, worn):
        return "blink"
    if rules.swallows and moved == LOW_IN_THE_FACE and duration_ms > BRIEF_MS:
        return "swallow"
    return "ME" if duration_ms <= BRIEF_MS else "MaE"


def is_blink(main: Burst, strengths: Mapping[str, float], duration_ms: float, worn: Worn) -> bool:
    """Short, and on the eye's muscle alone but for what leaks to its neighbours."""
    eye = strengths.get(OCULI, 0.0)
    rest = [strength for muscle, strength in strengths.items() if muscle != OCULI]
    return (
        worn.known(main.channel) == OCULI
        and duration_ms <= BLINK_MS
        and max(rest, default=0.0) <= BLINK_SHARE * eye
    )
