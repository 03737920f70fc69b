"""Facial movements drawn from the published distributions (MELABIPCAS/CASMEMG)."""

import math
from dataclasses import dataclass

import numpy as np

from boardsim.strokes import Stroke

CHANNELS = 7  # c1 frontalis .. c7 depressor anguli oris; an eighth channel is free


@dataclass(frozen=True, slots=True)
class Emotion:
    """How often it was seen, and which channels (from 0) move with it."""

    micro: int
    macro: int
    prototype: tuple[int, ...]  # channels of the prototypical expression
    also: tuple[int, ...] = ()  # the other main channels


EMOTIONS: dict[str, Emotion] = {
    "anger": Emotion(49, 31, (1, 2), (5,)),
    "disgust": Emotion(59, 32, (1, 3, 5), (2,)),
    "fear": Emotion(25, 27, (1, 2)),
    "happiness": Emotion(26, 23, (2, 4), (6,)),
    "sadness": Emotion(42, 23, (2, 6), (5,)),
    "surprise": Emotion(27, 13, (0, 2)),
    "other": Emotion(2, 1, (2,)),
}
# How often each channel is the one that an expression of theirs is annotated on, in half of the
# people; ten more each, so that none that the table names is rare.
STRONGEST = (24 + 10, 62 + 10, 10 + 10, 1 + 10, 5 + 10, 53 + 10, 37 + 10)
IN_PROTOTYPE, BESIDE_IT = 0.75, 0.3  # how likely another channel moves along
LAG = 0.15  # of the strongest's duration that the others begin later and end sooner, at most

ME_DURATION_S, MAE_DURATION_S = (0.317, 0.079), (1.161, 0.823)
ME_MVC_PCT, MAE_MVC_PCT = (8.11, 8.54), (23.09, 21.27)
ME_LONGEST_S = 0.5
APEX = {"ME": (0.52, 0.10), "MaE": (0.45, 0.18)}  # share of the duration, from their annotations
ORBICULARIS_OCULI, LOW_IN_THE_FACE = 2, (5, 6)
SPEAKING = (4, 5, 6)


@dataclass(frozen=True, slots=True)
class Draft:
    """A movement before it has a time; the stroke that makes its onset and offset comes first."""

    kind: str  # ME, MaE, blink, swallow, speech or mvc
    emotion: str | None
    strokes: tuple[Stroke, ...]

    @property
    def duration_s(self) -> float:
        """From onset to offset."""
        return max(s.at_s + s.duration_s for s in self.strokes)

    @property
    def lead_s(self) -> float:
        """From the first weak beginning to the onset."""
        return max(s.lead_s - s.at_s for s in self.strokes)

    @property
    def total_s(self) -> float:
        """From the first weak beginning to the very end."""
        return self.lead_s + max(s.at_s - s.lead_s + s.length_s for s in self.strokes)

    @property
    def strongest(self) -> Stroke:
        """The stroke with the apex."""
        return max(self.strokes, key=lambda s: s.mvc_pct)

    def mvc_pct(self) -> dict[int, float]:
        """Peak of the envelope by channel, the strongest first."""
        peaks: dict[int, float] = {}
        for stroke in sorted(self.strokes, key=lambda s: -s.mvc_pct):
            peaks.setdefault(stroke.channel, stroke.mvc_pct)
        return peaks


def lognormal(rng: np.random.Generator, mean: float, sd: float) -> float:
    """Draw from the lognormal distribution of that mean and standard deviation."""
    variance = math.log1p((sd / mean) ** 2)
    return float(rng.lognormal(math.log(mean) - variance / 2, math.sqrt(variance)))


def between(rng: np.random.Generator, mean: float, sd: float, low: float, high: float) -> float:
    """Draw from the normal distribution, and move to the limits what lies beyond."""
    return float(np.clip(rng.normal(mean, sd), low, high))


def draw_duration_s(rng: np.random.Generator, kind: str) -> float:
    """An ME is normal and at most 0.5 s; an MaE is 0.5 s and a lognormal rest."""
    if kind == "ME":
        return between(rng, *ME_DURATION_S, 0.1, ME_LONGEST_S)
    mean, sd = MAE_DURATION_S
    return ME_LONGEST_S + 0.001 + lognormal(rng, mean - ME_LONGEST_S, sd)


def draw_expression(rng: np.random.Generator) -> Draft:
    """An expression of some emotion: one main channel strongest, others beside it."""
    names = list(EMOTIONS)
    counts = np.array([(e.micro, e.macro) for e in EMOTIONS.values()]).ravel()
    pick = int(rng.choice(len(counts), p=counts / counts.sum()))
    name, kind = names[pick // 2], ("ME", "MaE")[pick % 2]
    emotion = EMOTIONS[name]
    mvc_pct = min(lognormal(rng, *(ME_MVC_PCT if kind == "ME" else MAE_MVC_PCT)), 120.0)
    apex = between(rng, *APEX[kind], 0.1, 0.9)
    main = emotion.prototype + emotion.also
    weights = np.array([STRONGEST[channel] for channel in main])
    channel = int(rng.choice(main, p=weights / weights.sum()))
    first = Stroke(channel, 0.0, draw_duration_s(rng, kind), apex, mvc_pct)
    others = [
        _beside(rng, first, other)
        for other in main
        if other != channel
        and rng.random() < (IN_PROTOTYPE if other in emotion.prototype else BESIDE_IT)
    ]
    return Draft(kind, name, (first, *others))


def _beside(rng: np.random.Generator, first: Stroke, channel: int) -> Stroke:
    """A weaker contraction within the strongest one's time."""
    late, early = rng.uniform(0, LAG, 2) * first.duration_s
    duration_s = first.duration_s - late - early
    apex = (first.apex * first.duration_s - late) / duration_s
    share = float(np.clip(apex, 0.05, 0.95))
    strength = first.mvc_pct * rng.uniform(0.3, 0.9)
    return Stroke(channel, float(late), float(duration_s), share, float(strength))


def draw_nuisance(rng: np.random.Generator) -> Draft:
    """A blink (short, stereotyped, at the eye alone) or, one in seven, a swallow."""
    if rng.random() < 6 / 7:
        duration_s, mvc_pct = between(rng, 0.17, 0.017, 0.12, 0.22), between(rng, 15, 2, 8, 22)
        return Draft("blink", None, (Stroke(ORBICULARIS_OCULI, 0.0, duration_s, 0.35, mvc_pct),))
    strength, duration_s = between(rng, 15, 5, 5, 30), between(rng, 0.9, 0.13, 0.55, 1.3)
    strokes = [
        Stroke(channel, 0.0, duration_s, 0.4, strength * float(rng.uniform(0.7, 1.0)))
        for channel in LOW_IN_THE_FACE
    ]
    return Draft("swallow", None, tuple(strokes))


def draw_speech(rng: np.random.Generator) -> Draft:
    """Some seconds of talking: three to six syllables a second, low in the face."""
    length_s, strength = float(rng.uniform(2, 8)), float(rng.uniform(8, 20))
    strokes: list[Stroke] = []
    at_s = 0.0
    while at_s < length_s:
        for channel in SPEAKING:
            mvc_pct = min(lognormal(rng, strength, 0.6 * strength), 80.0)
            apex, duration_s = float(rng.uniform(0.3, 0.6)), float(rng.uniform(0.1, 0.3))
            strokes.append(Stroke(channel, at_s, duration_s, apex, mvc_pct))
        at_s += float(rng.uniform(1 / 6, 1 / 3))
    return Draft("speech", None, tuple(strokes))
