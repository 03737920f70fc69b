"""Electrodes and their cables: contact, bridges, stray hum, and what lead-off sees of them."""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from boardsim import registers as reg
from boardsim.registers import Registers
from boardsim.sinc import OVERSAMPLE, Floats

CONTACT_OHM = 10_000.0
OPEN_OHM = 1e9
CABLE_OHM = 16e6  # of cable and input together, at the frequencies of EMG
STRAY_A = 0.3e-9  # mains current into one cable: 3 uV at an imbalance of 10 kOhm
BIAS_A = 0.3e-9  # the chip's own input current (p.8)
THERMAL_V2 = 1.62e-20  # 4 k T: volts squared per ohm and hertz

LEAD_OFF_A = (6e-9, 24e-9, 6e-6, 24e-6)
THRESHOLDS = (0.95, 0.925, 0.90, 0.875, 0.85, 0.80, 0.75, 0.70)
SUPPLY_V = 5.0


def _good_contact() -> NDArray[np.float64]:
    return np.full((2, 8), CONTACT_OHM)


@dataclass(slots=True)
class Electrodes:
    """The two electrodes of each channel of one chip, and gel or wire where none should be."""

    ohm: NDArray[np.float64] = field(default_factory=_good_contact)  # P and N, by channel
    bridged: list[tuple[int, int]] = field(default_factory=list)  # channels that gel joins
    hum_uv: dict[int, float] = field(default_factory=dict)  # more mains hum on a channel
    offset_mv: dict[int, float] = field(default_factory=dict)  # more offset on a channel
    hum_hz: float = 50.0

    def carry(
        self, moments: Floats, first: int, registers: Registers, rng: np.random.Generator
    ) -> Floats:
        """Bring the muscles' microvolts to the inputs; `first` counts moments since START."""
        channels, n = moments.shape
        ohm = self.ohm[:, :channels]
        total = ohm.sum(axis=0)
        kept = CABLE_OHM / (CABLE_OHM + np.maximum(total - 2 * CONTACT_OHM, 0.0))
        mixing = (self._mixing(registers) * kept).astype(np.float32)
        step_s = 1 / (registers.rate_hz * OVERSAMPLE)
        at_s = np.arange(first, first + n) * step_s
        unbalanced = ohm[0] - ohm[1]
        waves = np.zeros((channels, 3))
        waves[:, 0] = STRAY_A * 1e6 * np.abs(unbalanced) + _listed(self.hum_uv, channels)
        waves[:, 1] = BIAS_A * 1e6 * unbalanced + 1000.0 * _listed(self.offset_mv, channels)
        waves[:, 2] = self._lead_off_uv(registers)
        basis = np.ones((3, n), np.float32)
        if waves[:, 0].any():
            basis[0] = np.sin(2 * math.pi * self.hum_hz * at_s)
        if waves[:, 2].any():
            basis[2] = _lead_off_wave(registers, first, n)
        out: Floats = waves.astype(np.float32) @ basis
        out += moments if np.array_equal(mixing, np.eye(channels)) else mixing @ moments
        excess = np.maximum(total - 2 * CONTACT_OHM, 0.0)
        if excess.any():
            sigma = 1e6 * np.sqrt(THERMAL_V2 * excess / step_s / 2)
            noise = rng.standard_normal((n, channels), dtype=np.float32)
            out += (noise * sigma.astype(np.float32)).T
        return out

    def _mixing(self, registers: Registers) -> NDArray[np.float64]:
        """What each input sees of each channel: SRB pins and bridges join what was apart."""
        channels = registers.channels
        bridges = [set(pair) for pair in self.bridged]
        srb2 = {c for c, value in enumerate(registers.channel_sets) if value & 0x08}
        positive = _joined(channels, [*bridges, srb2])
        negative = _joined(channels, bridges)
        if registers[reg.MISC1] & 0x20:  # SRB1: all N inputs at a pin that carries no muscle
            negative[:] = 0.0
        return (positive + negative) / 2

    def _lead_off_uv(self, registers: Registers) -> NDArray[np.float64]:
        """Microvolts that the lead-off current makes over each channel's two electrodes."""
        volts = self._node_volts(registers)
        flipped = 1 - 2 * _bits(registers[reg.LOFF_FLIP], registers.channels).astype(float)
        total: NDArray[np.float64] = 1e6 * flipped * volts.sum(axis=0)
        return total

    def _node_volts(self, registers: Registers) -> NDArray[np.float64]:
        """Volts that the current moves each input (P, N) from the middle of the supply."""
        current_a = LEAD_OFF_A[registers[reg.LOFF] >> 2 & 3]
        sensed = np.array(
            [_bits(registers[a], registers.channels) for a in (reg.LOFF_SENSP, reg.LOFF_SENSN)]
        )
        moved = current_a * self.ohm[:, : registers.channels] * sensed
        capped: NDArray[np.float64] = np.minimum(moved, SUPPLY_V / 2)
        return capped

    def lead_off(self, registers: Registers) -> tuple[int, int]:
        """LOFF_STATP and LOFF_STATN: only with the comparators on, and only in DC mode."""
        if not registers[reg.CONFIG4] & 0x02 or registers[reg.LOFF] & 0x03:
            return 0, 0
        threshold = THRESHOLDS[registers[reg.LOFF] >> 5]
        off = SUPPLY_V / 2 + self._node_volts(registers) > threshold * SUPPLY_V
        positive, negative = (int(np.packbits(row, bitorder="little")[0]) for row in off)
        return positive, negative


def _listed(values: dict[int, float], channels: int) -> NDArray[np.float64]:
    return np.array([values.get(c, 0.0) for c in range(channels)])


def _bits(value: int, channels: int) -> NDArray[np.bool_]:
    return np.array([value >> c & 1 for c in range(channels)], dtype=bool)


def _joined(channels: int, groups: list[set[int]]) -> NDArray[np.float64]:
    """A matrix that gives the members of each group their mean."""
    out = np.eye(channels)
    for group in groups:
        members = [c for c in group if c < channels]
        if members:
            out[members] = out[members].mean(axis=0)
    return out


def _lead_off_wave(registers: Registers, first: int, n: int) -> Floats:
    """1 in DC mode, else a square wave of plus and minus 1 (p.31, FLEAD_OFF)."""
    mode = registers[reg.LOFF] & 3
    if mode == 0:
        return np.ones(n, np.float32)
    period_tclk = (1 << 18, 1 << 16, 4 * registers.period_tclk)[mode - 1]
    at_tclk = np.arange(first, first + n) * (registers.period_tclk // OVERSAMPLE)
    high = at_tclk % period_tclk < period_tclk // 2
    return np.where(high, 1.0, -1.0).astype(np.float32)
