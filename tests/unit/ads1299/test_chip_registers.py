"""Registers against the tables of the data sheet (SBAS499C, p.36, 40 and 44), typed by hand."""

import pytest
from ads1299 import registers as reg
from ads1299.registers import ChipId

MAP = [
    *("ID", "CONFIG1", "CONFIG2", "CONFIG3", "LOFF"),
    *("CH1SET", "CH2SET", "CH3SET", "CH4SET", "CH5SET", "CH6SET", "CH7SET", "CH8SET"),
    *("BIAS_SENSP", "BIAS_SENSN", "LOFF_SENSP", "LOFF_SENSN", "LOFF_FLIP"),
    *("LOFF_STATP", "LOFF_STATN", "GPIO", "MISC1", "MISC2", "CONFIG4"),
]


def test_addresses_and_names() -> None:
    assert [reg.NAMES[address] for address in range(0x18)] == MAP
    assert sorted(reg.NAMES) == list(range(0x18))
    assert reg.COUNT == 0x18
    for name in ("ID", "CONFIG1", "CONFIG3", "CH1SET", "BIAS_SENSP", "GPIO", "MISC1", "CONFIG4"):
        assert getattr(reg, name) == MAP.index(name)


def test_names_with_the_second_chip() -> None:
    assert reg.name_of(0x05) == "CH1SET"
    assert reg.name_of(0x2C) == "CH8SET of chip 2"
    assert reg.name_of(0x18) == "0x18"


def test_opcodes() -> None:
    assert (*(0x02, 0x04, 0x06, 0x08, 0x0A, 0x10, 0x11),) == (
        reg.WAKEUP,
        reg.STANDBY,
        reg.RESET,
        reg.START,
        reg.STOP,
        reg.RDATAC,
        reg.SDATAC,
    )


@pytest.mark.parametrize(
    ("rate_hz", "config1"),
    [
        *((16000, 0x90), (8000, 0x91), (4000, 0x92), (2000, 0x93)),
        *((1000, 0x94), (500, 0x95), (250, 0x96)),
    ],
)
def test_rates(rate_hz: int, config1: int) -> None:
    assert reg.CONFIG1_FIXED | reg.RATES_HZ[rate_hz] == config1
    assert reg.rate_of(config1) == rate_hz
    assert reg.rate_of(config1 | 0x60) == rate_hz  # whatever chaining and clock output say


def test_the_reserved_rate_and_gain_are_none() -> None:
    assert reg.rate_of(0x97) is None
    assert reg.gain_of(0x70) is None
    assert len(reg.RATES_HZ) == len(reg.GAINS) == 7


@pytest.mark.parametrize(
    ("gain", "chnset", "uv"),
    [
        (1, 0x00, 0.536442),
        (2, 0x10, 0.268221),
        (4, 0x20, 0.134110),
        (6, 0x30, 0.0894070),
        (8, 0x40, 0.0670552),
        (12, 0x50, 0.0447035),
        (24, 0x60, 0.0223517),
    ],
)
def test_gains_and_what_a_count_is_worth(gain: int, chnset: int, uv: float) -> None:
    assert reg.GAINS[gain] << 4 == chnset
    assert reg.gain_of(chnset) == gain
    assert reg.gain_of(chnset | 0x8F) == gain  # switch, SRB2 and input beside it
    assert reg.uv_per_count(4_500_000, gain) == pytest.approx(uv, rel=4e-6)
    full_scale_uv = reg.uv_per_count(4_500_000, gain) * 0x800000
    assert full_scale_uv == pytest.approx(4_500_000 / gain, rel=1e-12)
    assert reg.uv_per_count(2_500_000, gain) == pytest.approx(uv * 2.5 / 4.5, rel=4e-6)


def test_clipping_ends() -> None:
    assert reg.CLIP_HIGH == 0x7FFFFF
    assert reg.CLIP_LOW == -0x800000


@pytest.mark.parametrize(
    ("value", "channels"),
    [(0x3E, 8), (0x3D, 6), (0x3C, 4), (0x1E, 8), (0xDE, 8), (0xFC, 4)],
)
def test_ids_of_the_family(value: int, channels: int) -> None:
    assert ChipId(value).is_ads1299
    assert ChipId(value).channels == channels


@pytest.mark.parametrize(
    "value", [0x00, 0xFF, 0x92, 0x90, 0xD2, 0x3F, 0x2E, 0x36, 0x3A, 0x12, 0x0C, 0x73]
)
def test_ids_of_other_chips_and_of_dead_lines(value: int) -> None:
    """92 is an ADS1298, 73 an ADS1292R; 3F has a number of channels that there is not."""
    assert not ChipId(value).is_ads1299
    assert ChipId(value).channels == 0


def test_every_id_goes_by_its_five_low_bits() -> None:
    good = {0x1C: 4, 0x1D: 6, 0x1E: 8}
    for value in range(256):
        assert ChipId(value).channels == good.get(value & 0x1F, 0)
