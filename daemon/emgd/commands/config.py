"""`emgd config check` and `emgd config show`: is a file sound, and what is in force?"""

import argparse
import sys
from pathlib import Path

EXIT_OK = 0
EXIT_USAGE = 2


def arguments(parser: argparse.ArgumentParser) -> None:
    """Two things may be done with a configuration."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = actions.add_parser("check", help="tell every fault of a file, with its line")
    check.add_argument("config", type=Path, metavar="FILE")
    show = actions.add_parser(
        "show", help="every key with its value, its default, its range and what it does"
    )
    show.add_argument("config", type=Path, nargs="?", metavar="FILE")
    form = show.add_mutually_exclusive_group()
    form.add_argument("--plain", action="store_true", help="without the explanations")
    form.add_argument(
        "--template", action="store_true", help="a file to begin with: defaults are commented out"
    )
    for action in (check, show):
        action.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")


def run(args: argparse.Namespace) -> int:
    """Load the configuration as `emgd run` does."""
    from emgd.config import ConfigError, load
    from emgd.configshow import as_toml

    try:
        settings = load(args.config, args.set)
    except ConfigError as error:
        print(f"emgd: {error}", file=sys.stderr)
        return EXIT_USAGE
    if args.action == "show":
        shown = as_toml(settings, comments=not args.plain, template=args.template)
        sys.stdout.write(shown)
    else:
        print(f"{args.config}: can be used")
    return EXIT_OK
