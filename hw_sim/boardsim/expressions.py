"""Facial movements drawn from the published distributions (MELABIPCAS/CASMEMG)."""

import math
from dataclasses import dataclass

import numpy as np

CHANNELS = 7  # c1 frontalis .. c7 depressor anguli oris; an eighth channel is free

# emotion: micro-expressions counted, macro-expressions counted, main channels from 0
EMOTIONS: dict[str, tuple[int, int, tuple[int, ...]]] = {
    "anger": (49, 31, (1, 2, 5)),
    "disgust": (59, 32, (1, 2, 3, 5)),
    "fear": (25, 27, (1, 2)),
    "happiness": (26, 23, (2, 4, 6)),
    "sadness": (42, 23, (2, 5, 6)),
    "surprise": (27, 13, (0, 2)),
    "other": (2, 1, (2,)),
}
ME_DURATION_S, MAE_DURATION_S = (0.317, 0.079), (1.161, 0.823)
ME_MVC_PCT, MAE_MVC_PCT = (8.11, 8.54), (23.09, 21.27)
ME_LONGEST_S = 0.5
APEX = {"ME": (0.52, 0.10), "MaE": (0.45, 0.18)}  # share of the duration, from their annotations
ORBICULARIS_OCULI, LOW_IN_THE_FACE = 2, (5, 6)


@dataclass(frozen=True, slots=True)
class Draft:
    """A movement before it has a time: how long, how strong, which channels."""

    kind: str  # ME, MaE, blink or swallow
    emotion: str | None
    duration_s: float
    apex: float  # share of the duration
    mvc_pct: dict[int, float]  # channel: peak of the envelope in percent of MVC, strongest first


def lognormal(rng: np.random.Generator, mean: float, sd: float) -> float:
    """Draw from the lognormal distribution of that mean and standard deviation."""
    variance = math.log1p((sd / mean) ** 2)
    return float(rng.lognormal(math.log(mean) - variance / 2, math.sqrt(variance)))


def _between(rng: np.random.Generator, mean: float, sd: float, low: float, high: float) -> float:
    return float(np.clip(rng.normal(mean, sd), low, high))


def draw_duration_s(rng: np.random.Generator, kind: str) -> float:
    """An ME is normal and at most 0.5 s; an MaE is 0.5 s and a lognormal rest."""
    if kind == "ME":
        return _between(rng, *ME_DURATION_S, 0.1, ME_LONGEST_S)
    mean, sd = MAE_DURATION_S
    return ME_LONGEST_S + 0.001 + lognormal(rng, mean - ME_LONGEST_S, sd)


def draw_expression(rng: np.random.Generator) -> Draft:
    """An expression of some emotion: one main channel strongest, others beside it."""
    names = list(EMOTIONS)
    counts = np.array([EMOTIONS[name][:2] for name in names]).ravel()
    pick = int(rng.choice(len(counts), p=counts / counts.sum()))
    emotion, kind = names[pick // 2], ("ME", "MaE")[pick % 2]
    strongest = lognormal(rng, *(ME_MVC_PCT if kind == "ME" else MAE_MVC_PCT))
    first, *others = rng.permutation(EMOTIONS[emotion][2]).tolist()
    channels = {first: min(strongest, 150.0)}
    for channel in others:
        if rng.random() < 0.6:
            channels[channel] = channels[first] * rng.uniform(0.3, 0.9)
    duration_s = draw_duration_s(rng, kind)
    return Draft(kind, emotion, duration_s, _between(rng, *APEX[kind], 0.1, 0.9), channels)


def draw_nuisance(rng: np.random.Generator) -> Draft:
    """A blink (short, stereotyped, at the eye alone) or, one in seven, a swallow."""
    if rng.random() < 6 / 7:
        mvc_pct = {ORBICULARIS_OCULI: _between(rng, 15, 2, 8, 22)}
        return Draft("blink", None, _between(rng, 0.20, 0.02, 0.14, 0.26), 0.35, mvc_pct)
    strength = _between(rng, 15, 5, 5, 30)
    mvc_pct = {channel: strength * rng.uniform(0.7, 1.0) for channel in LOW_IN_THE_FACE}
    return Draft("swallow", None, _between(rng, 1.0, 0.15, 0.6, 1.5), 0.4, mvc_pct)
