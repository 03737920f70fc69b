"""Two minutes of driver against chip, with hold-ups: every sample is accounted for."""

import numpy as np
import pytest
from support.ramp_blocks import ramp_counts
from support.spi_chip import OnSpi, ramp_chip

MINUTES = 2
STEP_NS = 10_000_000_000


@pytest.mark.no_cover  # tracing it takes minutes
@pytest.mark.timeout(300)  # 120 000 conversions, each through the driver
def test_minutes_with_hold_ups_of_up_to_20_ms() -> None:
    chip = ramp_chip(ppm=4321.0)
    line = {"hiccup_ms": 20, "hiccup_chance": 0.01, "miss_every": 997, "seed": 11}
    source = OnSpi(chip, line=line).source()
    source.start(lambda: None)
    end = given = clocked_out = 0
    past = 0  # conversions that were looked at and let go
    until_ns = chip.now_ns + MINUTES * 60_000_000_000
    while chip.now_ns < until_ns:
        step_ns = chip.now_ns + STEP_NS
        while chip.now_ns < step_ns:
            block = source.read(0.05)
            if block is None:
                continue
            if block.gap is not None:
                assert (block.gap.first, block.gap.reason) == (end, "overrun")
                end += block.gap.missing
            assert block.first == end
            assert np.array_equal(block.counts, ramp_counts(end, block.samples, 8))
            truth = chip.conversions[end - past : end - past + block.samples]
            assert block.taken_ns == truth[0].t_ns
            assert all(conversion.read for conversion in truth)
            end += block.samples
            given += block.samples
        clocked_out += sum(conversion.read for conversion in chip.conversions[: end - past])
        del chip.conversions[: end - past]
        past = end
    assert end > MINUTES * 60_000 * 1.004
    assert 0.85 * end < given < 0.95 * end  # one read in a hundred comes 10 ms late on the average
    assert given > 0.99 * clocked_out
    assert source.counters.bad_frames == source.counters.reconnects == 0
    assert {violation.rule for violation in chip.violations} <= {"read-across-drdy"}
