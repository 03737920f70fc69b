"""People: how strong, how restless and how noisy each channel of a face is."""

from dataclasses import dataclass

import numpy as np

from boardsim.motor_units import Reals

# What one standard deviation multiplies or divides by, from person to person and, beside that,
# from channel to channel; nothing goes further than two of them.
MVC, NOISE, TONE = (1.3, 1.25), (1.2, 1.2), (1.5, 1.6)

MOST_CHANNELS = 16  # drawn for, so that fewer channels are the same person's

# How much of a muscle the electrodes of another channel pick up. Neighbours on the face.
CROSS_TALK = {
    (0, 1): 0.06,
    (1, 2): 0.06,
    (2, 3): 0.05,
    (2, 4): 0.04,
    (3, 4): 0.10,
    (3, 5): 0.06,
    (4, 5): 0.06,
    (4, 6): 0.04,
    (5, 6): 0.12,
}


@dataclass(frozen=True, slots=True)
class Person:
    """A face by channel."""

    mvc_uv: Reals  # mean rectified signal at maximum contraction
    noise: Reals  # as a share of what was asked for
    tone_pct: Reals  # of MVC, without any movement
    cross_talk: dict[int, dict[int, float]]  # of a muscle: other channels and their share


def draw_person(
    seed: int, channels: int, *, mvc_uv: float, tone_pct: float, spread: float, cross_talk: float
) -> Person:
    """The same seed gives the same person; with `spread` 0 all people are alike."""
    rng = np.random.default_rng((seed, 0x0FACE))

    def scatter(sds: tuple[float, float]) -> Reals:
        whole, each = np.log(sds)
        draws = np.clip(rng.standard_normal(1 + MOST_CHANNELS), -2, 2)
        factors: Reals = np.exp(spread * (whole * draws[0] + each * draws[1:]))
        return factors[:channels]

    shares: dict[int, dict[int, float]] = {}
    for (a, b), share in CROSS_TALK.items():
        for muscle, other in ((a, b), (b, a)):
            if max(a, b) < channels and cross_talk:
                shares.setdefault(muscle, {})[other] = share * cross_talk
    return Person(mvc_uv * scatter(MVC), scatter(NOISE), tone_pct * scatter(TONE), shares)
