"""A board's settings become registers, in the data sheet's order, all read back.

Register values are typed from the data sheet SBAS499C, p.44 to 60.
"""

import pytest
from ads1299.chip import ChipPlan, configure
from ads1299.inputs import Electrodes, LeadOff, SquareWave
from ads1299.linked import LinkedSource
from ads1299.plan import BoardPlan
from ads1299.source import ChipError
from ads1299.state import chip_states
from boardsim.simboard import Settings, SimBoard
from mcubridge.line import Dial


def registers_after(plan: BoardPlan, channels: int = 8) -> tuple[list[str], LinkedSource]:
    """What the simulated chips' registers hold once a source has been started on them."""
    with SimBoard(Settings(channels=channels, ramp=True)) as sim:
        source = LinkedSource(Dial(*sim.address), plan)
        source.start(lambda: None)
        source.close()
        return next(line for line in sim.truth if line["type"] == "stream")["registers"], source


def test_plain_plan_is_bipolar_with_nothing_extra() -> None:
    """1 kSPS, gain 24, internal reference, no bias drive, no SRB, no lead-off."""
    (chip,), _ = registers_after(BoardPlan())
    assert chip == "3e94c0e000" + "60" * 8 + "0000000000" + "0000" + "0f000000"


def test_everything_at_once() -> None:
    plan = BoardPlan(
        rate_hz=2000,
        gains=(1, 2, 4, 6, 8, 12, 24, 24),
        inactive=frozenset({7}),
        inputs=("normal", "shorted", "test", "temperature", "supply", "normal", "normal", "normal"),
        test=SquareWave(3750, 1.953),
        bias=Electrodes(p=(True, False, True, False, False, False, False, True), n=(True,)),
        srb1=True,
        srb2=(False, False, False, False, False, True, True, True),
        lead_off=LeadOff("dc", 24, 90.0, Electrodes(p=(True,), n=(False,))),
    )
    (chip,), _ = registers_after(plan)
    assert chip == (
        "3e"  # ID
        "93"  # CONFIG1: 2 kSPS
        "d5"  # CONFIG2: INT_CAL, CAL_AMP, CAL_FREQ 01
        "ec"  # CONFIG3: reference on, BIASREF_INT, bias buffer on
        "44"  # LOFF: COMP_TH 010 (90 %), ILEAD_OFF 01 (24 nA), FLEAD_OFF 00 (DC)
        "00" "11" "25" "34" "43" "58" "68"  # gain, SRB2 and MUX of channels 1 to 7
        "e1"  # channel 8: off, inputs shorted, no SRB2
        "05" "7f"  # BIAS_SENSP, BIAS_SENSN: never a channel that is off
        "7f" "00" "00"  # LOFF_SENSP, LOFF_SENSN, LOFF_FLIP
        "0000"  # LOFF_STATP, LOFF_STATN
        "0f"  # GPIO: all inputs
        "20" "00"  # MISC1: SRB1
        "02"  # CONFIG4: lead-off comparators on
    )  # fmt: skip


@pytest.mark.parametrize(
    ("lead_off", "loff", "config4"),
    [
        (LeadOff(), "00", "02"),
        (LeadOff("7.8 Hz", 6, 95.0), "01", "00"),
        (LeadOff("31.2 Hz", 6000, 80.0), "aa", "00"),
        (LeadOff("rate/4", 24000, 70.0), "ef", "00"),
    ],
)
def test_lead_off_register(lead_off: LeadOff, loff: str, config4: str) -> None:
    """COMP_TH in bits 7..5, ILEAD_OFF in 3..2, FLEAD_OFF in 1..0; comparators only for DC."""
    (chip,), _ = registers_after(BoardPlan(lead_off=lead_off))
    assert (chip[8:10], chip[30:34], chip[46:48]) == (loff, "ffff", config4)


def test_two_chips_get_each_their_own_half() -> None:
    plan = BoardPlan(
        gains=(24,) * 8 + (12,) * 8,
        inactive=frozenset({15}),
        bias=Electrodes(p=(False,) * 8 + (True,) * 8, n=(False,)),
        srb2=(True,) + (False,) * 14 + (True,),
        lead_off=LeadOff(electrodes=Electrodes(p=(False,) * 9 + (True,) * 7, n=(True,))),
    )
    chips, _ = registers_after(plan, channels=16)
    assert chips == [
        "3e94c0ec00" + "68" + "60" * 7 + "0000" + "00ff00" + "0000" + "0f000002",
        "3e94c0ec00" + "50" * 7 + "d1" + "7f00" + "7e7f00" + "0000" + "0f000002",
    ]


@pytest.mark.parametrize(
    ("plan", "key"),
    [
        (BoardPlan(gains=(24, 12)), "board.gain has 2 values"),
        (BoardPlan(inputs=("test",) * 9), "board.input has 9 values"),
        (BoardPlan(srb2=(True,) * 7), "board.srb2 has 7 values"),
        (BoardPlan(bias=Electrodes(p=(True,) * 3)), r"board.bias.p has 3 values"),
        (BoardPlan(lead_off=LeadOff(electrodes=Electrodes(n=(True,) * 16))), "board.lead_off.n"),
    ],
)
def test_a_value_per_channel_must_fit_the_board(plan: BoardPlan, key: str) -> None:
    with pytest.raises(ChipError, match=key + ".*the board has 8 channels"):
        registers_after(plan)


