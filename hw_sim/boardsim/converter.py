"""From what the electrodes carry to counts: multiplexer, gain, filter, noise and clipping."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from boardsim import registers as reg
from boardsim.registers import Registers
from boardsim.sinc import OVERSAMPLE, Floats, Sinc3

Counts = NDArray[np.int32]
FULL_SCALE = 1 << 23

# Noise at 1 kSPS in uV rms by gain (p.17, tables 1 to 4); it goes with the root of the rate,
# but for 16 kSPS, where quantisation makes it 2.5 times that.
NOISE_UV = {1: 2.17, 2: 1.14, 4: 0.62, 6: 0.46, 8: 0.39, 12: 0.32, 24: 0.28}

TEST_UV = 1875.0  # 1x of the test signal is -(VREFP - VREFN) / 2400 (p.47)
TEST_DIVIDERS = (1 << 21, 1 << 20)  # of the clock: 0.977 and 1.953 Hz
AVDD_UV, DVDD_UV = 5_000_000.0, 3_300_000.0
REFERENCE_S = 0.150  # what the reference needs after it was switched on


@dataclass(slots=True)
class Flaws:
    """What can be wrong with a chip, per channel."""

    noise_uv: dict[int, float] = field(default_factory=dict)  # more noise than the data sheet's
    gain: dict[int, float] = field(default_factory=dict)  # true gain over nominal gain


class Converter:
    """The analog half of one ADS1299: batches of conversions by what its registers say."""

    def __init__(
        self,
        registers: Registers,
        *,
        seed: int = 0,
        vref_uv: float = 4_500_000.0,
        temperature_c: float = 35.0,
        flaws: Flaws | None = None,
    ) -> None:
        self.registers = registers
        self._seed = seed
        self._vref_uv = vref_uv
        self._temperature_c = temperature_c
        self._flaws = flaws or Flaws()
        self._run = 0
        self.begin(np.zeros((registers.channels, 3 * OVERSAMPLE), np.float32))

    def begin(self, moments: Floats) -> None:
        """Start a run of conversions; `moments` are the three periods before the first one ends."""
        self._run += 1
        self._rng = np.random.default_rng((self._seed, self._run))
        self._sinc = Sinc3(self.registers.channels)
        self._moment = 0
        self._sinc.run(self._select(moments))

    def convert(self, moments: Floats) -> Counts:
        """Convert `[channels, n * OVERSAMPLE]` microvolts to counts `[n, channels]`."""
        microvolts = self._sinc.run(self._select(moments)).T
        microvolts = microvolts * self._per_channel(1.0, self._flaws.gain)
        microvolts += self._noise(len(microvolts))
        counts = np.rint(microvolts * self._counts_per_uv())
        clipped: Counts = np.clip(counts, -FULL_SCALE, FULL_SCALE - 1).astype(np.int32)
        return clipped

    def _counts_per_uv(self) -> Floats:
        gains = np.array(self.registers.gains)
        return (gains * (FULL_SCALE / self._vref_uv)).astype(np.float32)

    def _per_channel(self, usual: float, odd: dict[int, float]) -> Floats:
        return np.array(
            [odd.get(c, usual) for c in range(self.registers.channels)], dtype=np.float32
        )

    def _noise(self, n: int) -> Floats:
        rate_hz = self.registers.rate_hz
        scale = (rate_hz / 1000) ** 0.5 * (2.5 if rate_hz == reg.RATES_HZ[0] else 1.0)
        sheet = np.array([NOISE_UV[gain] * scale for gain in self.registers.gains])
        sigma = np.hypot(sheet, self._per_channel(0.0, self._flaws.noise_uv))
        noise: Floats = self._rng.standard_normal((n, len(sigma)), dtype=np.float32)
        noise *= sigma.astype(np.float32)
        return noise

    def _select(self, moments: Floats) -> Floats:
        """Put what each channel's multiplexer lets through in place of the electrodes."""
        first, self._moment = self._moment, self._moment + moments.shape[1]
        sources = self.registers.mux
        if any(source != reg.NORMAL for source in sources):
            moments = moments.copy()
            for channel, source in enumerate(sources):
                if source != reg.NORMAL:
                    moments[channel] = self._internal(source, channel, first, moments.shape[1])
        return moments

    def _internal(self, source: int, channel: int, first: int, n: int) -> Floats | float:
        """Microvolts of one of the chip's own sources (p.21)."""
        if source == reg.TEST:
            return self._test_signal(first, n)
        if source == reg.TEMPERATURE:
            return 145_300.0 + 490.0 * (self._temperature_c - 25.0)
        if source == reg.SUPPLY:  # channels 3 and 4 look at the digital supply
            return DVDD_UV / 4 if channel in (2, 3) else AVDD_UV / 2
        return 0.0  # shorted inputs, and a bias loop without an electrode

    def _test_signal(self, first: int, n: int) -> Floats | float:
        config2 = self.registers[reg.CONFIG2]
        if not config2 & 0x10:  # INT_CAL off: the pins for an outside signal are left open
            return 0.0
        amplitude = TEST_UV * (self._vref_uv / 4_500_000.0) * (2.0 if config2 & 0x04 else 1.0)
        if config2 & 0x03 > 1:
            return -amplitude
        half_tclk = TEST_DIVIDERS[config2 & 0x03] // 2
        at_tclk = np.arange(first, first + n) * (self.registers.period_tclk // OVERSAMPLE)
        return np.where(at_tclk // half_tclk % 2, amplitude, -amplitude).astype(np.float32)


def pack_frames(counts: Counts, registers: Registers) -> NDArray[np.uint8]:
    """Lay conversions out as the chip clocks them out (p.36): status, then 24 bits a channel."""
    n, channels = counts.shape
    status = (
        0xC << 20
        | registers[reg.LOFF_STATP] << 12
        | registers[reg.LOFF_STATN] << 4
        | registers[reg.GPIO] >> 4
    )
    words = np.empty((n, 1 + channels), ">i4")
    words[:, 0] = status
    words[:, 1:] = np.where(registers.powered, counts, 0)
    octets = words.view(np.uint8).reshape(n, 1 + channels, 4)
    return octets[:, :, 1:].reshape(n, 3 * (1 + channels))
