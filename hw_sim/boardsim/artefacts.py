"""What electrodes do on their own: pops, and mains hum that comes and goes."""

import math
from dataclasses import dataclass

import numpy as np

from boardsim.expressions import lognormal
from boardsim.motor_units import Reals
from boardsim.sinc import Floats

POP_UV, POP_TAU_S = (600.0, 600.0), (0.06, 0.05)  # mean and SD; the contact jumps and settles
POP_TAUS = 5  # until it has
HUM_TIMES, HUM_S = (2.0, 6.0), (3.0, 20.0)  # of the usual hum, and how long it stays
HUM_RAMP_S = 0.1
THIRD_HARMONIC = 0.3


@dataclass(frozen=True, slots=True)
class Artefact:
    """A pop or a bout of hum before it has a time."""

    kind: str
    total_s: float
    microvolts: dict[int, float]  # by channel

    def wave(self, step_s: float, hum_hz: float) -> Floats:
        """Its course, of height 1."""
        at_s: Reals = step_s * np.arange(max(round(self.total_s / step_s), 1), dtype=np.float64)
        wave = self._settling(at_s) if self.kind == "pop" else self._humming(at_s, hum_hz)
        return wave.astype(np.float32)

    def _settling(self, at_s: Reals) -> Reals:
        course: Reals = np.exp(-POP_TAUS * at_s / self.total_s)
        return course

    def _humming(self, at_s: Reals, hum_hz: float) -> Reals:
        ramp = np.clip(np.minimum(at_s, self.total_s - at_s) / HUM_RAMP_S, 0, 1)
        turns = 2 * math.pi * hum_hz * at_s
        course: Reals = ramp * (np.sin(turns) + THIRD_HARMONIC * np.sin(3 * turns))
        return course


class Artefacts:
    """Draws them for a face of so many channels."""

    def __init__(self, channels: int, hum_uv: float) -> None:
        self._channels = channels
        self._hum_uv = hum_uv

    def draw_pop(self, rng: np.random.Generator) -> Artefact:
        """One electrode's."""
        height = lognormal(rng, *POP_UV) * float(rng.choice((-1, 1)))
        tau_s = min(lognormal(rng, *POP_TAU_S), 0.4)
        return Artefact("pop", POP_TAUS * tau_s, {int(rng.integers(self._channels)): height})

    def draw_hum(self, rng: np.random.Generator) -> Artefact:
        """One cable's or, as often, everybody's."""
        height = self._hum_uv * float(rng.uniform(*HUM_TIMES))
        alone = int(rng.integers(self._channels)) if rng.random() < 0.5 else None
        places = range(self._channels) if alone is None else (alone,)
        microvolts = {channel: height * float(rng.uniform(0.5, 1.5)) for channel in places}
        return Artefact("hum", float(rng.uniform(*HUM_S)), microvolts)
