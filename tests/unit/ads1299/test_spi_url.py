"""spi: URLs."""

import pytest
from ads1299.spi_device import SpiAddress
from ads1299.spi_url import address_of
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("url", "address"),
    [
        (
            "spi:///dev/spidev0.0?drdy=gpiochip0:26",
            SpiAddress("/dev/spidev0.0", "/dev/gpiochip0", 26, 4_000_000),
        ),
        (
            "spi:/dev/spidev1.1?speed=8000000&drdy=/dev/gpiochip4:0",
            SpiAddress("/dev/spidev1.1", "/dev/gpiochip4", 0, 8_000_000),
        ),
        (
            "spi:///dev/spi-by-name?drdy=gpio-by-name:5",
            SpiAddress("/dev/spi-by-name", "/dev/gpio-by-name", 5, 4_000_000),
        ),
    ],
)
def test_good_ones(url: str, address: SpiAddress) -> None:
    assert address_of(url) == address


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("spi:", "three slashes"),
        ("spi://dev/spidev0.0?drdy=gpiochip0:26", "three slashes"),
        ("spi:///tmp/spidev0.0?drdy=gpiochip0:26", "/dev/spidevB.C"),
        ("spi:///dev/spidev0.0", "drdy=: .* give its GPIO chip and line"),
        ("spi:///dev/spidev0.0?drdy=26", "drdy=26: "),
        ("spi:///dev/spidev0.0?drdy=:26", "drdy=:26: "),
        ("spi:///dev/spidev0.0?drdy=gpiochip0:-1", "drdy=gpiochip0:-1: "),
        ("spi:///dev/spidev0.0?drdy=gpiochip0:GPIO26", "drdy=gpiochip0:GPIO26: "),
        (
            "spi:///dev/spidev0.0?drdy=gpiochip0:26&speed=4MHz",
            "speed=4MHz: give .* 100000 to 20000000",
        ),
        ("spi:///dev/spidev0.0?drdy=gpiochip0:26&speed=20000001", "speed=20000001"),
        ("spi:///dev/spidev0.0?drdy=gpiochip0:26&speed=", "speed=: "),
        (
            "spi:///dev/spidev0.0?drdy=gpiochip0:26&sped=4000000",
            "no option sped; there are drdy, speed",
        ),
        ("spi:///dev/spidev0.0?drdy=gpiochip0:26#1", "no option #"),
    ],
)
def test_bad_ones_are_refused_with_a_sentence(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        address_of(url)


@given(st.text(max_size=60))
def test_nothing_else_comes_out(rest: str) -> None:
    try:
        address = address_of(f"spi:///dev/spidev0.0?{rest}")
    except ValueError:
        return
    assert address.drdy >= 0
    assert 100_000 <= address.speed_hz <= 20_000_000
