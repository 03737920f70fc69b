"""`emgd recover FILE`: a well-closed recording out of a torn one."""

import argparse
import sys
from pathlib import Path


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.description = (
        "Copy all that is whole in a torn recording into a well-closed one; the torn one stays."
    )
    parser.add_argument("file", type=Path, help="the torn recording (.mcap.part or .mcap)")
    parser.add_argument("--out", type=Path, help="file to write (default: beside the torn one)")


def run(args: argparse.Namespace) -> int:
    """Write the well-closed file and say what is in it; 1 where that cannot be."""
    from emgd.export.progress import Bar
    from emgd.recording import RecordingFault
    from emgd.recording.recover import recover, recovered_path

    source: Path = args.file
    target: Path = args.out or recovered_path(source)
    try:
        with Bar(f"recovering {source.name}") as bar:
            done = recover(source, target, bar)
    except RecordingFault as fault:
        print(f"emgd recover: {fault}", file=sys.stderr)
        return 1
    if done.was_closed and not done.bad_chunks:
        print(f"{source} was whole already.")
    if done.bad_chunks:
        print(f"{done.bad_chunks} damaged pieces inside the file were left out.")
    if done.unread_bytes:
        print(f"The last {done.unread_bytes} bytes of {source} were no whole message.")
    print(done.receipt.text(), end="")
    return 0
