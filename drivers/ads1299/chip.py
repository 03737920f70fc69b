"""One ADS1299 over a RegisterBus: identify, configure in the data sheet's order, read back."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ads1299 import registers as reg
from ads1299.inputs import Electrodes, LeadOff, SquareWave, bits, spread
from ads1299.source import ChipError, RegisterBus

REFERENCE_SETTLES_S = 0.15  # p.70: after the reference buffer is switched on
_READ_BACK_MASK = {reg.CONFIG3: 0xFE, reg.GPIO: 0x0F}  # the other bits are the chip's to say
_NONE = Electrodes((False,), (False,))


@dataclass(frozen=True, slots=True)
class ChipPlan:
    """What one chip is to do; per-channel values are one each, or one for all but for gains."""

    rate_hz: int
    gains: tuple[int, ...]
    active: tuple[bool, ...]
    inputs: tuple[str, ...] = ("normal",)  # of registers.MUX
    test: SquareWave = field(default_factory=SquareWave)
    bias: Electrodes | None = None  # those whose mean is driven back into the body
    srb1: bool = False
    srb2: tuple[bool, ...] = (False,)
    lead_off: LeadOff | None = None

    def values(self) -> dict[int, int]:
        """The registers that say so, in the order in which they are written, p.70.

        Lead-off comes last: some boards put it back when a rate or a gain is written.
        """
        bias = self.bias or _NONE
        lead_off = self.lead_off.electrodes if self.lead_off else _NONE
        return {
            reg.CONFIG3: reg.CONFIG3_FIXED | reg.PD_REFBUF | self._bias_buffer(),
            reg.CONFIG1: reg.CONFIG1_FIXED | reg.RATES_HZ[self.rate_hz],
            reg.CONFIG2: self._config2(),
            **self._channel_sets(),
            reg.BIAS_SENSP: bits(bias.p, self.active),
            reg.BIAS_SENSN: bits(bias.n, self.active),
            reg.LOFF_SENSP: bits(lead_off.p, self.active),
            reg.LOFF_SENSN: bits(lead_off.n, self.active),
            reg.LOFF_FLIP: 0,
            reg.GPIO: reg.GPIO_ALL_INPUTS,
            reg.MISC1: reg.SRB1 if self.srb1 else 0,
            reg.MISC2: 0,
            reg.CONFIG4: reg.PD_LOFF_COMP if self.lead_off and self.lead_off.mode == "dc" else 0,
            reg.LOFF: self._loff(),
        }

    def _channel_sets(self) -> dict[int, int]:
        channels = len(self.gains)
        settings = zip(
            self.gains,
            self.active,
            spread(self.inputs, channels),
            spread(self.srb2, channels),
            strict=True,
        )
        return {
            reg.CH1SET + i: reg.GAINS[gain] << 4
            | (reg.MUX[source] if on else reg.CHANNEL_OFF | reg.MUX["shorted"])
            | (reg.SRB2 if srb2 and on else 0)
            for i, (gain, on, source, srb2) in enumerate(settings)
        }

    def _bias_buffer(self) -> int:
        return reg.BIASREF_INT | reg.PD_BIAS if self.bias else 0

    def _config2(self) -> int:
        if "test" not in self.inputs:
            return reg.CONFIG2_FIXED
        amplitude = reg.TEST_AMPLITUDES_UV[self.test.amplitude_uv]
        frequency = reg.TEST_FREQUENCIES_HZ[self.test.frequency_hz]
        return reg.CONFIG2_FIXED | reg.INT_CAL | amplitude | frequency

    def _loff(self) -> int:
        if self.lead_off is None:
            return 0
        threshold = reg.LEAD_OFF_THRESHOLDS_PCT[self.lead_off.threshold_pct] << 5
        current = reg.LEAD_OFF_CURRENTS_NA[self.lead_off.current_na] << 2
        return threshold | current | reg.LEAD_OFF_MODES[self.lead_off.mode]


def check_id(value: int, where: str) -> reg.ChipId:
    """Refuse what is not an ADS1299."""
    chip = reg.ChipId(value)
    if chip.is_ads1299:
        return chip
    cause = (
        "00 and FF mean that the chip does not answer: check its power, MISO and chip select"
        if value in (0x00, 0xFF)
        else "another chip (an ADS1298 reads 92), or a clock too fast for the wiring"
    )
    raise ChipError(
        f"{where}: register ID (0x00) is 0x{value:02X}, expected 0x3E "
        "(bits 7..5 are the revision, bits 1..0 the number of channels). "
        f"Usual cause: {cause}."
    )


def configure(
    bus: RegisterBus,
    plan: ChipPlan,
    where: str,
    wait: Callable[[float], None] = time.sleep,
) -> bytes:
    """Write the plan and read everything back; gives all registers as read."""
    bus.command(reg.SDATAC)
    before = bus.read(reg.ID, reg.COUNT)
    check_id(before[reg.ID], where)
    wanted = plan.values()
    wanted[reg.CONFIG1] |= before[reg.CONFIG1] & reg.CONFIG1_WIRING
    bus.write(reg.CONFIG3, bytes((wanted[reg.CONFIG3],)))
    if not before[reg.CONFIG3] & reg.PD_REFBUF:
        wait(REFERENCE_SETTLES_S)
    others = {address: value for address, value in wanted.items() if address != reg.CONFIG3}
    for address, values in _runs(others):
        bus.write(address, values)
    after = bus.read(reg.ID, reg.COUNT)
    _compare(wanted, before, after, where)
    return after


def _runs(values: dict[int, int]) -> Iterator[tuple[int, bytes]]:
    """Neighbouring registers in one write each, in their order."""
    run: list[int] = []
    start = 0
    for address in values:
        if run and address != start + len(run):
            yield start, bytes(run)
            run = []
        start = start if run else address
        run.append(values[address])
    yield start, bytes(run)


def _compare(wanted: dict[int, int], before: bytes, got: bytes, where: str) -> None:
    wrong = [
        f"{reg.NAMES[address]} (0x{address:02X}) is 0x{got[address]:02X}, expected 0x{value:02X}"
        for address, value in sorted(wanted.items())
        if (got[address] ^ value) & _READ_BACK_MASK.get(address, 0xFF)
    ]
    if not wrong:
        return
    cause = (
        "the chip takes no writes: it is still in RDATAC, or its DIN line is not connected"
        if all(got[address] == before[address] for address in wanted)
        else "the chip was reset or lost power in between, or the SPI clock is too fast"
    )
    raise ChipError(
        f"{where}: what was written does not read back: register {'; '.join(wrong)}. "
        f"Usual cause: {cause}."
    )
