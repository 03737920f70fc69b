"""The chain block by block against one pass over the whole record, and what a block costs."""

from collections.abc import Callable, Iterator
from time import perf_counter_ns

import numpy as np
from emgd.dsp.filters import Chain, FilterPlan, design
from emgd.dsp.kernels import ENV
from numpy.typing import NDArray
from scipy.signal import sosfilt, sosfilt_zi

TITLE = (
    "Filters (ours), blocks of 20 samples x 8 channels: Butterworth band-pass 20-450 Hz, absolute "
    "value, low-pass 6 Hz (scipy's orders 2 and 2), 10 s, 5 repeats."
)
HEAD = "| | us per block, median | us, p99 | relative rms error against one pass |"
_UV = 4.5e6 / 24 / 2**23
_RATE_HZ, _SECONDS, _BLOCK, _REPEATS = 1000, 10, 20, 5

Counts = NDArray[np.int32]
Envelope = NDArray[np.float32]


def measure() -> Iterator[list[str]]:
    counts = record()
    plan = design(FilterPlan(), _RATE_HZ)
    steady = sosfilt_zi(plan.band)[:, :, None] * (counts[0] * _UV)
    whole = _Scipy(plan.band, plan.env, steady)(counts)
    rest = np.zeros_like(steady)

    def ours() -> Callable[[Counts], Envelope]:
        chain = Chain(plan, (_UV,) * 8)
        return lambda block: chain.process(block)[ENV]

    def from_rest(block: Counts) -> Envelope:
        return _Scipy(plan.band, plan.env, rest)(block)

    yield _row("emgd, `emg` and `env`", ours, counts, whole)
    yield _row(
        "scipy sosfilt, state kept", lambda: _Scipy(plan.band, plan.env, steady), counts, whole
    )
    yield _row("scipy sosfilt, each block from rest", lambda: from_rest, counts, whole)


def record() -> Counts:
    """Noise of 100 uV that swells at 0.7 Hz, mains of 30 uV, an offset of 200 uV."""
    t = np.arange(_RATE_HZ * _SECONDS)[:, None] / _RATE_HZ
    noise = np.random.default_rng(1).normal(0, 100, (len(t), 8))
    uv = noise * (0.5 + 0.5 * np.sin(2 * np.pi * 0.7 * t)) + 30 * np.sin(2 * np.pi * 50 * t) + 200
    counts = np.round(uv / _UV).astype(np.int32)
    counts.flags.writeable = False
    return counts


class _Scipy:
    """The same chain by scipy, its state carried from block to block."""

    def __init__(
        self, band: NDArray[np.float64], env: NDArray[np.float64], state: NDArray[np.float64]
    ) -> None:
        self._band, self._env = band, env
        self._band_state = state
        self._env_state = np.zeros((len(env), 2, 8))

    def __call__(self, block: Counts) -> Envelope:
        emg, self._band_state = sosfilt(self._band, block * _UV, axis=0, zi=self._band_state)
        env, self._env_state = sosfilt(self._env, np.abs(emg), axis=0, zi=self._env_state)
        out: Envelope = env.astype(np.float32)
        return out


def _row(
    name: str, make: Callable[[], Callable[[Counts], Envelope]], counts: Counts, whole: Envelope
) -> list[str]:
    took_ns: list[int] = []
    for _ in range(_REPEATS):
        process, parts = make(), []
        for at in range(0, len(counts), _BLOCK):
            block = counts[at : at + _BLOCK]
            began = perf_counter_ns()
            env = process(block)
            took_ns.append(perf_counter_ns() - began)
            parts.append(env.copy())
        got = np.concatenate(parts).astype(np.float64)
    error = np.sqrt(np.mean((got - whole) ** 2) / np.mean(whole.astype(np.float64) ** 2))
    p50, p99 = np.percentile(took_ns, [50, 99]) / 1e3
    return [name, f"{p50:.2f}", f"{p99:.2f}", f"{error:.3g}"]
