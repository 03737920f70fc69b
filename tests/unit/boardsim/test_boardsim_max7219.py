"""The simulated MAX7219, told by hand what the data sheet's tables say."""

import pytest
from boardsim.max7219 import FakeDisplaySpi, Max7219

RUN, NO_TEST = 0x0C01, 0x0F00


@pytest.fixture
def chip() -> Max7219:
    return Max7219()


@pytest.fixture
def spi(chip: Max7219) -> FakeDisplaySpi:
    opened = FakeDisplaySpi(chip)
    opened.open(0, 1)
    opened.mode = 0
    opened.max_speed_hz = 10_000_000
    return opened


def send(spi: FakeDisplaySpi, *words: int) -> None:
    for word in words:
        spi.writebytes([word >> 8, word & 0xFF])


def test_it_is_dark_after_power_up(chip: Max7219, spi: FakeDisplaySpi) -> None:
    assert (chip.lit, chip.brightness) == ("", 0)
    send(spi, RUN)
    assert len(chip.lit) == 1  # one digit, undecoded, of whatever was in it


def test_code_b_on_four_digits_then_eight(chip: Max7219, spi: FakeDisplaySpi) -> None:
    send(spi, 0x09FF, 0x0B03, RUN, 0x0104, 0x0203, 0x0302, 0x0401)
    assert chip.lit == "1234"
    send(spi, 0x0B07, 0x0508, 0x060F, 0x070A, 0x088C)  # the point is no part of a figure
    assert chip.lit == "H- 81234"
    send(spi, 0x0A0F)
    assert chip.brightness == 15


def test_undecoded_digits_are_segments(chip: Max7219, spi: FakeDisplaySpi) -> None:
    send(spi, 0x0B03, RUN, 0x015B, 0x0230, 0x0301, 0x0455)
    assert chip.lit == "?-15"


def test_shutdown_and_test_rule_over_all(chip: Max7219, spi: FakeDisplaySpi) -> None:
    send(spi, 0x09FF, RUN, 0x0107, 0x0C00)
    assert chip.lit == ""
    send(spi, 0x0F01)
    assert chip.lit == "88888888"
    send(spi, NO_TEST, RUN)
    assert chip.lit == "7"


def test_address_bits_above_the_fourth_do_not_matter(chip: Max7219, spi: FakeDisplaySpi) -> None:
    send(spi, 0xF9FF, 0xAC01, 0x5106)
    assert chip.lit == "6"
    send(spi, 0x0009)  # no operation
    assert chip.lit == "6"


def test_the_last_16_bits_before_load_rises_count(chip: Max7219, spi: FakeDisplaySpi) -> None:
    send(spi, 0x09FF, RUN)
    spi.xfer2([0x01, 0x03, 0x01, 0x05])  # for a chain of two: the first chip keeps the second
    assert chip.lit == "5"
    assert chip.violations == []
    spi.xfer2([0x01])
    assert chip.lit == "5"
    assert chip.violations == ["LOAD rose after 8 clocks: a word has 16"]


def test_wrong_clocks_are_noted_and_garble(chip: Max7219, spi: FakeDisplaySpi) -> None:
    send(spi, 0x09FF, RUN, 0x0104)
    spi.mode = 1
    send(spi, 0x0105)
    spi.mode = 0
    spi.xfer2([0x01, 0x05], 16_000_000)
    assert chip.lit == "4"
    assert [text.split(":")[0] for text in chip.violations] == ["mode 1", "16000000 Hz"]
    spi.close()
    with pytest.raises(OSError, match="closed"):
        send(spi, RUN)
