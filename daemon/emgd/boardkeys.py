"""The keys of the board and its GPIO inputs: what no single one of them can tell."""

from typing import Any

from emgd.settings import RATES_HZ, Board, Gpio


def board_faults(board: Board) -> list[str]:
    """What speaks against these settings of a board, a sentence each."""
    faults = [
        f"{name}: give one value for all channels, or one per channel"
        for name, values in _per_channel(board).items()
        if not values
    ]
    if board.oversample * board.rate_hz > max(RATES_HZ):
        faults.append(
            f"board.oversample: the chip cannot run {board.oversample} times as fast as "
            f"{board.rate_hz} Hz; it goes up to {max(RATES_HZ)} Hz"
        )
    return faults + _idle_keys(board)


def _per_channel(board: Board) -> dict[str, tuple[Any, ...]]:
    return {
        "board.gain": board.gain,
        "board.input": board.input,
        "board.srb2": board.srb2,
        "board.bias.p": board.bias.p,
        "board.bias.n": board.bias.n,
        "board.lead_off.p": board.lead_off.p,
        "board.lead_off.n": board.lead_off.n,
    }


def _idle_keys(board: Board) -> list[str]:
    """Keys that would be written to a board which is not to be written to."""
    usual = Board()
    if board.configure:
        return []
    return [
        f"board.{name}: has no effect with board.configure = false, which takes the board's "
        "registers as they are; leave one of the two out"
        for name in ("input", "srb1", "srb2", "bias", "lead_off")
        if getattr(board, name) != getattr(usual, name)
    ]


def gpio_faults(gpio: Gpio) -> list[str]:
    """What speaks against these settings of the GPIO inputs, a sentence each."""
    usual = Gpio()
    idle = {"off": ("names", "edges", "codes"), "lines": ("codes",), "code": ("names", "edges")}
    faults = [
        f'gpio.{name}: has no effect with gpio.mode = "{gpio.mode}"'
        for name in idle[gpio.mode]
        if getattr(gpio, name) != getattr(usual, name)
    ]
    if len(gpio.names) > 4:
        faults.append(f"gpio.names: {len(gpio.names)} names for 4 lines")
    if len(gpio.edges) not in (1, 4):
        faults.append("gpio.edges: give one value for all four lines, or four")
    wrong = [code for code in gpio.codes if not (code.isdecimal() and int(code) < 16)]
    if wrong:
        faults.append(
            f'gpio.codes: {", ".join(wrong)}: a code of 4 bits is 0 to 15: {{1 = "film"}}'
        )
    return faults
