"""`emgd mvc`: find the maximum contraction of each muscle, with a person in front of you."""

import argparse
import re
from pathlib import Path

from emgd.commands._control import control_argument, stream_argument

ABOUT = """\
Lead a person through the maximum contraction of each muscle: what to do, a countdown, a live bar,
and what looks wrong. The values go to the daemon, which from then on gives movements in percent of
them, and into a file with the person's name, to be loaded again.

space starts, s skips a muscle, r repeats the last attempt, q quits.
Without a terminal, or with --plain: sentences, and a line of input for each key (Enter starts).
Exit code 0 when every muscle has a value, 1 when not, 2 for wrong arguments, 3 when no daemon
answers."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `emgd mvc`."""
    parser.description = ABOUT
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    control_argument(parser)
    add = parser.add_argument
    stream_argument(parser)
    add("--person", metavar="ID", type=_person, help="whose face it is: letters, digits, - and _")
    add("--load", metavar="FILE", type=Path, help="measure nothing: use the values of that file")
    add(
        "--out",
        metavar="PATH",
        help="file or folder for the values (the daemon's record folder if it is on this PC, "
        "else the current one; mvc_ID.json)",
    )
    add(
        "--channels",
        metavar="NAME,...",
        default="",
        help="which ones, by name, in that order (all that lie on a muscle)",
    )
    add("--repetitions", metavar="N", type=_count, default=3, help="attempts of each (3)")
    add("--seconds", metavar="S", type=_hold, default=4.0, help="how long to hold (4)")
    add("--rest", metavar="S", type=_rest, default=5.0, help="between two attempts (5)")
    add("--plain", action="store_true", help="sentences instead of a screen")


def run(args: argparse.Namespace) -> int:
    """Measure, or load what was measured."""
    from emgd.guided.app import Wanted, complain, load_values, run_guide
    from emgd.guided.guide import Plan

    if args.load is not None:
        return load_values(args.control, args.load)
    if args.person is None:
        return complain("give --person ID, so that the values can be found again", 2)
    wanted = Wanted(
        args.person,
        args.out,
        tuple(name for name in args.channels.split(",") if name),
        Plan(args.repetitions, args.seconds, args.rest),
        args.plain,
        [args.stream] if args.stream else None,
    )
    return run_guide(args.control, wanted)


def _person(written: str) -> str:
    if not re.fullmatch("[A-Za-z0-9_-]{1,64}", written):
        raise argparse.ArgumentTypeError(f"{written!r}: letters, digits, - and _ only")
    return written


def _count(written: str) -> int:
    if not written.isdecimal() or not 1 <= int(written) <= 20:
        raise argparse.ArgumentTypeError(f"{written!r} is no number from 1 to 20")
    return int(written)


def _between(written: str, low: float, high: float) -> float:
    try:
        seconds = float(written)
    except ValueError:
        seconds = -1.0
    if not low <= seconds <= high:
        raise argparse.ArgumentTypeError(f"{written!r} is not from {low:g} to {high:g} seconds")
    return seconds


def _hold(written: str) -> float:
    return _between(written, 1.5, 30)


def _rest(written: str) -> float:
    return _between(written, 0, 300)
