"""spi:///dev/spidev0.0?drdy=gpiochip0:26&speed=4000000 -> where a chip is found."""

from urllib.parse import parse_qsl, urlsplit

from ads1299.spi_device import SPEED_HZ, SpiAddress

EXAMPLE = "spi:///dev/spidev0.0?drdy=gpiochip0:26&speed=4000000"
SPEEDS_HZ = (100_000, 20_000_000)  # the upper one by p.12, at 3.3 V
_OPTIONS = ("drdy", "speed")


def address_of(url: str) -> SpiAddress:
    """The address in a URL; ValueError says what is wrong with it."""
    parts = urlsplit(url)
    if parts.netloc or not parts.path.startswith("/dev/"):
        raise ValueError(
            f"a device follows three slashes, /dev/spidevB.C with B the bus and C the chip select, "
            f"such as {EXAMPLE}"
        )
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = sorted(options.keys() - set(_OPTIONS))
    if unknown or parts.fragment:
        raise ValueError(f"no option {', '.join(unknown) or '#'}; there are {', '.join(_OPTIONS)}")
    chip, line = _drdy(options.get("drdy", ""))
    return SpiAddress(parts.path, chip, line, _speed(options.get("speed")))


def _drdy(text: str) -> tuple[str, int]:
    chip, _, line = text.rpartition(":")
    if not chip or not _is_number(line):
        raise ValueError(
            f"drdy={text}: the chip's DRDY pin is on a GPIO line, and edges of it tell when there "
            "is a sample: give its GPIO chip and line, such as drdy=gpiochip0:26"
        )
    return (chip if chip.startswith("/") else f"/dev/{chip}"), int(line)


def _speed(text: str | None) -> int:
    if text is None:
        return SPEED_HZ
    low, high = SPEEDS_HZ
    if not _is_number(text) or not low <= int(text) <= high:
        raise ValueError(f"speed={text}: give the SPI clock in Hz, from {low} to {high}")
    return int(text)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 12