class ForgetfulBus:
    """A board that puts lead-off back to its reset whenever a rate or a gain is written."""

    def __init__(self) -> None:
        self.registers = bytearray.fromhex("3e96c06000" + "61" * 8 + "00" * 7 + "0f000000")
        self.written: list[int] = []

    def command(self, opcode: int) -> None:
        assert opcode == 0x11, "only SDATAC: the chip's registers are closed in RDATAC"

    def read(self, address: int, count: int) -> bytes:
        return bytes(self.registers[address : address + count])

    def write(self, address: int, values: bytes) -> None:
        for at, value in enumerate(values, address):
            self.registers[at] = value
            self.written.append(at)
            if at == 0x01 or 0x05 <= at <= 0x0C:
                for lost in 0x04, 0x0F, 0x10, 0x17:
                    self.registers[lost] = 0


def test_a_change_of_rate_or_gain_keeps_lead_off() -> None:
    """LOFF, LOFF_SENSx and CONFIG4 are there again after every configuration."""
    bus = ForgetfulBus()
    for rate_hz, gain in ((1000, 24), (2000, 24), (2000, 12), (250, 1)):
        plan = ChipPlan(rate_hz, (gain,) * 8, (True,) * 8, lead_off=LeadOff("dc", 24, 85.0))
        after = configure(bus, plan, "bus", lambda _: None)
        assert (after[0x04], after[0x0F], after[0x10], after[0x17]) == (0x84, 0xFF, 0xFF, 0x02)


def test_order_of_the_data_sheet() -> None:
    """p.70: the reference first and time for it, then CONFIG1 and CONFIG2, then the channels."""
    bus = ForgetfulBus()
    rested: list[tuple[float, list[int]]] = []
    plan = ChipPlan(1000, (24,) * 8, (True,) * 8, bias=Electrodes())
    configure(bus, plan, "bus", lambda s: rested.append((s, list(bus.written))))
    assert rested == [(0.15, [0x03])]
    assert bus.written[:11] == [0x03, 0x01, 0x02, *range(0x05, 0x0D)]
    assert set(bus.written) == {*range(0x01, 0x18)} - {0x12, 0x13}


def test_what_is_in_force_is_told_in_words() -> None:
    plan = BoardPlan(
        gains=(12,),
        inactive=frozenset({1}),
        inputs=("test", "test", *("normal",) * 6),
        test=SquareWave(3750, 0.0),
        bias=Electrodes(p=(True,), n=(False,)),
        lead_off=LeadOff("dc", 6000, 87.5, Electrodes(p=(False,), n=(True,))),
    )
    _, source = registers_after(plan)
    assert source.board is not None
    (chip,) = chip_states(source.board)
    assert (chip.rate_hz, chip.reference, chip.vref_uv) == (1000, "internal", 4_500_000)
    assert (chip.bias_drive, chip.srb1) == (True, False)
    assert chip.test == SquareWave(3750, 0.0)
    off = chip.lead_off
    assert (off.mode, off.current_na, off.threshold_pct, off.detects) == ("dc", 6000, 87.5, True)
    first, second, third = chip.channels[:3]
    assert (first.on, first.gain, first.input, first.bias_p, first.lead_off_n) == (
        (True, 12, "test", True, True)
    )
    assert (second.on, second.input, second.bias_p, second.lead_off_n) == (
        (False, "shorted", False, False)
    )
    assert (third.input, third.srb2, third.bias_n, third.lead_off_p) == (
        ("normal", False, False, False)
    )
    assert chip.registers["CONFIG2"] == 0xD7
    assert list(chip.cautions()) == ["input 'test' stands in for the electrodes of channel 1"]


def test_lead_off_in_the_band_is_cautioned_against() -> None:
    _, source = registers_after(BoardPlan(lead_off=LeadOff("31.2 Hz")))
    assert source.board is not None
    (chip,) = chip_states(source.board)
    assert chip.lead_off.mode == "31.2 Hz"
    assert not chip.lead_off.detects
    (caution,) = chip.cautions()
    assert "31.2 Hz" in caution


def test_a_board_taken_as_it_is_tells_its_own_registers() -> None:
    """A Cyton's firmware leaves SRB2 and bias on (CHnSET = 68)."""
    power_up = {0x03: 0xEC, 0x0D: 0xFF, **dict.fromkeys(range(0x05, 0x0D), 0x68)}
    with SimBoard(Settings(ramp=True, power_up=power_up)) as sim:
        source = LinkedSource(Dial(*sim.address), BoardPlan(configure=False))
        board = source.start(lambda: None)
        source.close()
    (chip,) = chip_states(board)
    assert chip.rate_hz == 250
    assert chip.bias_drive
    assert all(c.srb2 and c.bias_p and not c.bias_n and c.gain == 24 for c in chip.channels)
    assert chip.lead_off.mode == "off"
    assert not [line for line in sim.requests if line["request"] == "WREG"]
