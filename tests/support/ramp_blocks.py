"""Blocks taken from a source, and what a ramp must look like in them."""

import time

import numpy as np
from ads1299.block import Block
from ads1299.source import Source
from numpy.typing import NDArray


def ramp_counts(first: int, n: int, channels: int) -> NDArray[np.int64]:
    """Sample s since START, channel c: ((s + c * 1000003) mod 2^24) - 2^23."""
    samples = np.arange(first, first + n, dtype=np.int64)[:, None]
    return (samples + 1_000_003 * np.arange(channels)) % (1 << 24) - (1 << 23)


def collect(source: Source, samples: int, within_s: float = 20.0) -> list[Block]:
    """Read until the source's count has come so far."""
    blocks: list[Block] = []
    deadline = time.monotonic() + within_s
    while not blocks or blocks[-1].end < samples:
        assert time.monotonic() < deadline, (
            f"sample {blocks[-1].end if blocks else 0} of {samples} after {within_s} s"
        )
        block = source.read(0.05)
        if block is not None:
            blocks.append(block)
    return blocks


def take(source: Source, count: int, within_s: float = 10.0) -> list[Block]:
    """Read until so many blocks have come."""
    blocks: list[Block] = []
    deadline = time.monotonic() + within_s
    while len(blocks) < count:
        assert time.monotonic() < deadline, f"{len(blocks)} of {count} blocks after {within_s} s"
        block = source.read(0.05)
        if block is not None:
            blocks.append(block)
    return blocks


def assert_ramp(blocks: list[Block], channels: int, start: int = 0) -> None:
    """Every count of every block is the ramp's at its index; `start` is the index of START."""
    for block in blocks:
        assert block.counts.dtype == np.int32
        expected = ramp_counts(block.first - start, block.samples, channels)
        np.testing.assert_array_equal(block.counts, expected)


def assert_accounted(blocks: list[Block]) -> int:
    """Each block begins where the one before ended, or after what its gap tells; gives the lost."""
    end = missing = 0
    for block in blocks:
        if block.gap is not None:
            assert block.gap.first == end
            end += block.gap.missing
            missing += block.gap.missing
        assert block.first == end
        end = block.end
    return missing
