"""`emgd score TRUTH EVENTS`: how well movements were found."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emgd.face.figures import Report
    from emgd.movements import Movements

_UNITS = ("samples", "seconds", "frames")


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.description = (
        "Compare found movements with true ones: precision, recall and F1 by intersection over"
        " union, errors, latency, false ones a minute, and the paper's own figures. Both files may"
        " be JSON lines (`emgd spot`, `boardsim --truth`), a recording (.mcap) or a sheet as CSV."
    )
    parser.add_argument("truth", type=Path, metavar="TRUTH", help="the true movements")
    parser.add_argument("events", type=Path, metavar="EVENTS", help="what was found")
    parser.add_argument("--minutes", type=_positive, help="how long was listened, for false/min")
    parser.add_argument("--rate", type=_positive, metavar="HZ", help="samples a second")
    parser.add_argument("--fps", type=_positive, help="frames a second, for sheets in frames")
    for which in ("truth", "events"):
        parser.add_argument(
            f"--{which}-unit",
            choices=_UNITS,
            help=f"unit of the places in {which.upper()}, where it is a sheet that does not tell",
        )
    parser.add_argument(
        "--clock",
        choices=("emg", "video"),
        default="emg",
        help="which columns of a sheet that has both, as CASMEMG's (emg)",
    )
    parser.add_argument("--clip", metavar="NAME", help="only this recording of a sheet (1/9)")
    parser.add_argument(
        "--by-channel", action="store_true", help="only movements of the same channel may match"
    )
    parser.add_argument("--list", action="store_true", help="also list what was missed and false")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    form.add_argument("--csv", action="store_true", help="a row for each figure instead of a table")


def run(args: argparse.Namespace) -> int:
    """Print the score; 1 where a file cannot be used."""
    from emgd.face.score import score
    from emgd.movements import MovementsFault, Told, read
    from emgd.movements.together import in_step, of_same_clips

    try:
        truth, found = (
            read(path, Told(args.rate, args.fps, unit, args.clock))
            for path, unit in ((args.truth, args.truth_unit), (args.events, args.events_unit))
        )
        rate_hz = in_step(truth, found)
        of_same_clips(truth, found, args.clip)
    except MovementsFault as fault:
        print(f"emgd score: {fault}", file=sys.stderr)
        return 1
    for sentence in (*truth.said, *found.said):
        print(f"emgd score: {sentence}", file=sys.stderr)
    minutes = args.minutes or truth.minutes or found.minutes
    report = score(
        truth.spans,
        found.spans,
        minutes,
        rate_hz,
        by_channel=args.by_channel,
        retracted=found.retracted,
    )
    _print(args, report, truth, found, rate_hz)
    return 0


def _print(
    args: argparse.Namespace,
    report: "Report",
    truth: "Movements",
    found: "Movements",
    rate_hz: float,
) -> None:
    import csv
    import json

    from emgd.score_report import LISTS, how_many, list_lines, rows, table

    if args.json:
        told = {"rate_hz": rate_hz, **report.as_map()}
        print(json.dumps(told if args.list else {k: v for k, v in told.items() if k not in LISTS}))
    elif args.csv:
        out = csv.writer(sys.stdout, lineterminator="\n")
        out.writerow(("figure", "iou", "kind", "value"))
        out.writerows(rows(report))
    else:
        length = "" if report.minutes is None else f" in {report.minutes:.1f} minutes"
        print(f"true:  {how_many(truth.spans)}{length}\nfound: {how_many(found.spans)}\n")
        print(table(report), end="")
    if args.list and not args.json:
        print(file=sys.stderr if args.csv else sys.stdout)
        for line in list_lines(report, rate_hz):
            print(line, file=sys.stderr if args.csv else sys.stdout)


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError("must be above 0")
    return value
