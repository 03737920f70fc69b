"""The options that commands share which talk to a running daemon."""

import argparse
import os


def control_argument(parser: argparse.ArgumentParser) -> None:
    """Let the user name the daemon to talk to."""
    parser.add_argument(
        "--control",
        metavar="ENDPOINT",
        default="tcp://127.0.0.1:5557",
        help="the daemon's control endpoint (default: %(default)s)",
    )
    parser.add_argument(
        "--key",
        metavar="FILE",
        action=_UseKey,
        help="the key that the daemon asks for, made by `emgd keys` (default: $EMGD_KEY)",
    )


def stream_argument(parser: argparse.ArgumentParser) -> None:
    """Let the user name the stream of that daemon, too."""
    parser.add_argument(
        "--stream",
        metavar="ENDPOINT",
        help="the daemon's stream endpoint (default: the daemon is asked)",
    )


def seconds_argument(parser: argparse.ArgumentParser) -> None:
    """Let the user say how long to look at it."""
    parser.add_argument(
        "--seconds", metavar="N", type=float, help="end after that time (default: never)"
    )


class _UseKey(argparse.Action):
    """The key counts for all sockets of the program, and for the programs that it starts."""

    def __call__(
        self,
        _parser: argparse.ArgumentParser,
        _namespace: argparse.Namespace,
        value: object,
        _option: str | None = None,
    ) -> None:
        """Leave it where the client looks for it."""
        os.environ["EMGD_KEY"] = str(value)
