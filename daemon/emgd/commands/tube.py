"""`emgd tube`: the number of the digital tube, full-screen in a terminal."""

import argparse
from pathlib import Path

from emgd.commands._control import control_argument, seconds_argument, stream_argument

ABOUT = """\
Shows the number of a running daemon's digital tube on a screen that the camera sees: as large as
the terminal is, with a bar at the left of even numbers and at the right of odd ones, so that a
frame in mid-change can be told. Dashes, and a sentence below, where no numbers come. q ends it.

When a number is lit on a screen is not known (tens of milliseconds later, and not evenly): a tube
that the board lights is better, see docs/tube.md.

Exit code 0, 2 where standard output is no terminal, or 3 if no daemon was ever heard."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `emgd tube`."""
    parser.description = ABOUT
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    control_argument(parser)
    stream_argument(parser)
    parser.add_argument(
        "--digits",
        metavar="N",
        type=int,
        choices=range(1, 11),
        default=4,
        help="how many digits to show, the last ones of the number (default: %(default)s)",
    )
    parser.add_argument(
        "--log",
        metavar="FILE",
        type=Path,
        help="write down when each number was drawn: number,packets,sample,t_ns,drawn_ns",
    )
    seconds_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Show the numbers until the user ends it."""
    from emgd.onscreen.app import run_tube

    streams = [args.stream] if args.stream else None
    return run_tube(args.control, streams, args.digits, args.log, args.seconds)
