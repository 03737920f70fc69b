"""Numbers on a simulated MAX7219, through what stands in for spidev."""

import errno
import sys
from types import SimpleNamespace

import pytest
from boardsim.max7219 import FakeDisplaySpi
from boardsim.max7219 import Max7219 as Chip
from hypothesis import given
from hypothesis import strategies as st
from mcubridge.max7219 import Max7219

DEVICE = "/dev/spidev0.1"


class Port(FakeDisplaySpi):
    """Notes what was opened and closed."""

    refusal: OSError | None = None
    paths: list[str]
    closed = 0

    def open_path(self, path: str) -> None:
        if self.refusal:
            raise self.refusal
        self.paths = [path]
        super().open_path(path)

    def close(self) -> None:
        self.closed += 1
        super().close()


@pytest.fixture
def chip() -> Chip:
    return Chip()


@pytest.fixture(autouse=True)
def port(chip: Chip, monkeypatch: pytest.MonkeyPatch) -> Port:
    made = Port(chip)
    monkeypatch.setitem(sys.modules, "spidev", SimpleNamespace(SpiDev=lambda: made))
    return made


def test_dark_digits_then_numbers(chip: Chip, port: Port) -> None:
    panel = Max7219(DEVICE, digits=4, brightness=11)
    panel.open()
    assert port.paths == [DEVICE]
    assert (chip.lit, chip.brightness) == ("    ", 11)
    shown = []
    for number in (1, 42, 9999, 10_000, 123_456):
        panel.write(number)
        shown.append(chip.lit)
    assert shown == ["0001", "0042", "9999", "0000", "3456"]
    assert chip.violations == []
    panel.close()
    panel.close()
    assert port.closed == 1
    assert chip.lit == "3456"
    with pytest.raises(OSError, match="is not open"):
        panel.write(5)


def test_no_garbage_is_seen_while_it_is_set_up(chip: Chip) -> None:
    looks = []
    latch = chip.latch

    def watched(bits: int, count: int) -> None:
        latch(bits, count)
        looks.append(chip.lit)

    chip.latch = watched  # type: ignore[method-assign]  # the test looks at it after each word
    Max7219(DEVICE, 8, 15).open()
    assert set(looks) == {"", " " * 8}


@given(number=st.integers(0, 2**32 - 1), digits=st.integers(4, 8))
def test_any_number_on_any_width(number: int, digits: int) -> None:
    chip = Chip()
    panel = Max7219(DEVICE, digits, 0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "spidev", SimpleNamespace(SpiDev=lambda: Port(chip)))
        panel.open()
    panel.write(number)
    assert chip.lit == ("0" * 8 + str(number))[-digits:]
    assert chip.violations == []


def test_a_chip_that_lost_its_power_shows_numbers_again_within_five(chip: Chip) -> None:
    panel = Max7219(DEVICE, 4, 8)
    panel.open()
    for skipped in range(5):
        for number in range(skipped):
            panel.write(number)
        chip.power_up()
        for number in range(100, 105):
            panel.write(number)
        assert (chip.lit, chip.brightness) == ("0104", 8)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (errno.EACCES, "this user may not open /dev/spidev0.1: let the user into the group spi"),
        (errno.ENOENT, r"/dev/spidev0.1 cannot be opened \(No such file .*\): switch SPI on"),
    ],
)
def test_a_port_that_cannot_be_opened(port: Port, code: int, sentence: str) -> None:
    port.refusal = OSError(code, "No such file or directory")
    with pytest.raises(OSError, match=sentence):
        Max7219(DEVICE, 4, 8).open()
    assert port.closed == 1
