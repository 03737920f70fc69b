"""A face: rest, hum, drift and electrode offsets, with movements and artefacts upon them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from boardsim.artefacts import THIRD_HARMONIC, Artefact, Artefacts
from boardsim.bursts import Bursts
from boardsim.chronicle import Disturbance, Happening
from boardsim.expressions import Draft, draw_expression, draw_nuisance, draw_speech
from boardsim.muscles import Muscles
from boardsim.oscillators import CHUNK, Oscillators
from boardsim.person import Person, draw_person
from boardsim.plans import Agreed, Comes, Plan
from boardsim.sinc import OVERSAMPLE, Floats
from boardsim.strokes import Stroke

DRIFT_HZ = (0.03, 0.07, 0.13, 0.29)
EXPRESSION_S, NUISANCE_S, SPEECH_S, POP_S, HUM_S = 0.75, 0.35, 5.3, 0.3, 11.5  # mean lengths


@dataclass(frozen=True, slots=True)
class Effort:
    """A contraction at a known time, as for finding the maximum."""

    channel: int
    at_s: float  # since START
    for_s: float
    mvc_pct: float = 100.0

    def draft(self) -> Draft:
        """The same as a movement: quickly up, held, quickly down."""
        stroke = Stroke(self.channel, 0.0, self.for_s, 0.5, self.mvc_pct, ramp_s=0.25, sag=0.0)
        return Draft("mvc", None, (stroke,))


@dataclass(frozen=True, slots=True)
class FaceSettings:
    """How lively and how noisy a face is."""

    noise_uv: float = 2.0  # at rest, rms in 0 to 500 Hz
    hum_uv: float = 3.0  # amplitude; from half to one and a half of it on each channel
    hum_hz: float = 50.0
    drift_uv: float = 50.0  # slow movement of the offset, rms
    offset_mv: float = 20.0  # electrode offsets lie between minus and plus that
    expressions_per_min: float = 12.0
    nuisance_per_min: float = 10.0
    mvc_uv: float = 200.0  # envelope at maximum voluntary contraction
    contact_kohm: float = 5.0  # of each electrode on the skin
    speech_per_min: float = 0.1  # stretches of talking
    pops_per_min: float = 0.2  # jumps of one electrode's contact
    hums_per_min: float = 0.1  # bouts of more hum
    tone_pct: float = 0.2  # of MVC, of muscles at rest
    cross_talk: float = 1.0  # times the usual
    spread: float = 1.0  # how much people and channels differ; 0: not at all
    person: int | None = None  # whose face it is; None: the seed says
    mvc: tuple[Effort, ...] = ()


class Face:
    """An `Input` that is the same again for the same seed, rate and number of the stream."""

    def __init__(self, channels: int, settings: FaceSettings, seed: int) -> None:
        self._channels = channels
        self._settings = settings
        self._seed = seed
        self._runs = 0
        self.person = make_person(settings, channels, seed)
        self.begun: list[Happening] = []
        self.begin(1 / 8000)

    def begin(self, step_s: float) -> None:
        """A new stream: the same person and electrodes, other movements."""
        s = self._settings
        lasting = np.random.default_rng((self._seed, 0))
        self._runs += 1
        self._rng = np.random.Generator(np.random.SFC64((self._seed, self._runs)))
        self._step_s = step_s
        self._moment = 0
        rms_uv = s.noise_uv * math.sqrt(0.5 / step_s / 500.0)
        self._sigma = (rms_uv * self.person.noise).astype(np.float32)
        self._waves = self._make_waves(lasting, step_s)
        self._bursts = Bursts()
        self.begun = []
        rngs = np.random.default_rng((self._seed, self._runs)).spawn(5)
        self._coming: tuple[Comes[Draft | Artefact], ...] = (
            *self._movements(rngs[:2]),
            *self._disturbances(rngs[2:4]),
        )
        self._muscles = Muscles(self.person, self._channels, step_s, rngs[4])

    def _movements(self, rngs: Sequence[np.random.Generator]) -> tuple[Comes[Draft], ...]:
        s = self._settings
        voluntary = s.expressions_per_min + s.speech_per_min
        speaking = s.speech_per_min / voluntary if voluntary else 0.0
        usual_s = EXPRESSION_S + speaking * (SPEECH_S - EXPRESSION_S)

        def draw(rng: np.random.Generator) -> Draft:  # nobody is moved to smile while talking
            return draw_speech(rng) if rng.random() < speaking else draw_expression(rng)

        return (
            Plan(rngs[0], voluntary, usual_s, draw),
            Plan(rngs[1], s.nuisance_per_min, NUISANCE_S, draw_nuisance),
            Agreed([(effort.at_s, effort.draft()) for effort in s.mvc]),
        )

    def _disturbances(self, rngs: Sequence[np.random.Generator]) -> tuple[Comes[Artefact], ...]:
        s, artefacts = self._settings, Artefacts(self._channels, self._settings.hum_uv)
        hums_per_min = s.hums_per_min if s.hum_uv else 0.0
        return (
            Plan(rngs[0], s.pops_per_min, POP_S, artefacts.draw_pop),
            Plan(rngs[1], hums_per_min, HUM_S, artefacts.draw_hum),
        )

    def _make_waves(self, rng: np.random.Generator, step_s: float) -> Oscillators:
        s, shape = self._settings, (self._channels, 1)
        hum = s.hum_uv * rng.uniform(0.5, 1.5, shape) * np.exp(0.5j * rng.normal(size=shape))
        turns = np.exp(2j * np.pi * rng.random((self._channels, len(DRIFT_HZ))))
        drift = s.drift_uv * math.sqrt(2 / len(DRIFT_HZ)) * turns
        offset = 1000.0 * s.offset_mv * rng.uniform(-1, 1, shape)
        weights = np.concatenate((hum, THIRD_HARMONIC * hum, drift, offset + 0j), axis=1)
        return Oscillators(np.array((s.hum_hz, 3 * s.hum_hz, *DRIFT_HZ, 0.0)), weights, step_s)

    def take_begun(self) -> list[Happening]:
        """What has begun since the last call."""
        begun, self.begun = self.begun, []
        return begun

    def read(self, n: int) -> Floats:
        """Give the next `n` moments of all electrodes."""
        if n > CHUNK:
            return np.concatenate([self.read(min(CHUNK, n - a)) for a in range(0, n, CHUNK)], 1)
        self._start_until((self._moment + n) * self._step_s)
        out = self._waves.read(n)
        noise: Floats = self._rng.standard_normal((n, self._channels), dtype=np.float32)
        noise *= self._sigma
        out += noise.T  # drawn moment by moment, so that the batches do not matter
        self._muscles.lay(out, self._moment)
        self._bursts.lay(out, self._moment)
        self._moment += n
        return out

    def _start_until(self, until_s: float) -> None:
        while (coming := min(self._coming, key=lambda each: each.next_s)).next_s < until_s:
            at_s, what = coming.next_s, coming.take()
            if isinstance(what, Artefact):
                self.begun.append(self._disturb(round(at_s / self._step_s), what))
            elif movement := self._muscles.move(what, at_s):
                self.begun.append(movement)

    def _disturb(self, first: int, artefact: Artefact) -> Disturbance:
        wave = artefact.wave(self._step_s, self._settings.hum_hz)
        for channel, microvolts in artefact.microvolts.items():
            self._bursts.add(first, channel, wave, microvolts)
        begins, ends = (moment // OVERSAMPLE - 3 for moment in (first, first + len(wave)))
        return Disturbance(artefact.kind, begins, ends, artefact.microvolts)


def make_person(settings: FaceSettings, channels: int, seed: int) -> Person:
    """Whose face the settings and the seed stand for."""
    return draw_person(
        seed if settings.person is None else settings.person,
        channels,
        mvc_uv=settings.mvc_uv,
        tone_pct=settings.tone_pct,
        spread=settings.spread,
        cross_talk=settings.cross_talk,
    )
