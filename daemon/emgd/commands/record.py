"""`emgd record`: start and stop recordings of a running daemon."""

import argparse
import sys

from emgd.commands._control import control_argument

_STOP_TIMEOUT_S = 30.0  # a slow disk has to be waited for


def arguments(parser: argparse.ArgumentParser) -> None:
    """start NAME, or stop."""
    control_argument(parser)
    actions = parser.add_subparsers(dest="action", metavar="start|stop", required=True)
    start = actions.add_parser("start", help="begin a recording")
    start.add_argument("name", nargs="?", metavar="NAME", help="letters, digits, - and _")
    for part in ("participant", "session", "task", "run"):
        start.add_argument(f"--{part}", metavar="LABEL", help="makes the name, as BIDS does")
    start.add_argument(
        "--info",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="about the participant, kept in the recording; may be given more than once",
    )
    stop = actions.add_parser("stop", help="end the recording and show its receipt")
    for action in (start, stop):
        action.add_argument("--control", default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Ask the daemon, and show what it says."""
    from emgd.client import ClientError, Control

    try:
        with Control(args.control) as control:
            control.ask("clock")  # is anybody there? the disk may take longer than this question
        with Control(args.control, _STOP_TIMEOUT_S) as control:
            if args.action == "start":
                print(control.ask("record.start", **_request(args))["path"])
                return 0
            receipt = control.ask("record.stop")
            print(receipt["text"], end="")
            whole = receipt["verdict"] == "ok" and not receipt["problems"]
            return 0 if whole else 1
    except ClientError as error:
        print(f"emgd record: {error}", file=sys.stderr)
        return error.exit_code


def _request(args: argparse.Namespace) -> dict[str, object]:
    parts = ("name", "participant", "session", "task", "run")
    request = {part: value for part in parts if (value := getattr(args, part)) is not None}
    info = dict(pair.partition("=")[::2] for pair in args.info)
    return {**request, **({"info": info} if info else {})}
