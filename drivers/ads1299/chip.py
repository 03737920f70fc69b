"""One ADS1299 over a RegisterBus: identify, configure in the data sheet's order, read back."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ads1299 import registers as reg
from ads1299.source import ChipError, RegisterBus

REFERENCE_SETTLES_S = 0.15  # p.70: after the reference buffer is switched on
_READ_BACK_MASK = {reg.CONFIG3: 0xFE, reg.GPIO: 0x0F}  # the other bits are the chip's to say


@dataclass(frozen=True, slots=True)
class ChipPlan:
    """What one chip is to do; one gain and one switch per channel."""

    rate_hz: int
    gains: tuple[int, ...]
    active: tuple[bool, ...]

    def values(self) -> dict[int, int]:
        """The registers that say so, in the order in which they are written."""
        values = {
            reg.CONFIG3: reg.CONFIG3_FIXED | reg.PD_REFBUF,
            reg.CONFIG1: reg.CONFIG1_FIXED | reg.RATES_HZ[self.rate_hz],
            reg.CONFIG2: reg.CONFIG2_FIXED,
            reg.LOFF: 0,
        }
        for i, (gain, active) in enumerate(zip(self.gains, self.active, strict=True)):
            off = 0 if active else reg.CHANNEL_OFF | reg.MUX_SHORTED
            values[reg.CH1SET + i] = reg.GAINS[gain] << 4 | off
        for address in range(reg.BIAS_SENSP, reg.LOFF_FLIP + 1):
            values[address] = 0
        values[reg.GPIO] = reg.GPIO_ALL_INPUTS
        values[reg.MISC1] = 0
        values[reg.MISC2] = 0
        values[reg.CONFIG4] = 0
        return values


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
    """Neighbouring registers in one write each."""
    run: list[int] = []
    start = 0
    for address in sorted(values):
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
