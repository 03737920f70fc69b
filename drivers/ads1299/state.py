"""What a board's registers say, in words and units: the configuration in force."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from ads1299 import registers as reg
from ads1299.inputs import SquareWave
from ads1299.source import BoardInfo

_NOMINAL_VREF_UV = 4_500_000

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class ChannelState:
    """One channel of a chip."""

    on: bool
    gain: int | None  # None: a setting that the chip does not have
    input: str
    srb2: bool
    bias_p: bool
    bias_n: bool
    lead_off_p: bool
    lead_off_n: bool


@dataclass(frozen=True, slots=True)
class LeadOffState:
    """How electrodes that came off are looked for; `detects`: the status of each sample says."""

    mode: str  # "off", or a mode of registers.LEAD_OFF_MODES
    current_na: int
    threshold_pct: float
    detects: bool


@dataclass(frozen=True, slots=True)
class ChipState:
    """One chip. Two are equal where they do the same: some register bits change by themselves."""

    rate_hz: int | None
    reference: str  # "internal" or "external"
    vref_uv: int
    bias_drive: bool
    srb1: bool
    test: SquareWave | None  # None: not made
    lead_off: LeadOffState
    channels: tuple[ChannelState, ...]
    registers: dict[str, int] = field(compare=False)  # as they were read, by name

    def cautions(self) -> Iterator[str]:
        """What speaks against recording muscles with it, a sentence each."""
        for source in sorted({channel.input for channel in self.channels if channel.on}):
            if source != "normal":
                places = [i for i, c in enumerate(self.channels, 1) if c.on and c.input == source]
                yield (
                    f"input {source!r} stands in for the electrodes of channel "
                    f"{', '.join(map(str, places))}"
                )
        if self.lead_off.mode not in ("off", "dc"):
            yield (
                f"the lead-off current of {self.lead_off.mode} lies in or near the band of EMG: "
                "use it for a check before a recording, and switch it off for the recording"
            )


def chip_states(board: BoardInfo) -> list[ChipState]:
    """One for each chip; none where the registers are not known."""
    known = board.registers.keys()
    if any(c * reg.CHIP_STRIDE + a not in known for c in range(board.chips) for a in reg.NAMES):
        return []
    vref_uv = round(board.uv_per_count[0] * board.gains[0] * reg.FULL_SCALE_COUNTS)
    states = []
    for chip in range(board.chips):
        base = chip * reg.CHIP_STRIDE
        registers = {address: board.registers[base + address] for address in range(reg.COUNT)}
        channels = min(reg.CHANNELS_PER_CHIP, board.channels - chip * reg.CHANNELS_PER_CHIP)
        states.append(_state(registers, channels, vref_uv))
    return states


def _state(registers: Mapping[int, int], channels: int, vref_uv: int) -> ChipState:
    config3 = registers[reg.CONFIG3]
    return ChipState(
        rate_hz=reg.rate_of(registers[reg.CONFIG1]),
        reference="internal" if config3 & reg.PD_REFBUF else "external",
        vref_uv=vref_uv,
        bias_drive=bool(config3 & reg.PD_BIAS),
        srb1=bool(registers[reg.MISC1] & reg.SRB1),
        test=_test(registers[reg.CONFIG2], vref_uv),
        lead_off=_lead_off(registers),
        channels=tuple(_channel(registers, i) for i in range(channels)),
        registers={reg.NAMES[address]: value for address, value in registers.items()},
    )


def _channel(registers: Mapping[int, int], i: int) -> ChannelState:
    def chosen(address: int) -> bool:
        return bool(registers[address] >> i & 1)

    chnset = registers[reg.CH1SET + i]
    return ChannelState(
        on=not chnset & reg.CHANNEL_OFF,
        gain=reg.gain_of(chnset),
        input=_word(reg.MUX, chnset & 7),
        srb2=bool(chnset & reg.SRB2),
        bias_p=chosen(reg.BIAS_SENSP),
        bias_n=chosen(reg.BIAS_SENSN),
        lead_off_p=chosen(reg.LOFF_SENSP),
        lead_off_n=chosen(reg.LOFF_SENSN),
    )


def _test(config2: int, vref_uv: int) -> SquareWave | None:
    if not config2 & reg.INT_CAL:
        return None
    nominal_uv = _word(reg.TEST_AMPLITUDES_UV, config2 & 0x04)
    frequencies = {code: hz for hz, code in reg.TEST_FREQUENCIES_HZ.items()}
    return SquareWave(
        round(nominal_uv * vref_uv / _NOMINAL_VREF_UV), frequencies.get(config2 & 3, 0.0)
    )


def _lead_off(registers: Mapping[int, int]) -> LeadOffState:
    loff = registers[reg.LOFF]
    sensed = registers[reg.LOFF_SENSP] | registers[reg.LOFF_SENSN]
    mode = _word(reg.LEAD_OFF_MODES, loff & 3) if sensed else "off"
    return LeadOffState(
        mode=mode,
        current_na=_word(reg.LEAD_OFF_CURRENTS_NA, loff >> 2 & 3),
        threshold_pct=_word(reg.LEAD_OFF_THRESHOLDS_PCT, loff >> 5),
        detects=mode == "dc" and bool(registers[reg.CONFIG4] & reg.PD_LOFF_COMP),
    )


def _word(codes: Mapping[Value, int], code: int) -> Value:
    """The meaning of a code; the tables name every code that these fields have."""
    return next(value for value, own in codes.items() if own == code)
