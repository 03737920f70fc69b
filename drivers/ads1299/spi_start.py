"""A chip on SPI, from power to ready, as the data sheet orders it (p.70)."""

from collections.abc import Callable

from ads1299 import registers as reg
from ads1299.chip import check_id, configure
from ads1299.frame import sample_bytes
from ads1299.plan import BoardPlan
from ads1299.source import BoardInfo, ChipError, LineError, RegisterBus

_SILENCE = (0x00, 0xFF)  # a line that nobody drives
VREF_UV = 4_500_000  # the chip's own reference, p.9
_LONGEST = 0.95  # of a sample's period: a frame without any time of the PC
_POWER_UP_S = 0.135  # 2^18 tCLK before the reset, with the slowest clock


def bring_up(
    bus: RegisterBus, plan: BoardPlan, where: str, wait: Callable[[float], None]
) -> BoardInfo:
    """Reset, identify, configure and read back: all but START."""
    if plan.configure:
        wait(_POWER_UP_S)
        bus.command(reg.RESET)
    bus.command(reg.SDATAC)
    bus.command(reg.STOP)
    chip_id = bus.read(reg.ID, 1)[0]
    if chip_id in _SILENCE:
        raise LineError(
            f"{where}: the chip does not answer: register ID (0x00) reads 0x{chip_id:02X}. Usual "
            "cause: it has no power, or MISO, chip select or the device's number are wrong"
        )
    channels = check_id(chip_id, where).channels
    if plan.configure:
        registers = configure(bus, plan.chips(channels, where)[0], where, wait)
    else:
        registers = bus.read(reg.ID, reg.COUNT)
    return _describe(registers, channels, plan.packet_samples, where)


def check_speed(board: BoardInfo, speed_hz: int, where: str) -> None:
    """Refuse a clock at which a frame cannot be read before the next one is there."""
    bits = 8 * sample_bytes(board.channels)
    if bits / speed_hz > _LONGEST / board.rate_hz:
        raise ChipError(
            f"{where}: a sample comes every {1e6 / board.rate_hz:.1f} us, and reading one takes "
            f"{bits * 1e6 / speed_hz:.1f} us at speed={speed_hz}: raise it (the chip takes up to "
            "20000000), or lower board.rate_hz."
        )


def _describe(registers: bytes, channels: int, packet_samples: int, where: str) -> BoardInfo:
    """What the registers that were read say."""
    rate = reg.rate_of(registers[reg.CONFIG1])
    settings = registers[reg.CH1SET : reg.CH1SET + channels]
    gains = [gain for chnset in settings if (gain := reg.gain_of(chnset))]
    if rate is None or len(gains) != channels:
        raise ChipError(
            f"{where}: CONFIG1 (0x01) is 0x{registers[reg.CONFIG1]:02X} and CH1SET on (0x05) are "
            f"{settings.hex(' ')}: a rate or a gain that the chip does not have. Let the daemon "
            "configure the chip (board.configure = true)."
        )
    return BoardInfo(
        board=f"ADS1299, {channels} channels, on SPI",
        firmware="",
        rate_hz=rate,
        gains=tuple(gains),
        active=tuple(not chnset & reg.CHANNEL_OFF for chnset in settings),
        uv_per_count=tuple(reg.uv_per_count(VREF_UV, gain) for gain in gains),
        packet_samples=packet_samples,
        has_tube=False,
        registers=dict(enumerate(registers)),
    )
