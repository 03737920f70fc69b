"""`emgd watch`: a live view in the terminal, of any running daemon."""

import argparse

from emgd.commands._control import control_argument, seconds_argument, stream_argument

ABOUT = """\
A live view of a running daemon: state, envelopes, losses, marks and movements.
It shows and marks; it never changes the recording. ? lists the keys.

Where standard output is no terminal, or with --plain, it writes one line a second.
Exit code 0, or 3 if no daemon was ever heard."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `emgd watch`."""
    parser.description = ABOUT
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    control_argument(parser)
    stream_argument(parser)
    parser.add_argument("--plain", action="store_true", help="one line a second instead of a view")
    seconds_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Show the daemon until the user has seen enough."""
    from emgd.watch.app import run_view

    streams = [args.stream] if args.stream else None
    return run_view(args.control, streams, args.plain, args.seconds, lambda: False)
