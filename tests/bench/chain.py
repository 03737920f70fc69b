"""What a block of 8 channels x 20 samples costs: the chain against scipy, the spotter beside it."""

from collections.abc import Callable
from timeit import timeit

import numpy as np
from emgd.dsp.filters import Chain, FilterPlan, design
from emgd.spotting import Spotting
from scipy.signal import sosfilt, sosfilt_zi

from tests.bench.table import Row

_UV = 4.5e6 / 24 / 2**23
_ROUNDS = 100


def measure() -> list[Row]:
    counts = np.random.default_rng(1).integers(-50_000, 50_000, (20, 8), dtype=np.int32)
    counts.flags.writeable = False
    plan = design(FilterPlan(), 1000)
    chain = Chain(plan, (_UV,) * 8)
    band_state = sosfilt_zi(plan.band)[:, :, None] * (counts[0] * _UV)
    env_state = np.zeros((len(plan.env), 2, 8))

    def with_scipy() -> None:
        nonlocal band_state, env_state
        emg, band_state = sosfilt(plan.band, counts * _UV, axis=0, zi=band_state)
        env, env_state = sosfilt(plan.env, np.abs(emg), axis=0, zi=env_state)
        emg.astype(np.float32)
        env.astype(np.float32)

    rest = list(np.random.default_rng(2).normal(0, 2 / _UV, (200, 20, 8)).astype(np.int32))
    followed, spotting = Chain(plan, (_UV,) * 8), Spotting(1000, [""] * 8)
    blocks = spotted = 0

    def alone() -> None:
        nonlocal blocks
        chain.process(rest[blocks % 200])
        blocks += 1

    def with_spotter() -> None:
        nonlocal spotted
        spotting.update(20 * spotted, followed, rest[spotted % 200])
        spotted += 1

    ours = theirs = lone = both = float("inf")
    for _ in range(_ROUNDS):
        ours = min(ours, _us(lambda: chain.process(counts), 2000))
        theirs = min(theirs, _us(with_scipy, 500))
        lone = min(lone, _us(alone, 2000))
        both = min(both, _us(with_spotter, 2000))
    return [
        Row(
            "chain, 8 x 20 block",
            f"{ours:.2f} us",
            f"sosfilt {theirs:.1f} us",
            theirs / ours,
            30,
            at_least=True,
        ),
        Row(
            "what the spotter adds, 8 x 20 block at rest",
            f"{both - lone:.2f} us",
            f"chain {lone:.2f} us",
            (both - lone) / lone,
            0.5,
        ),
    ]


def _us(call: Callable[[], object], times: int) -> float:
    return timeit(call, number=times) / times * 1e6
