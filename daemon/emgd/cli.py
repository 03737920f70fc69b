"""`emgd`: which subcommand, and nothing of what it does."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from emgd import __version__

COMMANDS = {
    "run": "acquire from a board and publish, until stopped",
    "doctor": "is the board, the wiring and this PC fit to record?",
    "watch": "live view in the terminal, of any running daemon",
    "tube": "the number of the digital tube, full-screen in a terminal",
    "status": "what a running daemon is doing",
    "mark": "set a mark in the stream",
    "record": "start and stop recordings",
    "mvc": "find the maximum contraction of each muscle",
    "info": "what is in a recording",
    "align": "video frames <-> samples, by the numbers on the sync display",
    "export": "a recording as BDF+, BIDS, CSV, Parquet or MAT",
    "read-tube": "the sync display's numbers, out of a video",
    "score": "how well movements were found: truth beside events",
    "spot": "expressions in recordings and other people's files",
    "recover": "make a whole recording of a torn one",
    "keys": "keys for clients on other computers",
    "config": "check a configuration, show what is in force",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand; only its own module is imported."""
    try:
        return _dispatch(list(sys.argv[1:] if argv is None else argv))
    except KeyboardInterrupt:  # before the command could take care of it itself
        return 130
    except BrokenPipeError:  # the reader of our output left, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _dispatch(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="emgd", description="Acquisition daemon for facial EMG from ADS1299 boards."
    )
    parser.add_argument("--version", action="version", version=f"emgd {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    chosen = next((word for word in words if word in COMMANDS), None)
    for name, summary in COMMANDS.items():
        subparser = subparsers.add_parser(name, help=summary, description=f"{summary}.")
        if name == chosen:
            module = importlib.import_module(f"emgd.commands.{name.replace('-', '_')}")
            module.arguments(subparser)
            subparser.set_defaults(handler=module.run)
    args = parser.parse_args(words)
    status: int = args.handler(args)
    return status
