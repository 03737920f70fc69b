"""What a block of 8 channels x 20 samples costs: the chain against scipy, the spotter beside it."""

from collections.abc import Callable
from timeit import timeit

import numpy as np
from emgd.dsp.filters import Chain, FilterPlan, design
from emgd.spotting import Spotting
from scipy.signal import sosfilt, sosfilt_zi

from tests.bench.table import Row

_UV = 4.5e6 / 24 / 2**23
_ROUNDS = 60


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

    rest = np.random.default_rng(2).normal(0, 2 / _UV, (200, 20, 8)).astype(np.int32)
    quiet = Chain(plan, (_UV,) * 8)
    filtered = [quiet.process(block).copy() for block in rest]
    spotting = Spotting(1000, [""] * 8)
    at = 0

    def spot() -> None:
        nonlocal at
        spotting.update(20 * at, filtered[at % 200], rest[at % 200])
        at += 1

    ours = theirs = spotted = float("inf")
    for _ in range(_ROUNDS):
        spotted = min(spotted, _us(spot, 5000))
        ours = min(ours, _us(lambda: chain.process(counts), 5000))
        theirs = min(theirs, _us(with_scipy, 500))
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
            "spotter at rest, 8 x 20 block",
            f"{spotted:.2f} us",
            f"chain {ours:.2f} us",
            spotted / ours,
            0.5,
        ),
    ]


def _us(call: Callable[[], object], times: int) -> float:
    return timeit(call, number=times) / times * 1e6
