"""The option that all commands share which talk to a running daemon."""

import argparse


def control_argument(parser: argparse.ArgumentParser) -> None:
    """Let the user name the daemon to talk to."""
    parser.add_argument(
        "--control",
        metavar="ENDPOINT",
        default="tcp://127.0.0.1:5557",
        help="the daemon's control endpoint (default: %(default)s)",
    )
