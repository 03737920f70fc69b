"""Tube URLs -> tubes."""

from urllib.parse import parse_qs, urlsplit

from ads1299.source import Source
from mcubridge.tube import AsciiDisplay, NoTube, Tube

_BAUD = 9600  # what such displays come up with


def open_tube(url: str, source: Source) -> Tube:
    """The tube of a URL that `tube_faults` found nothing against."""
    scheme = url.partition(":")[0]
    if scheme == "board":
        return source
    if scheme == "none":
        return NoTube()
    parts = urlsplit(url)
    return AsciiDisplay(parts.path, int(parse_qs(parts.query).get("baud", [str(_BAUD)])[0]))


def tube_faults(url: str) -> list[str]:
    """What speaks against this URL, a sentence each."""
    if url in ("board:", "none:"):
        return []
    parts = urlsplit(url)
    options = parse_qs(parts.query)
    known = options.keys() <= {"style", "baud"} and options.get("style", ["ascii"]) == ["ascii"]
    baud = options.get("baud", [str(_BAUD)])[0]
    if parts.scheme == "serial" and parts.path.startswith("/") and known and baud.isdecimal():
        return []
    return [
        f"tube: {url!r} is no tube; there are board:, none: and "
        "serial:///dev/ttyUSB1?style=ascii&baud=9600"
    ]
