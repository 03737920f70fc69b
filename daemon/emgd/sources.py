"""Source URLs -> sources."""

import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qsl

from ads1299.ahead import ReadAhead
from ads1299.inputs import Electrodes, LeadOff, SquareWave
from ads1299.linked import LinkedSource
from ads1299.plan import BoardPlan
from ads1299.source import Source
from ads1299.spi import SpiSource
from ads1299.spi_device import SpiAddress
from ads1299.spi_url import address_of
from mcubridge.line import Dial, Listen, Opener
from mcubridge.port import Port

from emgd.config import ConfigError
from emgd.oversample import Oversampled, board_packet
from emgd.realtime import ask_for_realtime
from emgd.replay import replay_of
from emgd.settings import Board, Settings
from emgd.settings import LeadOff as LeadOffSettings
from emgd.simulated import SimulatedBoard
from emgd.sourceurls import host_and_port, listening, serial_port, source_faults


def open_source(settings: Settings) -> Source:
    """Make the source that the settings name; nothing is connected yet."""
    url = settings.source
    scheme = url.partition(":")[0]
    if scheme == "file":
        return replay_of(url)
    plan = plan_of(settings.board)
    if scheme == "spi":
        source = spi_source(url, plan)
    else:
        source = LinkedSource(opener_of(url), plan, settings.board.silence_s)
    if settings.board.oversample == 1:
        return source
    return Oversampled(source, settings.board.packet_samples)


def opener_of(url: str) -> Opener:
    """The way to a board behind a link."""
    faults = source_faults(url)
    if faults:
        raise ConfigError(f"  {fault}" for fault in faults)
    return _OPENERS[url.partition(":")[0]](url)


def plan_of(board: Board) -> BoardPlan:
    """What the settings ask of a board."""
    packet = board.packet_samples
    return BoardPlan(
        rate_hz=board.rate_hz * board.oversample,
        gains=board.gain,
        inactive=frozenset(i for i, channel in enumerate(board.channels) if not channel.active),
        packet_samples=packet if board.oversample == 1 else board_packet(packet),
        configure=board.configure,
        inputs=board.input,
        test=SquareWave(board.test_uv, board.test_hz),
        bias=Electrodes(board.bias.p, board.bias.n) if board.bias.on else None,
        srb1=board.srb1,
        srb2=board.srb2,
        lead_off=_lead_off_of(board.lead_off),
    )


def _lead_off_of(settings: LeadOffSettings) -> LeadOff | None:
    if settings.mode == "off":
        return None
    electrodes = Electrodes(settings.p, settings.n)
    return LeadOff(settings.mode, settings.current_na, settings.threshold_pct, electrodes)


def spi_address(url: str) -> SpiAddress:
    """Where the chip of a spi: URL is found."""
    try:
        return address_of(url)
    except ValueError as fault:
        raise ConfigError([f"  source: {url!r}: {fault}"]) from fault


def spi_source(url: str, plan: BoardPlan) -> Source:
    """The chip is read by a thread of its own, which alone needs the rights of real time."""
    address = spi_address(url)
    missing = [name for name in ("spidev", "gpiod") if find_spec(name) is None]
    if missing:
        raise ConfigError(
            [f"  source: spi: needs {' and '.join(missing)}, which this Python has not: {_extra()}"]
        )
    return ReadAhead(SpiSource(address, plan), ask_for_realtime)


def _extra() -> str:
    """The command that installs the extra, from the checkout where this runs in one."""
    checkout = Path(__file__).parents[2]
    if (checkout / "pyproject.toml").exists():
        return f"{sys.executable} -m pip install --editable '{checkout}[spi]'"
    return f"{sys.executable} -m pip install 'emgd[spi]'"


def _simulate(url: str) -> Opener:
    """sim:?seed=3&hum-uv=20 gives boardsim its options; a flag stands alone: sim:?ramp"""
    query = url.partition("?")[2]
    return SimulatedBoard(parse_qsl(query, keep_blank_values=True))


_OPENERS: dict[str, Callable[[str], Opener]] = {
    "sim": _simulate,
    "serial": lambda url: Port(*serial_port(url)),
    "tcp": lambda url: Dial(*host_and_port(url)),
    "tcp-listen": lambda url: Listen(*listening(url)),
}
