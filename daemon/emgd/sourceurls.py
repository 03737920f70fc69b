"""The grammar of source URLs: what is asked for, before anything is opened."""

from ipaddress import ip_network
from urllib.parse import parse_qsl, urlsplit

from ads1299.spi_url import address_of
from mcubridge.line import Network
from mcubridge.port import BAUD

_KNOWN = (
    "sim:, tcp://host:port, tcp-listen://address:port, serial:///dev/ttyUSB0?baud=921600, "
    "spi:///dev/spidev0.0?drdy=gpiochip0:26 and file:///recording.mcap"
)


def source_faults(url: str) -> list[str]:
    """What speaks against this URL, a sentence each."""
    check = {
        "sim": lambda _: None,
        "file": lambda _: None,
        "tcp": host_and_port,
        "tcp-listen": listening,
        "serial": serial_port,
        "spi": address_of,
    }.get(url.partition(":")[0])
    if check is None or ":" not in url:
        return [f"source: {url!r} is no source; there are {_KNOWN}"]
    try:
        check(url)
    except ValueError as fault:
        return [f"source: {url!r}: {fault}"]
    return []


def host_and_port(url: str) -> tuple[str, int]:
    """Of tcp: and tcp-listen: URLs; ValueError says what to give."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or port is None or parts.path.strip("/") or parts.query:
        raise ValueError("give host and port, such as tcp://192.168.4.1:3000")
    return host, port


def listening(url: str) -> tuple[str, int, tuple[Network, ...]]:
    """Address, port and the networks that may dial in; ValueError says what to give."""
    plain, _, query = url.partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    allowed = options.pop("allow", None)
    if options:
        raise ValueError(f"no option {', '.join(options)}; there is allow=192.168.4.0/24")
    networks = [] if allowed is None else [ip_network(one) for one in allowed.split(",")]
    return *host_and_port(plain), tuple(networks)


def serial_port(url: str) -> tuple[str, int]:
    """Path and baud rate of a serial: URL; ValueError says what to give."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    baud = options.pop("baud", str(BAUD))
    well_formed = not parts.netloc and parts.path.startswith("/") and not options
    if not well_formed or not baud.isdecimal() or not int(baud):
        raise ValueError(f"give a path, such as serial:///dev/ttyUSB0?baud={BAUD}")
    return parts.path, int(baud)
