"""Tube URLs -> tubes."""

from dataclasses import dataclass
from importlib.util import find_spec
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from ads1299.source import Source
from mcubridge.display import Display, Panel
from mcubridge.max7219 import Max7219
from mcubridge.serial_panel import BAUD, ascii_panel, opensegment_panel
from mcubridge.tube import DIGITS, NoTube, Tube

from emgd.boardtube import BoardTube
from emgd.extras import how_to_install

_KNOWN = (
    "board:, none:, serial:///dev/ttyUSB1?style=ascii&baud=9600, "
    "serial:///dev/ttyUSB1?style=opensegment and max7219:///dev/spidev0.1?digits=4&brightness=8"
)


class _Range(NamedTuple):
    low: int
    high: int
    default: int | None


_BAUDS = _Range(50, 4_000_000, BAUD)
_OPTIONS = {
    "ascii": {"baud": _BAUDS, "digits": _Range(1, 10, DIGITS)},
    "opensegment": {"baud": _BAUDS, "brightness": _Range(0, 100, None)},
    # with less than 4 digits the chip overheats, unless its resistor is changed (p.9)
    "max7219": {"digits": _Range(4, 8, DIGITS), "brightness": _Range(0, 15, 8)},
}
_STYLES = ("ascii", "opensegment")


@dataclass(frozen=True, slots=True)
class _Address:
    style: str
    path: str
    options: dict[str, int | None]


def open_tube(url: str, source: Source) -> Tube:
    """The tube of a URL that `tube_faults` found nothing against."""
    if url == "board:":
        return BoardTube(source)
    return NoTube() if url == "none:" else Display(_panel(_address(url)))


def tube_faults(url: str) -> list[str]:
    """What speaks against this URL, a sentence each."""
    if url in ("board:", "none:"):
        return []
    try:
        address = _address(url)
    except ValueError as fault:
        return [f"tube: {url!r}: {fault}"]
    if address.style == "max7219" and find_spec("spidev") is None:
        return [f"tube: max7219: needs spidev, which this Python has not: {how_to_install('spi')}"]
    return []


def _address(url: str) -> _Address:
    parts = urlsplit(url)
    if parts.scheme not in ("serial", "max7219"):
        raise ValueError(f"is no tube; there are {_KNOWN}")
    if parts.netloc or not parts.path.startswith("/"):
        raise ValueError(f"a device follows three slashes; there are {_KNOWN}")
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    style = given.pop("style", "ascii") if parts.scheme == "serial" else "max7219"
    if parts.scheme == "serial" and style not in _STYLES:
        raise ValueError(f"style={style}: there are {' and '.join(_STYLES)}")
    ranges = _OPTIONS[style]
    unknown = sorted(given.keys() - ranges.keys())
    if unknown or parts.fragment:
        raise ValueError(f"no option {', '.join(unknown) or '#'}; there are {', '.join(ranges)}")
    options = {name: _number(name, given.get(name), limits) for name, limits in ranges.items()}
    return _Address(style, parts.path, options)


def _number(name: str, text: str | None, limits: _Range) -> int | None:
    if text is None:
        return limits.default
    sound = text.isascii() and text.isdecimal() and len(text) < 10
    if not sound or not limits.low <= int(text) <= limits.high:
        raise ValueError(f"{name}={text}: give a whole number from {limits.low} to {limits.high}")
    return int(text)


def _panel(address: _Address) -> Panel:
    path, options = address.path, address.options
    baud, digits, light = (options.get(name) for name in ("baud", "digits", "brightness"))
    match address.style:
        case "ascii":
            return ascii_panel(path, baud or BAUD, digits or DIGITS)
        case "opensegment":
            return opensegment_panel(path, baud or BAUD, light)
        case _:
            return Max7219(path, digits or DIGITS, light or 0)
