"""What oversampling does to frequencies, measured with sines through the simulated chip's filter.

The chip's decimation filter is sinc3 (data sheet p.35): at 1 kSPS -3 dB at 262 Hz, -9.3 dB at
450 Hz; at 2 kSPS -2.2 dB at 450 Hz.
"""

import numpy as np
import pytest
from ads1299.block import Block
from ads1299.source import BoardInfo, Idle, LineCounters
from boardsim.converter import Converter
from boardsim.registers import Registers
from boardsim.sinc import OVERSAMPLE
from emgd.dsp.filters import FilterPlan, design
from emgd.dsp.response import half_power_hz
from emgd.oversample import Oversampled
from scipy.signal import sosfreqz

AMPLITUDE_UV = 20_000.0
UV = 4_500_000 / (6 * 2**23)  # a count at gain 6


def converted(rate_hz: int, frequencies_hz: list[float], samples: int = 4000) -> np.ndarray:
    """Counts of eight sines, a channel each."""
    converter = Converter(Registers(), external_reference=True)
    converter.write(1, 0x94 if rate_hz == 1000 else 0x93, 0.0)
    for channel in range(8):
        converter.write(5 + channel, 0x30, 0.0)
    at_s = np.arange((samples + 3) * OVERSAMPLE) / (rate_hz * OVERSAMPLE)
    sines = AMPLITUDE_UV * np.sin(2 * np.pi * np.outer(frequencies_hz, at_s))
    moments = sines.astype(np.float32)
    converter.begin(moments[:, : 3 * OVERSAMPLE], 0.0)
    return converter.convert(moments[:, 3 * OVERSAMPLE :])


class Sent:
    """A source of one long block at 2 kSPS."""

    def __init__(self, counts: np.ndarray) -> None:
        self.counters = LineCounters()
        self.board: BoardInfo | None = BoardInfo(
            "fake", "", 2000, (6,) * 8, (True,) * 8, (UV,) * 8, 20, False
        )
        self.streaming = True
        self.time_error_ns = 0
        self._block: Block | None = Block(0, counts, b"\xc0\0\0" * len(counts), None, 0, 0)

    def start(self, idle: Idle) -> BoardInfo:
        assert self.board is not None
        return self.board

    def read(self, timeout_s: float) -> Block | None:
        block, self._block = self._block, None
        return block

    def show(self, number, done) -> None: ...

    def stop(self) -> None: ...

    def close(self) -> None: ...


def oversampled(frequencies_hz: list[float]) -> np.ndarray:
    source = Oversampled(Sent(converted(2000, frequencies_hz)), 1000)
    source.start(lambda: None)
    first = source.read(0.0)
    assert first is not None
    return first.counts


def gain_db(counts: np.ndarray, frequencies_hz: list[float], rate_hz: int = 1000) -> np.ndarray:
    """By least squares at each channel's own frequency (or at that into which it folds)."""
    at_s = np.arange(len(counts)) / rate_hz
    gains = []
    for channel, frequency in enumerate(frequencies_hz):
        basis = np.array([f(2 * np.pi * frequency * at_s) for f in (np.sin, np.cos)]).T
        parts, *_ = np.linalg.lstsq(basis, counts[:, channel] * UV, rcond=None)
        gains.append(np.hypot(*parts) / AMPLITUDE_UV)
    return 20 * np.log10(gains)


def test_the_chip_alone_takes_the_upper_band_away() -> None:
    frequencies = [20.0, 100.0, 200.0, 262.0, 300.0, 350.0, 400.0, 450.0]
    measured = gain_db(converted(1000, frequencies)[20:], frequencies)
    assert measured == pytest.approx([0, -0.4, -1.7, -3.0, -4.0, -5.5, -7.3, -9.3], abs=0.15)


@pytest.mark.parametrize(
    "frequencies", [[20, 31, 62, 100, 150, 200, 240, 262], [300, 330, 350, 380, 400, 420, 440, 450]]
)
def test_oversampled_the_band_is_flat(frequencies: list[float]) -> None:
    """20 to 450 Hz within half a decibel."""
    assert gain_db(oversampled(frequencies), frequencies) == pytest.approx([0] * 8, abs=0.3)


def test_what_would_fold_into_the_band_is_kept_out() -> None:
    """550 Hz and above come out below 450 Hz; without oversampling 550 Hz is at -14.6 dB."""
    above = [550.0, 580.0, 600.0, 650.0, 700.0, 800.0, 900.0, 980.0]
    images = [1000 - frequency for frequency in above]
    assert (gain_db(oversampled(above), images) < -50).all()
    assert gain_db(converted(1000, above)[20:], images)[0] == pytest.approx(-14.6, abs=0.3)


@pytest.mark.parametrize(("oversample", "raw", "upper"), [(1, 261.9, 261.9), (2, 480.7, 449.4)])
def test_the_band_that_meta_tells(oversample: int, raw: float, upper: float) -> None:
    """Half power of the counts and of `emg`, found again with scipy and the sinc by hand."""
    chain = design(FilterPlan(), 1000)
    told = half_power_hz(chain.band, 1000, oversample)
    assert told == (pytest.approx(raw, abs=0.3), pytest.approx(20.0, abs=0.2), told[2])
    assert told[2] == pytest.approx(upper, abs=0.3)
    if oversample == 1:
        at_hz = np.array([19.9, 20.1, told[0] - 0.2, told[0] + 0.2])
        _, band = sosfreqz(chain.band, worN=at_hz, fs=1000)
        power = (np.abs(band) * np.sinc(at_hz / 1000) ** 3) ** 2
        assert list(power > 0.5) == [False, True, True, False]
