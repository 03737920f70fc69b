"""Blinks and swallows: the rules that tell them from expressions."""

from collections import deque
from collections.abc import Mapping, Sequence
from statistics import median

from emgd.dsp.spotter import Burst
from emgd.face.muscles import LOW_IN_THE_FACE

BLINK_MS = (60.0, 300.0)
ALONE = 0.35  # of the strongest one's rise is the most that others may show beside it
REMEMBERED = 30
ENOUGH = 6  # short movements of the eye alone, before they are a stereotype
LIKE_PEAK = 2.5  # times or divided by: how much a stereotyped movement differs in strength
LIKE_MS = 60.0  # and in duration
BEGINS_WITH_MS, ENDS_WITH_MS = 60.0, 80.0  # another channel that does both shares the movement
SWALLOW_MS = (650.0, 1500.0)
BOTH = 0.4  # of the strongest one's rise that each muscle low in the face shows


class Blinks:
    """Knows a person's blinks by their sameness: most short movements of the eye alone are that."""

    def __init__(self, rate_hz: float) -> None:
        self._ms = 1000 / rate_hz
        self._seen: deque[tuple[float, float]] = deque(maxlen=REMEMBERED)

    def learn(self, eye: Burst, beside: Sequence[Burst]) -> None:
        """Remember a movement of the eye if it may have been a blink."""
        if self._brief(eye) and not any(self._strong(other, eye) for other in beside):
            self._seen.append((eye.rise_uv, self._lasts(eye)))

    def is_blink(self, eye: Burst, beside: Sequence[Burst]) -> bool:
        """Whether the eye moved for itself, and as it does when it blinks."""
        if not self._brief(eye):
            return False
        strong = [other for other in beside if self._strong(other, eye)]
        if len(self._seen) < ENOUGH:
            return not strong
        return self._like(eye) and not any(self._shared(eye, other) for other in strong)

    def _like(self, eye: Burst) -> bool:
        ratio = eye.rise_uv / median(rise for rise, _ in self._seen)
        longer_ms = self._lasts(eye) - median(ms for _, ms in self._seen)
        return 1 / LIKE_PEAK <= ratio <= LIKE_PEAK and abs(longer_ms) <= LIKE_MS

    def _shared(self, eye: Burst, other: Burst) -> bool:
        begins_ms, ends_ms = (
            abs(b - a) * self._ms for a, b in ((eye.onset, other.onset), (eye.offset, other.offset))
        )
        return begins_ms <= BEGINS_WITH_MS and ends_ms <= ENDS_WITH_MS

    def _brief(self, eye: Burst) -> bool:
        return BLINK_MS[0] <= self._lasts(eye) <= BLINK_MS[1]

    def _lasts(self, eye: Burst) -> float:
        return (eye.offset - eye.onset) * self._ms

    def _strong(self, other: Burst, eye: Burst) -> bool:
        return other.rise_uv > ALONE * eye.rise_uv


def is_swallow(strengths: Mapping[str, float], muscle: str, duration_ms: float) -> bool:
    """About a second, on all muscles low in the face that are worn, and hardly above them."""
    shortest, longest = SWALLOW_MS
    low = [strengths.get(each, 0.0) for each in LOW_IN_THE_FACE]
    above = [s for each, s in strengths.items() if each not in LOW_IN_THE_FACE]
    return (
        muscle in LOW_IN_THE_FACE
        and shortest <= duration_ms <= longest
        and min(low) >= BOTH * max(low)
        and max(above, default=0.0) <= ALONE * max(low)
    )
