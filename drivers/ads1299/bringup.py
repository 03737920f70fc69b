"""A board behind a link, from the first word to ready: who it is, its registers, its clock."""

import logging
from collections.abc import Callable

from mcubridge.link import Link, RequestFailed
from mcubridge.messages import Hello, Request

from ads1299 import registers as reg
from ads1299.chip import check_id, configure
from ads1299.frame import chips_of
from ads1299.plan import BoardPlan
from ads1299.source import BoardInfo, ChipError, LineError

_FIRST_PINGS = 4
_MOST_CHANNELS = 64  # a register's address on the link is one byte: room for 8 chips

_log = logging.getLogger(__name__)


class LinkedBus:
    """The RegisterBus of one chip, through the board's microcontroller."""

    def __init__(self, link: Link, chip: int) -> None:
        self._link = link
        self._base = chip * reg.CHIP_STRIDE

    def command(self, opcode: int) -> None:
        """The microcontroller keeps the chip's modes itself: only a reset is ours to ask for."""
        if opcode == reg.RESET:
            self._link.ask(Request.RESET)

    def read(self, address: int, count: int) -> bytes:
        """Read `count` registers from `address` on."""
        values = self._link.ask(Request.RREG, bytes((self._base + address, count)))
        if len(values) != count:
            raise LineError(
                f"{self._link.name}: RREG at register 0x{self._base + address:02X} gave "
                f"{len(values)} bytes, {count} were asked for"
            )
        return values

    def write(self, address: int, values: bytes) -> None:
        """Write registers from `address` on."""
        self._link.ask(Request.WREG, bytes((self._base + address,)) + values)


def bring_up(link: Link, plan: BoardPlan, wait: Callable[[float], None]) -> BoardInfo:
    """Identify, stop, configure, read back and exchange clocks: all but START."""
    hello = link.identify()
    _check_board(hello, link.name)
    _quiet(link)
    chips = chips_of(hello.channels)
    if plan.configure:
        read = [
            configure(LinkedBus(link, chip), chip_plan, _where(link, chip, chips), wait)
            for chip, chip_plan in enumerate(plan.chips(hello.channels, link.name))
        ]
    else:
        read = [LinkedBus(link, chip).read(reg.ID, reg.COUNT) for chip in range(chips)]
    for chip, registers in enumerate(read):
        _check_size(registers[reg.ID], hello.channels - 8 * chip, _where(link, chip, chips))
    packet_samples = _set_packet(link, hello, plan)
    board = _describe(hello, read, packet_samples, link.name)
    _compare(link.identify(), board, link.name)
    _exchange_clocks(link)
    return board


def _where(link: Link, chip: int, chips: int) -> str:
    return link.name if chips == 1 else f"{link.name}, chip {chip + 1} of {chips}"


def _check_board(hello: Hello, where: str) -> None:
    check_id(hello.chip_id, where)
    if not 0 < hello.channels <= _MOST_CHANNELS or not hello.vref_uv:
        raise ChipError(
            f"{where}: HELLO says {hello.channels} channels and a reference of {hello.vref_uv} uV; "
            f"there are 1 to {_MOST_CHANNELS} channels, and the reference must be above 0. "
            "Usual cause: a firmware that was not configured."
        )
    _check_size(hello.chip_id, hello.channels, where)


def _check_size(chip_id: int, channels: int, where: str) -> None:
    has = check_id(chip_id, where).channels
    if has != min(channels, reg.CHANNELS_PER_CHIP):
        raise ChipError(
            f"{where}: register ID (0x00) is 0x{chip_id:02X}, a chip of {has} channels, but the "
            f"board's HELLO leaves {channels} for it. Usual cause: a firmware for another board."
        )


def _quiet(link: Link) -> None:
    """A board may still be streaming for a host that is gone, and refuses registers then."""
    try:
        link.ask(Request.STOP)
    except RequestFailed as refusal:
        _log.debug("STOP before the configuration: %s", refusal)


def _exchange_clocks(link: Link) -> None:
    """Samples can be timed by their arrival, too: a board without PING is no board the less."""
    try:
        for _ in range(_FIRST_PINGS):
            link.ping_and_wait()
    except RequestFailed as fault:
        _log.warning("%s; samples are timed by their arrival, which is less sure", fault)


def _set_packet(link: Link, hello: Hello, plan: BoardPlan) -> int:
    if not plan.configure or hello.packet_samples == plan.packet_samples:
        return hello.packet_samples
    try:
        link.ask(Request.PACKET, bytes((plan.packet_samples,)))
    except RequestFailed as refusal:
        _log.warning(
            "%s; going on with %d samples a packet instead of %d",
            refusal,
            hello.packet_samples,
            plan.packet_samples,
        )
        return hello.packet_samples
    return plan.packet_samples


def _describe(hello: Hello, read: list[bytes], packet_samples: int, where: str) -> BoardInfo:
    """What the registers that were read say; they, not HELLO, decide the units."""
    rate = reg.rate_of(read[0][reg.CONFIG1])
    if rate is None or any(reg.rate_of(chip[reg.CONFIG1]) != rate for chip in read):
        values = ", ".join(f"0x{chip[reg.CONFIG1]:02X}" for chip in read)
        raise ChipError(
            f"{where}: CONFIG1 (0x01) is {values}: no rate, or not one for all chips. Let the "
            "daemon configure the board (board.configure = true)."
        )
    settings = [read[channel // 8][reg.CH1SET + channel % 8] for channel in range(hello.channels)]
    gains = []
    for channel, chnset in enumerate(settings):
        gain = reg.gain_of(chnset)
        if gain is None:
            raise ChipError(
                f"{where}: CH{channel + 1}SET is 0x{chnset:02X}, a gain that the chip does not "
                "have. Let the daemon configure the board (board.configure = true)."
            )
        gains.append(gain)
    return BoardInfo(
        board=hello.board,
        firmware=hello.firmware,
        rate_hz=rate,
        gains=tuple(gains),
        active=tuple(not chnset & reg.CHANNEL_OFF for chnset in settings),
        uv_per_count=tuple(reg.uv_per_count(hello.vref_uv, gain) for gain in gains),
        packet_samples=packet_samples,
        has_tube=hello.has_tube,
        registers={
            chip * reg.CHIP_STRIDE + address: value
            for chip, values in enumerate(read)
            for address, value in enumerate(values)
        },
    )


def _compare(hello: Hello, board: BoardInfo, where: str) -> None:
    """A firmware whose HELLO differs from its chip's registers is told of, not believed."""
    if (hello.rate_hz, hello.gains) != (board.rate_hz, board.gains):
        _log.warning(
            "%s: HELLO says %d Hz and gains %s, the registers %d Hz and %s; the registers count",
            where,
            hello.rate_hz,
            hello.gains,
            board.rate_hz,
            board.gains,
        )
