"""Configuration over a register bus: order, values, read-back, and the words of a refusal."""

import pytest
from ads1299.chip import ChipPlan, configure
from ads1299.source import ChipError
from hypothesis import given, settings
from hypothesis import strategies as st
from support.fake_bus import FakeBus

ALL_GAINS = (1, 2, 4, 6, 8, 12, 24, 24)
PLAN = ChipPlan(1000, ALL_GAINS, (True,) * 8)
FIELDS = {1: 0x00, 2: 0x10, 4: 0x20, 6: 0x30, 8: 0x40, 12: 0x50, 24: 0x60}


def run(bus: FakeBus, plan: ChipPlan = PLAN) -> bytes:
    return configure(bus, plan, "tcp://board", bus.wait)


def test_every_register_gets_its_value() -> None:
    bus = FakeBus()
    assert run(bus) == bytes.fromhex(
        "3E"  # ID
        "94"  # CONFIG1: 1000 Hz
        "C0"  # CONFIG2: no test signal
        "E0"  # CONFIG3: internal reference on
        "00"  # LOFF
        "00 10 20 30 40 50 60 60"  # CHnSET: on, gain, SRB2 off, normal electrodes
        "00 00 00 00 00 00 00"  # no bias, no lead-off; LOFF_STATP/N
        "0F"  # GPIO: inputs
        "00 00 00"  # MISC1: SRB1 off; MISC2; CONFIG4: continuous, comparators off
    )


def test_order_is_the_data_sheets() -> None:
    """SDATAC, reference and its settling, CONFIG1 and 2, channels, all read back at the end."""
    bus = FakeBus()
    run(bus)
    assert bus.done[0] == ("command", 0x11, b"")
    assert [what for what, _, _ in bus.done[:4]] == ["command", "read", "write", "wait"]
    assert bus.done[2] == ("write", 0x03, b"\xe0")
    assert bus.waited == [pytest.approx(0.15)]
    places = [address for address, _ in bus.written()]
    assert places.index(0x01) < places.index(0x02) < places.index(0x05) < places.index(0x0C)
    assert bus.done[-1] == ("read", 0x00, b"\x18")


def test_a_reference_that_is_on_need_not_settle() -> None:
    bus = FakeBus()
    bus.values[0x03] = 0xE0
    run(bus)
    assert bus.waited == []


@pytest.mark.parametrize("gain", sorted(FIELDS))
def test_all_rates_and_gains(gain: int) -> None:
    for place, rate_hz in enumerate((16000, 8000, 4000, 2000, 1000, 500, 250)):
        after = run(FakeBus(), ChipPlan(rate_hz, (gain,) * 8, (True,) * 8))
        assert after[0x01] == 0x90 + place
        assert after[0x05:0x0D] == bytes((FIELDS[gain],)) * 8


def test_a_channel_that_is_not_used_is_off_with_its_input_shorted() -> None:
    after = run(FakeBus(), ChipPlan(1000, (24,) * 8, (True, False) * 4))
    assert after[0x05:0x0D] == bytes((0x60, 0xE1)) * 4


def test_what_another_program_left_in_the_chip_is_undone() -> None:
    """A Cyton's channels come up as 68, with SRB2 on; lead-off and test signal may be on too."""
    bus = FakeBus()
    left = "3E B6 D0 EC 02 68 68 68 68 68 68 68 68 FF FF FF FF 00 00 00 00 20 00 02"
    bus.values[:] = bytes.fromhex(left)
    after = run(bus)
    assert after[0x02:0x05] == b"\xc0\xe0\x00"
    assert after[0x05:0x0D] == bytes.fromhex("0010203040506060")
    assert after[0x0D:0x12] == bytes(5)
    assert after[0x14:] == b"\x0f\0\0\0"


@pytest.mark.parametrize("wiring", [0x00, 0x20, 0x40, 0x60])
def test_clock_output_and_chaining_stay_as_the_board_has_them(wiring: int) -> None:
    """On boards with two chips the second may run on the first one's clock: CLK_EN is wiring."""
    bus = FakeBus()
    bus.values[0x01] = 0x96 | wiring
    assert run(bus)[0x01] == 0x94 | wiring
    assert bus.written()[1] == (0x01, 0x94 | wiring)


@pytest.mark.parametrize(("chip_id", "channels"), [(0x3C, 4), (0x3D, 6)])
def test_smaller_chips_are_not_written_where_they_have_no_channels(
    chip_id: int, channels: int
) -> None:
    bus = FakeBus(chip_id=chip_id)
    run(bus, ChipPlan(500, (12,) * channels, (True,) * channels))
    sets = [address for address, _ in bus.written() if 0x05 <= address <= 0x0C]
    assert sets == list(range(0x05, 0x05 + channels))


@pytest.mark.parametrize(
    ("chip_id", "cause"),
    [
        (0x00, "does not answer: check its power"),
        (0xFF, "does not answer: check its power"),
        (0x92, "another chip"),
        (0x3F, "another chip"),
    ],
)
def test_a_wrong_id_is_refused_before_anything_is_written(chip_id: int, cause: str) -> None:
    bus = FakeBus(chip_id=chip_id)
    with pytest.raises(ChipError) as refusal:
        run(bus)
    said = str(refusal.value)
    assert said.startswith("tcp://board: ")
    assert f"register ID (0x00) is 0x{chip_id:02X}, expected 0x3E" in said
    assert "Usual cause: " in said
    assert cause in said
    assert bus.written() == []


NAMES = {
    0x01: "CONFIG1",
    0x02: "CONFIG2",
    0x03: "CONFIG3",
    0x04: "LOFF",
    **{0x05 + i: f"CH{i + 1}SET" for i in range(8)},
    0x0D: "BIAS_SENSP",
    0x0E: "BIAS_SENSN",
    0x0F: "LOFF_SENSP",
    0x10: "LOFF_SENSN",
    0x11: "LOFF_FLIP",
    0x14: "GPIO",
    0x15: "MISC1",
    0x16: "MISC2",
    0x17: "CONFIG4",
}


@settings(deadline=None)
@given(st.sampled_from(sorted(NAMES)), st.integers(0, 255))
def test_any_stuck_register_is_named_with_got_and_expected(address: int, value: int) -> None:
    sound = FakeBus()
    expected = run(sound)[address]
    chips_own = {0x03: 0x01, 0x14: 0xF0}.get(address, 0)  # BIAS_STAT and the levels of the pins
    bus = FakeBus(stuck={address: value})
    wiring = value & 0x60 if address == 0x01 else 0  # looks as if the board came up like that
    if (value ^ (expected | wiring)) & ~chips_own & 0xFF == 0:
        run(bus)
        return
    with pytest.raises(ChipError) as refusal:
        run(bus)
    said = str(refusal.value)
    assert f"register {NAMES[address]} (0x{address:02X}) is 0x{value:02X}, expected" in said
    assert f"expected 0x{expected | wiring:02X}. Usual cause: " in said
    assert said.startswith("tcp://board: ")


def test_all_stuck_registers_are_told_in_one_sentence() -> None:
    with pytest.raises(ChipError) as refusal:
        run(FakeBus(stuck={0x01: 0x96, 0x0C: 0x61}))
    said = str(refusal.value)
    assert "CONFIG1 (0x01) is 0x96, expected 0x94; CH8SET (0x0C) is 0x61, expected 0x60" in said
    assert "the chip was reset or lost power in between" in said


def test_a_chip_that_takes_no_writes_at_all_is_told_as_that() -> None:
    with pytest.raises(ChipError, match=r"Usual cause: the chip takes no writes: .*RDATAC"):
        run(FakeBus(deaf=True))
