"""`boardsim`: arguments to settings, and the program's life."""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from boardsim.board import BoardSettings
from boardsim.converter import Lines
from boardsim.face_options import add_face_options, add_render_options, face_settings
from boardsim.fault_grammar import FaultError, check_places, parse_faults, parse_register_value
from boardsim.faults import HELP as FAULT_HELP
from boardsim.frontend import SECOND_CHIP
from boardsim.inputs import pulses, steps, together
from boardsim.registers import CONFIG1, RATES_HZ
from boardsim.render import render, to_microvolts
from boardsim.simboard import CHIPS, Settings, SimBoard

DESCRIPTION = """\
A simulated ADS1299 board: the board's end of the board link, over TCP or a serial port.
Prints one line when it is ready: `listening on tcp://HOST:PORT`, `dialling tcp://HOST:PORT` or
`listening on serial://PATH`.
The chip comes up with its power-up registers: the host sets rate, gains and inputs.
"""


def build_parser() -> argparse.ArgumentParser:
    """All options with their help."""
    parser = argparse.ArgumentParser(
        prog="boardsim",
        description=DESCRIPTION,
        epilog=FAULT_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_line_options(parser)
    _add_board_options(parser)
    add_face_options(parser)
    add_render_options(parser)
    parser.add_argument("--fault", action="append", default=[], metavar="NAME[=...]", help="below")
    parser.add_argument(
        "--truth", type=Path, metavar="FILE", help="write what was simulated, as JSON lines"
    )
    parser.add_argument(
        "--log", type=Path, metavar="FILE", help="write what the host asked for, as JSON lines"
    )
    return parser


def _add_line_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("line")
    where = group.add_mutually_exclusive_group()
    where.add_argument(
        "--listen",
        type=_address,
        default=("127.0.0.1", 0),
        metavar="HOST:PORT",
        help="wait for the host there (127.0.0.1:0, 0 for a free port)",
    )
    where.add_argument("--dial", type=_address, metavar="HOST:PORT", help="dial the host instead")
    where.add_argument(
        "--pty",
        type=Path,
        nargs="?",
        const=Path(),
        metavar="LINK",
        help="be a serial port, a pseudo-terminal; LINK is a path that leads to it",
    )
    group.add_argument(
        "--exit-with-stdin",
        action="store_true",
        help="end when standard input ends, and leave Ctrl-C to the parent",
    )
    group.add_argument(
        "--speed", type=_speed, default=1.0, metavar="N|max", help="times real time (1)"
    )
    group.add_argument("--samples", type=_positive, metavar="N", help="no DATA after N samples")
    group.add_argument(
        "--buffer-kb", type=_positive, default=256, metavar="N", help="unsent bytes kept (256)"
    )


def _add_board_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("board")
    add = group.add_argument
    add("--rate", type=int, choices=RATES_HZ, help="power-up rate in Hz (250)")
    add(
        "--power-up",
        type=_register,
        action="append",
        default=[],
        metavar="REG:HEX",
        help="a register (name or hex address) comes up with that",
    )
    add("--external-reference", action="store_true", help="CONFIG3 need not switch one on")
    add(
        "--gpio",
        type=_gpio,
        action="append",
        default=[],
        metavar="PIN:S:S|S=CODE,...",
        help="pin 1-4 high every S seconds for S seconds; or all four pins, S seconds after START",
    )
    add("--packet", type=_packet, default=20, metavar="N", help="samples a packet, 1 to 32 (20)")
    add("--channels", type=int, choices=list(CHIPS), default=8, help="16 is two chips (8)")
    add("--seed", type=int, default=1, metavar="N", help="the same seed gives the same signal (1)")
    add("--vref-uv", type=_positive, default=4_500_000, metavar="UV", help="reference (4500000)")
    add("--no-tube", action="store_true", help="a board without a digital tube")
    add("--board-name", default="boardsim", metavar="TEXT", help="in HELLO")
    add("--firmware-name", default="boardsim 1", metavar="TEXT", help="in HELLO")
    add("--ppm", type=float, default=0.0, metavar="N", help="board clock and sampling are off by N")


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.removeprefix("tcp://").rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return host, int(port)


def _speed(text: str) -> float:
    speed = 0.0 if text == "max" else float(text)
    if text != "max" and not 0 < speed < 1e6:
        raise argparse.ArgumentTypeError("the speed is a number above 0, or 'max'")
    return speed


def _register(text: str) -> tuple[int, int]:
    try:
        return parse_register_value(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text}: {error}") from None


def _gpio(text: str) -> Lines:
    try:
        return _steps(text) if "=" in text else _pulses(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not PIN:PERIOD:WIDTH in seconds, nor SECONDS=CODE,... with codes 0 to 15"
        ) from None


def _pulses(text: str) -> Lines:
    pin, period_s, width_s = text.split(":")
    if pin not in ("1", "2", "3", "4") or not 0 < float(width_s) <= float(period_s):
        raise ValueError
    return pulses(int(pin), float(period_s), float(width_s))


def _steps(text: str) -> Lines:
    levels = [(float(at_s), int(code)) for at_s, code in (s.split("=") for s in text.split(","))]
    if sorted(levels) != levels or not all(0 <= code < 16 for _, code in levels):
        raise ValueError
    return steps(levels)


def _positive(text: str) -> int:
    if (value := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1 on")
    return value


def _packet(text: str) -> int:
    if not 1 <= (value := int(text)) <= 32:
        raise argparse.ArgumentTypeError(f"a packet has 1 to 32 samples, not {value}")
    return value


def make_settings(options: argparse.Namespace) -> Settings:
    """Put the arguments into settings; FaultError for a --fault that cannot be."""
    faults = parse_faults(options.fault)
    check_places(faults, (address for address, _ in options.power_up), options.channels)
    config1 = 0x90 | RATES_HZ.index(options.rate or 250)
    return Settings(
        listen=options.listen,
        dial=options.dial,
        terminal=options.pty is not None,
        terminal_link=options.pty if options.pty and options.pty.name else None,
        channels=options.channels,
        seed=options.seed,
        ramp=options.ramp,
        speed=options.speed,
        ppm=options.ppm,
        buffer_bytes=options.buffer_kb * 1024,
        truth=options.truth,
        log=options.log,
        power_up=dict.fromkeys((CONFIG1, SECOND_CHIP + CONFIG1), config1) | dict(options.power_up),
        external_reference=options.external_reference,
        lines=together(options.gpio) if options.gpio else None,
        board=BoardSettings(
            packet_samples=options.packet,
            has_tube=not options.no_tube,
            vref_uv=options.vref_uv,
            board=options.board_name,
            firmware=options.firmware_name,
            samples=options.samples,
        ),
        face=face_settings(options),
        faults=faults,
    )


def render_file(settings: Settings, options: argparse.Namespace) -> int:
    """Write a stream's samples to a file."""
    rate = options.rate or 1000
    with options.render.open("wb") as file:
        counts, _ = render(settings, round(options.minutes * 60 * rate), rate)
        np.save(file, counts if options.unit == "count" else to_microvolts(counts, settings, rate))
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGINT or SIGTERM, or until standard input ends where that was asked for."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    if options.exit_with_stdin and sys.stdin is None:
        parser.error("--exit-with-stdin: there is no standard input; give it a pipe")
    stdin = sys.stdin.fileno() if options.exit_with_stdin else None
    try:
        settings = make_settings(options)
        if options.render:
            return render_file(settings, options)
        board = SimBoard(settings, keep=False, stdin=stdin)
    except FaultError as error:
        parser.error(str(error))
    except OSError as error:
        print(f"boardsim: cannot start: {error}", file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, lambda *_: board.end())
    signal.signal(signal.SIGINT, signal.SIG_IGN if stdin is not None else lambda *_: board.end())
    print("dialling" if options.dial else "listening on", board.url, flush=True)
    try:
        board.run()
    except OSError as error:  # the line's own errors never come this far: a file's do
        print(f"boardsim: cannot go on: {error}", file=sys.stderr)
        return 1
    return 0
