"""`emgd keys`: keys for clients on other computers."""

import argparse
import sys
from pathlib import Path

EXIT_OK = 0
EXIT_FAILED = 1

ABOUT = """\
Make the keys with which other computers may connect: the daemon's own at first use, and one for
each NAME. With keys only listed clients get in, to the stream and to the control socket alike, and
what is sent is encrypted. Existing keys are never made anew."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Names of clients, and where the keys are."""
    parser.description = ABOUT
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("names", nargs="*", metavar="NAME", help="a client: a computer, a person")
    parser.add_argument(
        "--dir",
        type=Path,
        default=Path("emgd-keys"),
        metavar="DIR",
        help="the folder of the keys (%(default)s); for the service /etc/emgd/keys",
    )
    parser.add_argument("--list", action="store_true", help="who may connect")
    parser.add_argument("--remove", metavar="NAME", help="shut a client out")


def run(args: argparse.Namespace) -> int:
    """Make keys, or change who is listed."""
    from emgd.keys import CLIENTS, KeyFault, load_clients, remove_client

    try:
        if args.remove:
            remove_client(args.dir, args.remove)
            print(f"{args.remove} is shut out from its next connection on")
        elif args.list:
            for name, key in load_clients(args.dir / CLIENTS).items():
                print(f"{name}\t{key.decode()}")
        else:
            _make(args.dir, args.names)
    except KeyFault as fault:
        print(f"emgd keys: {fault}", file=sys.stderr)
        return EXIT_FAILED
    return EXIT_OK


def _make(folder: Path, names: list[str]) -> None:
    from emgd.keys import THIS_PC, make_client, make_daemon_pair

    if make_daemon_pair(folder):
        print(f"made the daemon's key in {folder}")
        names = [THIS_PC, *(name for name in names if name != THIS_PC)]
    elif not names:
        print(f"{folder} has keys already; give a NAME to make one for another client")
    made = [make_client(folder, name) for name in names]
    if made:
        print(_steps(folder, made))


def _steps(folder: Path, made: list[Path]) -> str:
    files = "\n".join(f"       {path}" for path in made)
    return f"""made
{files}
Three steps from here:
  1. Copy each file to its client, over a way that nobody else reads (scp, a stick), and delete it
     here. {folder / "this-pc.toml"} is for programs on this PC.
  2. In the daemon's configuration write
       keys = "{folder.absolute()}"
       stream = ["tcp://0.0.0.0:5556"]
       control = "tcp://0.0.0.0:5557"
     and start the daemon again. From then on nobody gets in without a key, programs here included.
  3. On the client:
       emgd watch --control tcp://THIS-PC:5557 --key NAME.toml
     docs/operation.md has the four lines for programs of your own."""
