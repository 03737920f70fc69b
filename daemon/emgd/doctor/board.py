"""The board: is it what it says, do its registers take what is written, is it set up to record?"""

from collections.abc import Iterator

from ads1299 import registers as reg
from ads1299.chip import ChipPlan
from ads1299.plan import BoardPlan
from ads1299.source import BoardInfo, ChipError, RegisterBus
from ads1299.state import chip_states

from emgd.doctor.bench import Bench, Identity, write_plan
from emgd.doctor.finding import Finding, state_of

# Each register, written twice with opposite bits. Not among them: the pins' directions (GPIO) and
# the clock's wiring, which may drive what is connected; MISC2, which is reserved; the reference,
# which takes 150 ms to come back. LOFF has its own turn, with no electrode connected to its
# current, as one of its bits makes that a thousand times as strong.
_BITS = {
    reg.CONFIG1: (0x95, 0x92),
    reg.CONFIG2: (0xD5, 0xC3),
    reg.CONFIG3: (0xEA, 0xF4),
    **{reg.CH1SET + i: (0x55, 0x2A) for i in range(reg.CHANNELS_PER_CHIP)},
    **dict.fromkeys((reg.BIAS_SENSP, reg.BIAS_SENSN, reg.LOFF_FLIP), (0x55, 0xAA)),
    **dict.fromkeys((reg.LOFF_SENSP, reg.LOFF_SENSN), (0x55, 0xAA)),
    reg.MISC1: (0x20, 0x00),
    reg.CONFIG4: (0x0A, 0x00),
}
_LOFF_BITS = (0xA5, 0x4A)
_MASKS = {reg.CONFIG1: 0x97, reg.CONFIG3: 0xFE, reg.GPIO: 0x0F}  # without what others say
_PER_CHANNEL = (reg.BIAS_SENSP, reg.BIAS_SENSN, reg.LOFF_SENSP, reg.LOFF_SENSN, reg.LOFF_FLIP)


def check_board(identity: Identity, plan: BoardPlan, named: int) -> Finding:
    """A board that answered, against the plan and the number of channels named in the settings."""
    do = ""
    try:
        plan.chips(identity.channels, "The settings do not fit this board")
    except ChipError as fault:
        do = str(fault)
    if named > identity.channels:
        do = (
            f"The settings name {named} channels (board.channels), the board has "
            f"{identity.channels}: is it the right board? If so, name as many as it has."
        )
    named_so = identity.board or "a board without a name"
    firmware = f" ({identity.firmware})" if identity.firmware else ""
    text = f"{named_so}{firmware}, ADS1299, {identity.channels} channels"
    return Finding(
        "board",
        state_of(not do),
        text,
        do,
        measured=identity.channels,
        unit="channels",
        values={
            "board": identity.board,
            "firmware": identity.firmware,
            "channels": identity.channels,
            "chips": identity.chips,
        },
    )


def check_registers(bench: Bench, plan: BoardPlan, identity: Identity) -> Finding:
    """Write every register with opposite bits and then as configured, and read all of it back."""
    wrong: list[str] = []
    written = 0
    with bench.buses(identity.chips) as buses:
        for chip, bus in enumerate(buses):
            channels = min(identity.channels - 8 * chip, reg.CHANNELS_PER_CHIP)
            found, count = _try_bits(bus, channels, chip * reg.CHIP_STRIDE)
            wrong += found
            written += count
    try:
        write_plan(bench, plan, identity.channels)
        written += len(plan.chips(identity.channels, "")[0].values()) * identity.chips
    except ChipError as fault:
        if not wrong:
            wrong.append(str(fault))
    do = (
        "One register: the chip is damaged. Many: the chip takes no writes (its DIN line), or "
        "lost its power in between. Do not record: settings would not be what they say."
    )
    count = len(wrong)
    text = f"{written} values written and read back"
    return Finding(
        "registers",
        state_of(not wrong),
        f"{'; '.join(wrong[:3])}{f' and {count - 3} more' if count > 3 else ''}" if wrong else text,
        do if wrong else "",
        measured=count,
        limit=0,
        unit="registers",
        values={"written": written, "wrong": wrong},
    )


def check_configuration(board: BoardInfo) -> Finding:
    """What the registers in force mean for a recording of muscles."""
    cautions = [caution for chip in chip_states(board) for caution in chip.cautions()]
    gains = sorted(set(board.gains))
    on = sum(board.active)
    if not on:
        cautions.append("all channels are switched off")
    return Finding(
        "configuration",
        state_of(not cautions),
        "; ".join(cautions)
        or f"{board.rate_hz} Hz, gain {', '.join(map(str, gains))}, {on} of {board.channels} "
        "channels on",
        "Change board.input, board.lead_off or board.channels." if cautions else "",
        measured=on,
        unit="channels on",
        values={"rate_hz": board.rate_hz, "gain": list(board.gains), "active": list(board.active)},
    )


def _try_bits(bus: RegisterBus, channels: int, base: int) -> tuple[list[str], int]:
    quiet = ChipPlan(1000, (24,) * channels, (True,) * channels).values()
    first, second = ({a: bits[turn] for a, bits in _present(channels).items()} for turn in (0, 1))
    rest = {address: quiet[address] for address in first}
    wiring = bus.read(reg.CONFIG1, 1)[0] & reg.CONFIG1_WIRING
    wrong: dict[int, str] = {}
    written = 0
    for turn in (quiet, first, second, rest, *({reg.LOFF: bits} for bits in _LOFF_BITS)):
        kept = {reg.CONFIG1: turn[reg.CONFIG1] | wiring} if reg.CONFIG1 in turn else {}
        for start, values in _runs(turn | kept):
            bus.write(start, values)
        got = bus.read(reg.ID, reg.COUNT)
        written += len(turn)
        for address, value in turn.items():
            if (got[address] ^ value) & _MASKS.get(address, 0xFF):
                wrong.setdefault(
                    address,
                    f"{reg.name_of(base + address)} (0x{address:02X}) reads 0x{got[address]:02X}, "
                    f"0x{value:02X} was written",
                )
    return list(wrong.values()), written


def _runs(values: dict[int, int]) -> Iterator[tuple[int, bytes]]:
    """Neighbouring registers in one write each."""
    run: list[int] = []
    for address in sorted(values):
        if run and address != run[-1] + 1:
            yield run[0], bytes(values[a] for a in run)
            run = []
        run.append(address)
    yield run[0], bytes(values[a] for a in run)


def _present(channels: int) -> dict[int, tuple[int, int]]:
    """The bits of a chip with so many channels: the smaller ones read 0 for the others."""
    mask = (1 << channels) - 1
    present = {}
    for address, (a, b) in _BITS.items():
        if reg.CH1SET + channels <= address < reg.CH1SET + reg.CHANNELS_PER_CHIP:
            continue
        own = mask if address in _PER_CHANNEL else 0xFF
        present[address] = (a & own, b & own)
    return present
