"""A face of one channel with movements at known places, and the command as users run it."""

import argparse
import importlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

RATE_HZ = 1000
BURSTS = [(12_000, 12_320), (20_000, 21_500), (33_000, 33_300)]


def movements(seed: int = 1, seconds: int = 40, channels: int = 1) -> np.ndarray:
    """Noise of 1.5 uV with bursts of 40 uV in the first channel, in microvolts."""
    rng = np.random.default_rng(seed)
    uv = 1.5 * rng.normal(size=(seconds * RATE_HZ, channels))
    for onset, offset in BURSTS:
        rise = np.sin(np.linspace(0, np.pi, offset - onset)) ** 0.5
        uv[onset:offset, 0] += 40 * rise * rng.normal(size=offset - onset)
    return uv


@pytest.fixture
def face(tmp_path: Path) -> Path:
    path = tmp_path / "face.npy"
    np.save(path, movements())
    return path


@pytest.fixture
def spot() -> Callable[..., int]:
    """`emgd spot ...`: its exit code."""

    def run(*words: object) -> int:
        module = importlib.import_module("emgd.commands.spot")
        parser = argparse.ArgumentParser()
        module.arguments(parser)
        code: int = module.run(parser.parse_args([str(word) for word in words]))
        return code

    return run
