"""A face: rest, hum, drift and electrode offsets, with expressions and nuisances upon them."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from boardsim.expressions import Draft, draw_expression, draw_nuisance
from boardsim.oscillators import CHUNK, Oscillators
from boardsim.sinc import OVERSAMPLE, Floats

REST_S = 0.5  # at least that long between two expressions, and between two nuisances
DRIFT_HZ = (0.03, 0.07, 0.13, 0.29)
THIRD_HARMONIC = 0.3


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


@dataclass(frozen=True, slots=True)
class Movement:
    """A movement with its place in the stream; sample 0 is the first after START."""

    kind: str
    emotion: str | None
    onset: int
    apex: int
    offset: int
    mvc_pct: dict[int, float]  # by channel, the strongest first
    peak_uv: dict[int, float]  # peak of the ideal envelope, likewise


@dataclass(slots=True)
class _Burst:
    first: int  # moment
    channel: int
    microvolts: Floats


class _Stream:
    """Movements of one kind coming one after the other, by chance."""

    def __init__(self, rng: np.random.Generator, per_min: float, kind: str) -> None:
        self._rng = rng
        self._per_min = per_min
        self._draw = draw_expression if kind == "expression" else draw_nuisance
        self._usual_s = 0.65 if kind == "expression" else 0.3
        self.draft = self._draw(rng)
        self.next_s = 1.0 + self._pause_s()

    def _pause_s(self) -> float:
        if self._per_min <= 0:
            return math.inf
        mean_s = max(60.0 / self._per_min - REST_S - self._usual_s, 0.05)
        return float(self._rng.exponential(mean_s))

    def take(self) -> Draft:
        """Give the movement whose time has come and plan the one after it."""
        draft = self.draft
        self.next_s += draft.duration_s + REST_S + self._pause_s()
        self.draft = self._draw(self._rng)
        return draft


class Face:
    """An `Input` that is the same again for the same seed, rate and number of the stream."""

    def __init__(self, channels: int, settings: FaceSettings, seed: int) -> None:
        self._channels = channels
        self._settings = settings
        self._seed = seed
        self._runs = 0
        self.begun: list[Movement] = []  # whoever keeps the truth takes them from here
        self.begin(1 / 8000)

    def begin(self, step_s: float) -> None:
        """A new stream: the same electrodes, other movements."""
        s = self._settings
        lasting = np.random.default_rng((self._seed, 0))
        self._runs += 1
        self._rng = np.random.Generator(np.random.SFC64((self._seed, self._runs)))
        self._step_s = step_s
        self._moment = 0
        self._sigma = np.float32(s.noise_uv * math.sqrt(0.5 / step_s / 500.0))
        self._waves = self._make_waves(lasting, step_s)
        self._bursts: list[_Burst] = []
        self.begun = []
        *plans, self._burst_rng = np.random.default_rng((self._seed, self._runs)).spawn(3)
        self._plans = (
            _Stream(plans[0], s.expressions_per_min, "expression"),
            _Stream(plans[1], s.nuisance_per_min, "nuisance"),
        )

    def _make_waves(self, rng: np.random.Generator, step_s: float) -> Oscillators:
        s, shape = self._settings, (self._channels, 1)
        hum = s.hum_uv * rng.uniform(0.5, 1.5, shape) * np.exp(0.5j * rng.normal(size=shape))
        turns = np.exp(2j * np.pi * rng.random((self._channels, len(DRIFT_HZ))))
        drift = s.drift_uv * math.sqrt(2 / len(DRIFT_HZ)) * turns
        offset = 1000.0 * s.offset_mv * rng.uniform(-1, 1, shape)
        weights = np.concatenate((hum, THIRD_HARMONIC * hum, drift, offset + 0j), axis=1)
        return Oscillators(np.array((s.hum_hz, 3 * s.hum_hz, *DRIFT_HZ, 0.0)), weights, step_s)

    def read(self, n: int) -> Floats:
        """Give the next `n` moments of all electrodes."""
        if n > CHUNK:
            return np.concatenate([self.read(min(CHUNK, n - a)) for a in range(0, n, CHUNK)], 1)
        until_s = (self._moment + n) * self._step_s
        while (plan := min(self._plans, key=lambda plan: plan.next_s)).next_s < until_s:
            self._start(round(plan.next_s / self._step_s), plan.take())
        out = self._waves.read(n)
        noise: Floats = self._rng.standard_normal((n, self._channels), dtype=np.float32)
        noise *= self._sigma
        out += noise.T  # drawn moment by moment, so that the batches do not matter
        self._add_bursts(out)
        self._moment += n
        return out

    def _add_bursts(self, out: Floats) -> None:
        end = self._moment + out.shape[1]
        for burst in self._bursts:
            a, b = max(burst.first, self._moment), min(burst.first + len(burst.microvolts), end)
            part = burst.microvolts[a - burst.first : b - burst.first]
            out[burst.channel, a - self._moment : b - self._moment] += part
        self._bursts = [b for b in self._bursts if b.first + len(b.microvolts) > end]

    def _start(self, first: int, draft: Draft) -> None:
        present = {c: pct for c, pct in draft.mvc_pct.items() if c < self._channels}
        if not present:
            return
        length = round(draft.duration_s / self._step_s)
        apex = round(draft.apex * length)
        peaks = {c: pct / 100 * self._settings.mvc_uv for c, pct in present.items()}
        for channel, peak_uv in peaks.items():
            microvolts = make_burst(self._burst_rng, length, apex, self._step_s) * np.float32(
                peak_uv
            )
            self._bursts.append(_Burst(first, channel, microvolts))
        self.begun.append(
            Movement(
                draft.kind,
                draft.emotion,
                onset=sample_at(first),
                apex=sample_at(first + apex),
                offset=sample_at(first + length),
                mvc_pct=present,
                peak_uv=peaks,
            )
        )


def sample_at(moment: int) -> int:
    """The first sample whose conversion ends after that moment (three periods settle first)."""
    return moment // OVERSAMPLE - 3


def make_burst(rng: np.random.Generator, length: int, apex: int, step_s: float) -> Floats:
    """EMG noise under a smooth envelope that rises to 1 at the apex and falls back to 0.

    The envelope is that of the rectified signal: the noise's rms is sqrt(pi / 2) of it.
    """
    rise = 0.5 - 0.5 * np.cos(np.pi * np.arange(apex) / max(apex, 1))
    fall = 0.5 + 0.5 * np.cos(np.pi * np.arange(length - apex) / max(length - apex, 1))
    envelope = np.concatenate((rise, fall)).astype(np.float32)
    return envelope * emg_noise(rng, length, step_s) * np.float32(math.sqrt(math.pi / 2))


def emg_noise(rng: np.random.Generator, length: int, step_s: float) -> Floats:
    """Noise of rms 1 with the usual spectrum of surface EMG, between 20 and 450 Hz."""
    padded = 1 << max(length - 1, 1).bit_length()
    response = _spectrum(np.arange(padded // 2 + 1) / (padded * step_s))
    spectrum = np.fft.rfft(rng.standard_normal(padded)) * response
    power = (2 * np.sum(response**2) - response[0] ** 2 - response[-1] ** 2) / padded
    return (np.fft.irfft(spectrum, padded)[:length] / math.sqrt(power)).astype(np.float32)


def _spectrum(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Amplitude after Stulen and De Luca (1981), corners at 60 and 150 Hz, cut at the band."""
    shape = hz / np.sqrt(hz**2 + 60.0**2) / (hz**2 + 150.0**2)
    return np.where((hz >= 20) & (hz <= 450), shape, 0.0)
