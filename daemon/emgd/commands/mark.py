"""`emgd mark`: set a mark in the stream and in the recording."""

import argparse
import re
import sys

from emgd.commands._control import control_argument

ABOUT = """\
Set a mark. Without --at-ns it gets the time at which it reaches the daemon.
VALUE is kept as an integer (3, -1), a number (0.5, 1e3) or else as text; so is 007.
Exit code 0 when it is set, 1 when the daemon refuses it, 3 when no daemon answers."""

INTEGER = re.compile(r"[+-]?(0|[1-9][0-9]{0,17})")
DECIMAL = re.compile(r"[+-]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][+-]?[0-9]{1,2})?")
EARLIEST_NS = 10**18  # September 2001: less is seconds, milliseconds or microseconds


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `emgd mark`."""
    parser.description = ABOUT
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    control_argument(parser)
    parser.add_argument("label", metavar="LABEL", help="what happened")
    parser.add_argument("value", metavar="VALUE", nargs="?", type=typed, help="which, or how much")
    parser.add_argument(
        "--at-ns", metavar="T", type=moment, help="when it happened: UTC nanoseconds since 1970"
    )


def run(args: argparse.Namespace) -> int:
    """Set the mark and say where it went."""
    from emgd.client import ClientError, Control
    from emgd.watch.fields import whole
    from emgd.watch.numbers import utc_date

    fields = {"label": args.label, "value": args.value}
    if args.at_ns is not None:
        fields["t_ns"] = args.at_ns
    try:
        with Control(args.control) as control:
            answer = control.ask("mark", **fields)
    except ClientError as error:
        print(f"emgd mark: NO MARK WAS SET: {error}", file=sys.stderr)
        return error.exit_code
    t_ns = whole(answer.get("t_ns"))
    when = "at a time that the daemon did not tell" if t_ns is None else utc_date(t_ns)
    print(f"sample {answer.get('sample')}  {when}")
    return 0


def typed(written: str) -> int | float | str:
    """Read a value as it was typed."""
    if INTEGER.fullmatch(written):
        return int(written)
    return float(written) if DECIMAL.fullmatch(written) else written


def moment(written: str) -> int:
    """Read a time in nanoseconds since 1970."""
    if not re.fullmatch("[0-9]{1,19}", written) or not EARLIEST_NS <= int(written) < 2**63:
        raise argparse.ArgumentTypeError(
            f"{written!r} is no time in nanoseconds since 1970: 19 digits are wanted, "
            "as `date +%s%N` writes them"
        )
    return int(written)
