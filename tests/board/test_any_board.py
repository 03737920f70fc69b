"""What the daemon relies on, on whatever board `--board URL` names: real hardware, too.

Nothing here asks for a fault or for known samples: only what every board can show by its chip's
own inputs. No electrodes are needed.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import numpy as np
import pytest
from ads1299.block import Block
from ads1299.source import BoardInfo, Source
from emgd.config import load
from emgd.sources import open_source
from numpy.typing import NDArray

# Data sheet p.21: test signal at gain 1 in counts; hardware is within 2 % of it
COUNTS_AT_GAIN = {1: 3495, 2: 6991, 4: 13981, 6: 20972, 8: 27962, 12: 41943, 24: 83886}
NOISE_UV_AT_GAIN_24 = 0.28  # rms at 1 kSPS


@pytest.fixture
def url(request: pytest.FixtureRequest) -> str:
    return str(request.config.getoption("--board"))


@contextmanager
def started(url: str, *settings: str) -> Iterator[tuple[Source, BoardInfo]]:
    source = open_source(load(None, settings, source=url))
    try:
        yield source, source.start(lambda: None)
        source.stop()
    finally:
        source.close()


def take(source: Source, samples: int) -> list[Block]:
    blocks: list[Block] = []
    until = time.monotonic() + 5 + samples / 250
    while sum(block.samples for block in blocks) < samples:
        assert time.monotonic() < until, f"{len(blocks)} blocks, and no more in time"
        block = source.read(0.5)
        if block is not None:
            blocks.append(block)
    return blocks


def counts_of(blocks: list[Block]) -> NDArray[np.int32]:
    return np.concatenate([block.counts for block in blocks])


def test_it_is_what_it_says_and_takes_its_settings(url: str) -> None:
    with started(url, "board.gain=12", "board.packet_samples=10") as (source, info):
        assert info.registers[0x00] & 0x1C == 0x1C  # an ADS1299 of any size
        assert info.channels in (4, 6, 8, 16)
        assert info.registers[0x01] & 7 == 4  # 1 kSPS
        assert set(info.gains) == {12}
        assert info.registers[0x05] >> 4 & 7 == 5  # gain 12
        assert source.streaming


def test_every_sample_is_there_or_told_of(url: str) -> None:
    with started(url) as (source, info):
        blocks = take(source, 2000)
    for before, block in pairwise(blocks):
        missing = block.gap.missing if block.gap else 0
        assert block.first == before.end + missing
    assert sum(block.gap.missing for block in blocks if block.gap) == 0, "samples were lost"
    for block in blocks:
        assert block.counts.shape == (block.samples, info.channels)
        assert len(block.status) == 3 * info.chips * block.samples
        assert {byte >> 4 for byte in block.status[::3]} == {0xC}


@pytest.mark.parametrize("rate_hz", [250, 500, 1000, 2000])
def test_it_keeps_its_rate_and_its_time(url: str, rate_hz: int) -> None:
    with started(url, f"board.rate_hz={rate_hz}") as (source, info):
        assert info.rate_hz == rate_hz
        blocks = take(source, 2 * rate_hz)
    assert all(block.taken_ns <= block.arrival_ns for block in blocks)
    assert all(a.taken_ns < b.taken_ns for a, b in pairwise(blocks))
    span_s = (blocks[-1].taken_ns - blocks[0].taken_ns) / 1e9
    measured = (blocks[-1].first - blocks[0].first) / span_s
    # its oscillator is off by up to 2.5 % over temperature; a packet may be 20 ms late
    assert measured == pytest.approx(rate_hz, rel=0.025 + 0.02 / span_s)


def test_shorted_inputs_are_quiet(url: str) -> None:
    with started(url, "board.input=shorted") as (source, info):
        settled = counts_of(take(source, 1600))[400:]
    noise_uv = settled.std(axis=0) * np.array(info.uv_per_count)
    assert (noise_uv > 0.02).all(), "a channel that shows no noise at all is not connected"
    assert (noise_uv < 2 * NOISE_UV_AT_GAIN_24).all(), noise_uv


@pytest.mark.parametrize("gain", COUNTS_AT_GAIN)
def test_the_test_signal_has_its_size(url: str, gain: int) -> None:
    with started(url, "board.input=test", f"board.gain={gain}") as (source, _info):
        counts = counts_of(take(source, 1600))[400:]
    half = (np.percentile(counts, 90, axis=0) - np.percentile(counts, 10, axis=0)) / 2
    assert half == pytest.approx(COUNTS_AT_GAIN[gain], rel=0.02)


def test_a_number_for_the_tube_is_answered(url: str) -> None:
    lit: list[int | None] = []
    with started(url) as (source, _info):
        source.show(8, lit.append)
        for _ in range(60):
            if lit:
                break
            source.read(0.05)
    assert len(lit) == 1


def test_it_can_be_started_again(url: str) -> None:
    for _ in range(2):
        with started(url) as (source, _info):
            assert take(source, 100)[0].first == 0
