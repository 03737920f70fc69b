"""Candidate action units and emotions of a movement, from the tables of muscles; not findings."""

from collections.abc import Mapping
from functools import cache

from emgd.face.muscles import ACTION_UNITS, EMOTIONS, Emotion

# How likely a muscle moves with an emotion: one of its prototype, of its others, any other one
_PROTOTYPE, _MAIN, _OTHER = 0.8, 0.5, 0.08
_LEAST = 0.02  # what is less likely is no candidate

Ranked = list[tuple[str, float]]


def rank_emotions(strengths: Mapping[str, float], worn: frozenset[str], brief: bool) -> Ranked:
    """Emotions with the likelihood of exactly these muscles moving, likeliest first, sum 1.

    `strengths` has the muscles that moved, `worn` all that carry an electrode; how often the
    paper counted an emotion is taken into account.
    """
    if not strengths:
        return []
    strongest = max(strengths, key=lambda muscle: strengths[muscle])
    return _ranked(frozenset(strengths), worn, strongest, brief)


@cache  # of some hundred combinations that a face has; made while samples come
def _ranked(moved: frozenset[str], worn: frozenset[str], strongest: str, brief: bool) -> Ranked:
    weights = {
        name: (emotion.brief if brief else emotion.lasting)
        * _likelihood(emotion, moved, worn, strongest)
        for name, emotion in EMOTIONS.items()
    }
    total = sum(weights.values())
    ranked = sorted(((name, weight / total) for name, weight in weights.items()), key=_order)
    return [(name, share) for name, share in ranked if share >= _LEAST]


def rank_units(strengths: Mapping[str, float], emotions: Ranked) -> list[tuple[int, float]]:
    """Action units of the muscles that moved, likeliest first: by strength and by emotions."""
    if not strengths:
        return []
    top = max(strengths.values())
    scores: dict[int, float] = {}
    for muscle, strength in strengths.items():
        for unit in ACTION_UNITS[muscle]:
            shown = sum(share for name, share in emotions if unit in EMOTIONS[name].units)
            score = strength / top * (1 + 3 * shown) / 4
            scores[unit] = max(scores.get(unit, 0.0), score)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


def _likelihood(
    emotion: Emotion, moved: frozenset[str], worn: frozenset[str], strongest: str
) -> float:
    likely = 1.0 if strongest in emotion.muscles else _OTHER
    for muscle in sorted(worn):
        share = _share(emotion, muscle)
        likely *= share if muscle in moved else 1 - share
    return likely


def _share(emotion: Emotion, muscle: str) -> float:
    if muscle in emotion.prototype:
        return _PROTOTYPE
    return _MAIN if muscle in emotion.muscles else _OTHER


def _order(item: tuple[str, float]) -> tuple[float, str]:
    return -item[1], item[0]
