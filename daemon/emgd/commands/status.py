"""`emgd status`: how a running daemon is."""

import argparse
import sys

from emgd.commands._control import control_argument

ABOUT = """\
Say how a running daemon is.
Exit code 0 while samples stream, 1 while the daemon waits for its board or was told to stop,
3 when no daemon answers (the reason is on standard error)."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `emgd status`."""
    parser.description = ABOUT
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    control_argument(parser)
    parser.add_argument("--json", action="store_true", help="the whole answer as JSON")


def run(args: argparse.Namespace) -> int:
    """Ask the daemon and print what it says."""
    from emgd.client import ClientError, Control
    from emgd.watch.lines import written
    from emgd.watch.report import as_json, as_text

    try:
        with Control(args.control) as control:
            answer = control.ask("status")
    except ClientError as error:
        print(f"emgd status: {error}", file=sys.stderr)
        return error.exit_code
    said = as_json(answer) if args.json else as_text(answer, args.control)
    print(written(said, sys.stdout.encoding))
    return 0 if answer.get("state") == "streaming" else 1
