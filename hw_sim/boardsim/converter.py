"""From what the electrodes carry to counts: multiplexer, gain, filter, noise and clipping."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from boardsim import registers as reg
from boardsim.electrodes import Electrodes
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
REFERENCE_S = 0.150  # until the reference, switched on by CONFIG3 bit 7, is settled
REFERENCE_TAU_S = REFERENCE_S / 12

Lines = Callable[[NDArray[np.float64]], NDArray[np.uint8]]


@dataclass(slots=True)
class Flaws:
    """What can be wrong inside a chip, per channel."""

    noise_uv: dict[int, float] = field(default_factory=dict)  # more noise than the data sheet's
    gain: dict[int, float] = field(default_factory=dict)  # true gain over nominal gain


class Converter:
    """The analog half of one ADS1299: batches of conversions by what its registers say.

    `lines` gives the levels of the GPIO pins (bit 0 is pin 1) at seconds since the first
    conversion of a run. Times `now_s` are the owner's; only their differences count.
    """

    def __init__(
        self,
        registers: Registers,
        *,
        electrodes: Electrodes | None = None,
        lines: Lines | None = None,
        seed: int = 0,
        vref_uv: float = 4_500_000.0,
        external_reference: bool = False,
        temperature_c: float = 35.0,
        flaws: Flaws | None = None,
    ) -> None:
        self.registers = registers
        self.electrodes = electrodes or Electrodes()
        self.lines = lines
        self.flaws = flaws or Flaws()
        self._seed = seed
        self._vref_uv = vref_uv
        self._external_reference = external_reference
        self._temperature_c = temperature_c
        self._run = 0
        self._reference_since_s = math.inf
        self.reset(0.0)

    def reset(self, now_s: float) -> None:
        """All registers to their power-up values."""
        self.registers.reset()
        self._reference_since_s = math.inf
        self._note_reference(now_s)

    def write(self, address: int, value: int, now_s: float) -> None:
        """Write a register."""
        self.registers.write(address, value)
        self._note_reference(now_s)

    def _note_reference(self, now_s: float) -> None:
        on = self.registers[reg.CONFIG3] & 0x80
        self._reference_since_s = min(self._reference_since_s, now_s) if on else math.inf

    def begin(self, moments: Floats, now_s: float) -> None:
        """Start a run of conversions; `moments` are the three periods before the first one ends."""
        self._run += 1
        self._begun_s = now_s
        rng = np.random.default_rng((self._seed, self._run))
        self._rng, self._stray_rng = rng.spawn(2)  # apart, so that the batches do not matter
        self._sinc = Sinc3(self.registers.channels)
        self._moment = 0
        self._framed = 0
        self._sinc.run(self._select(moments))

    def convert(self, moments: Floats) -> Counts:
        """Convert `[channels, n * OVERSAMPLE]` microvolts to counts `[n, channels]`."""
        reference = self._reference(len(moments[0]) // OVERSAMPLE)
        microvolts = self._sinc.run(self._select(moments)).T
        microvolts = microvolts * self._per_channel(1.0, self.flaws.gain)
        microvolts += self._noise(len(microvolts))
        counts = np.rint(microvolts * self._counts_per_uv() / reference)
        return clip(counts)

    def _reference(self, n: int) -> Floats | float:
        """The reference of the next conversions as a share of what it should be, `[n, 1]`."""
        if self._external_reference:
            return 1.0
        period_s = 1 / self.registers.rate_hz
        age_s = self._begun_s + self._moment / OVERSAMPLE * period_s - self._reference_since_s
        if age_s > 2 * REFERENCE_S:
            return 1.0
        ages = np.maximum(age_s + np.arange(1, n + 1) * period_s, 0.0)[:, None]
        shares = -np.expm1(-ages / REFERENCE_TAU_S)
        settled: Floats = np.maximum(shares, 1e-9).astype(np.float32)
        return settled

    def frames(self, counts: Counts) -> NDArray[np.uint8]:
        """Lay conversions out as the chip clocks them out (p.36): status, then the channels."""
        n, channels = counts.shape
        registers = self.registers
        positive, negative = self.electrodes.lead_off(registers)
        registers.put(reg.LOFF_STATP, positive)
        registers.put(reg.LOFF_STATN, negative)
        words = np.empty((n, 1 + channels), ">i4")
        words[:, 0] = 0xC << 20 | positive << 12 | negative << 4
        words[:, 0] |= self._pins(n)
        words[:, 1:] = np.where(registers.powered, counts, 0)
        octets = words.view(np.uint8).reshape(n, 1 + channels, 4)
        return octets[:, :, 1:].reshape(n, 3 * (1 + channels))

    def _pins(self, n: int) -> NDArray[np.uint8]:
        """Levels of the GPIO pins at the next `n` conversions: outputs as written, inputs as is."""
        inputs, written = self.registers[reg.GPIO] & 0x0F, self.registers[reg.GPIO] >> 4
        levels = np.zeros(n, np.uint8)
        if self.lines:
            levels = self.lines(np.arange(self._framed, self._framed + n) / self.registers.rate_hz)
        self._framed += n
        pins: NDArray[np.uint8] = levels & np.uint8(inputs) | np.uint8(written & ~inputs & 0x0F)
        self.registers.put(reg.GPIO, int(pins[-1]) << 4 | inputs)
        return pins

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
        sigma = np.hypot(sheet, self._per_channel(0.0, self.flaws.noise_uv))
        noise: Floats = self._rng.standard_normal((n, len(sigma)), dtype=np.float32)
        noise *= sigma.astype(np.float32)
        return noise

    def _select(self, moments: Floats) -> Floats:
        """Put what each channel's multiplexer lets through in place of the electrodes."""
        first, self._moment = self._moment, self._moment + moments.shape[1]
        moments = self.electrodes.carry(moments, first, self.registers, self._stray_rng)
        for channel, source in enumerate(self.registers.mux):
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


def clip(counts: NDArray[np.floating]) -> Counts:
    """What 24 bits can hold."""
    clipped: Counts = np.clip(counts, -FULL_SCALE, FULL_SCALE - 1).astype(np.int32)
    return clipped
