"""A stream without a board and without its time: the counts a host would be sent, as an array."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boardsim.chronicle import Chronicle
from boardsim.converter import FULL_SCALE, Counts
from boardsim.face import Face
from boardsim.frontend import PER_CHIP, SECOND_CHIP, FrontEnd
from boardsim.notebook import Notebook
from boardsim.registers import CH1SET, CONFIG1, CONFIG3, F_CLK_HZ, RATES_HZ
from boardsim.simboard import CHIPS, Settings, describe, make_frontend

BATCH = 512  # conversions at a time: their moments stay in the cache


def render(settings: Settings, samples: int, rate: int) -> tuple[Counts, list[dict[str, Any]]]:
    """Give counts `[samples, channels]` of the first stream, and the lines of its truth.

    All inputs are on the electrodes, at gain 24 unless `settings.power_up` says otherwise, and
    the reference has settled.
    """
    truth = Notebook(settings.truth, keep=True)
    truth.write(type="settings", **describe(settings))
    frontend = configured(settings, rate)
    clock_hz = F_CLK_HZ * (1 + settings.ppm * 1e-6) * (1 + settings.faults.clock_ppm * 1e-6)
    frontend.begin(0.0, 1 / clock_hz)
    registers = frontend.registers
    first_us, step_us = (
        1e6 / clock_hz * tclk for tclk in (registers.settling_tclk, registers.period_tclk)
    )
    truth.write(
        type="stream",
        stream=1,
        start_us=0,
        first_us=round(first_us, 3),
        step_us=step_us,
        rate_hz=registers.rate_hz,
        registers=frontend.dump(),
    )
    source = frontend.source if isinstance(frontend.source, Face) else None
    chronicle = Chronicle(source, truth, 1, lambda sample: first_us + sample * step_us)
    counts = np.empty((samples, settings.channels), np.int32)
    for first in range(0, samples, BATCH):
        n = min(BATCH, samples - first)
        for chip, part in enumerate(frontend.convert(first, n)):
            counts[first : first + n, PER_CHIP * chip :][:, : part.shape[1]] = part
        chronicle.tell(first + n, last=first + n == samples)
    truth.write(type="end", stream=1, samples=samples, packets=0)
    truth.close()
    return counts, truth.lines


def configured(settings: Settings, rate: int) -> FrontEnd:
    """Chips that come up as a host would have configured them."""
    power_up: dict[int, int] = {}
    for chip, channels in enumerate(CHIPS[settings.channels]):
        power_up |= {
            chip * SECOND_CHIP + CONFIG1: 0x90 | RATES_HZ.index(rate),
            chip * SECOND_CHIP + CONFIG3: 0xE0,
            **{chip * SECOND_CHIP + CH1SET + c: 0x60 for c in range(channels)},
        }
    power_up |= {a: v for a, v in settings.power_up.items() if a % SECOND_CHIP != CONFIG1}
    return make_frontend(replace(settings, power_up=power_up, external_reference=True))


def to_microvolts(counts: Counts, settings: Settings, rate: int) -> NDArray[np.float32]:
    """The same as the inputs carried it, by the gains."""
    gains = np.array(configured(settings, rate).gains)
    scale = (settings.board.vref_uv / FULL_SCALE / gains).astype(np.float32)
    microvolts: NDArray[np.float32] = counts.astype(np.float32) * scale  # 24 bits are exact
    return microvolts
