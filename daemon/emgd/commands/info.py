"""`emgd info FILE`: what is in a recording."""

import argparse
import sys
from pathlib import Path


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.description = "Say what is in a recording: length, rate, loss, gaps, events, people."
    parser.add_argument("file", type=Path, help="the recording (.mcap, or .mcap.part as it is)")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.add_argument(
        "--methods", action="store_true", help="a Methods paragraph for a paper instead of a table"
    )
    parser.add_argument("--study", type=Path, help="study file for --methods")
    parser.add_argument("--plot", type=Path, metavar="OUT.png", help="draw it to a picture as well")


def run(args: argparse.Namespace) -> int:
    """Print it; 1 where the file cannot be read."""
    import json

    from emgd.export.progress import Bar
    from emgd.export.timeline import ExportFault
    from emgd.recording import RecordingFault
    from emgd.recording import open as open_recording
    from emgd.recording.info import overview
    from emgd.recording.methods import methods
    from emgd.recording.plot import plot
    from emgd.study import StudyFault, load

    try:
        recording = open_recording(args.file)
        with Bar(f"reading {recording.path.name}") as recording.watch:
            found = overview(recording)
            if args.plot:
                plot(recording, args.plot)
        study = load(args.study).as_map() if args.study else recording.study
    except (RecordingFault, ExportFault, StudyFault) as fault:
        print(f"emgd info: {fault}", file=sys.stderr)
        return 1
    except OSError as fault:
        print(f"emgd info: {fault.filename}: {fault.strerror}.", file=sys.stderr)
        return 1
    if args.json:
        print(json.dumps(found.as_map(), default=repr))
    elif args.methods:
        print(methods(found, study))
    else:
        print(found.table(), end="")
    return 0
