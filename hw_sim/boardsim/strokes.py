"""The course of a contraction, and what an annotator calls its onset and offset."""

import math
from dataclasses import dataclass

import numpy as np

from boardsim.motor_units import GRID_S, Reals

VISIBLE = 0.05  # onset and offset are where the envelope passes that share of its peak
SOFT = math.acos(1 - 2 * VISIBLE) / math.pi  # share of a raised cosine that lies below
RAMP_S = 0.4  # a slower movement holds on its way
SAG = 0.2  # so much weaker the hold is at its far end


@dataclass(frozen=True, slots=True)
class Stroke:
    """One contraction of one muscle; times are of its visible part."""

    channel: int
    at_s: float  # of the onset, since the onset of the movement
    duration_s: float
    apex: float  # share of the duration
    mvc_pct: float  # peak of the envelope
    ramp_s: float = RAMP_S
    sag: float = SAG

    @property
    def lead_s(self) -> float:
        """How long before the onset the contraction begins, too weak to be seen."""
        return self._side(self.apex)[0] - self.apex * self.duration_s

    @property
    def length_s(self) -> float:
        """From the beginning to the very end."""
        return self._side(self.apex)[0] + self._side(1 - self.apex)[0]

    def _side(self, share: float) -> tuple[float, float]:
        """Seconds from the peak to zero, and the sag on that side."""
        visible_s = share * self.duration_s
        if visible_s <= (1 - SOFT) * self.ramp_s:
            return visible_s / (1 - SOFT), 0.0
        sag = self.sag * min(visible_s / self.ramp_s - (1 - SOFT), 1.0)
        below = math.acos(1 - 2 * VISIBLE / (1 - sag)) / math.pi
        return visible_s + below * self.ramp_s, sag

    def levels(self) -> Reals:
        """The envelope each GRID_S, as a share of full contraction."""
        (rise_s, up), (fall_s, down) = self._side(self.apex), self._side(1 - self.apex)
        at_s: Reals = GRID_S * np.arange(math.ceil((rise_s + fall_s) / GRID_S), dtype=np.float64)
        rise = _slope(at_s[at_s < rise_s], rise_s, self.ramp_s, up)
        fall = _slope(rise_s + fall_s - at_s[at_s >= rise_s], fall_s, self.ramp_s, down)
        return self.mvc_pct / 100 * np.concatenate((rise, fall))


def _slope(from_end_s: Reals, length_s: float, ramp_s: float, sag: float) -> Reals:
    """From 0 at the end to 1 at the peak: a raised cosine, then a slow rest."""
    ramp_s = min(ramp_s, length_s)
    ramp = 0.5 - 0.5 * np.cos(np.pi * np.minimum(from_end_s / ramp_s, 1.0))
    hold = np.maximum(from_end_s - ramp_s, 0.0) / max(length_s - ramp_s, GRID_S)
    return ramp * (1 - sag + sag * np.sin(np.pi / 2 * hold)) if sag else ramp
