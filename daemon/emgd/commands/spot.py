"""`emgd spot FILE ...`: the expressions in recordings and in other people's files."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emgd.spot.order import Order, Result

_USAGE = 2
_PICTURES = (".png", ".pdf", ".svg", ".jpg")


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.description = (
        "Find expressions in files: recordings (.mcap), .bdf, .edf, .csv, .txt, .npy, .mat, or"
        " folders of them."
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="file or folder")
    parser.add_argument(
        "--method",
        choices=("online", "baseline"),
        default="online",
        help="as the daemon spots (the default), or as the paper does, offline",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="any setting of spotter, filter or baseline (L, S, k, Sn, Wf, Wb for short)",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings, as TOML")
    parser.add_argument(
        "--clip",
        action="store_true",
        help="baseline: each file is a clip with one expression: one event per channel",
    )
    _about_the_file(parser.add_argument_group("what the file does not say"))
    _out(parser.add_argument_group("what comes out"))
    grid = parser.add_argument_group("many settings")
    grid.add_argument(
        "--grid",
        action="append",
        default=[],
        metavar="KEY=A,B;KEY=1..5",
        help="try all combinations, and give a table (CSV) with a row for each",
    )
    grid.add_argument(
        "--truth",
        type=Path,
        help="true movements: the table has their score (a folder, where there are several files)",
    )
    parser.add_argument(
        "--jobs",
        type=_count,
        metavar="N",
        help="processes (as many as the files are worth, up to all cores)",
    )


def _about_the_file(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--rate", type=_positive, metavar="HZ", help="samples a second")
    group.add_argument("--unit", choices=("uV", "mV", "V", "count"), help="of the numbers")
    group.add_argument("--uv-per-count", type=_positive, metavar="UV", help="for --unit count")
    group.add_argument("--channels", type=_words, default=(), help="numbers from 0, or names: 0,2")
    group.add_argument(
        "--muscles",
        type=_words,
        default=(),
        help="one for each channel, parted by commas; `paper`: the seven of the method's paper",
    )
    group.add_argument("--mvc", type=_numbers, default=(), help="µV at maximum contraction, each")
    group.add_argument("--rows", choices=("samples", "channels"), help="what a row of an array is")
    group.add_argument("--variable", metavar="NAME", help="the signal in a .mat file")


def _out(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--json", action="store_true", help="an object a line, as in `interval`")
    group.add_argument("--csv", type=Path, metavar="OUT.csv", help="write a table as well")
    group.add_argument("--plot", type=Path, metavar="OUT.png", help="draw a picture as well")


def run(args: argparse.Namespace) -> int:
    """Spot; 1 where a file could not be used, 2 where what was asked makes no sense."""
    from emgd.config import ConfigError
    from emgd.export.outfile import fresh, not_written
    from emgd.spot.order import settings_of

    try:
        orders = _orders(args)
        settings_of(orders[0], {})
    except (ConfigError, ValueError) as fault:
        print(f"emgd spot: {fault}", file=sys.stderr)
        return _USAGE
    try:
        for path in filter(None, (args.csv, args.plot)):  # before the work, not after it
            with fresh(path):
                pass
            path.unlink()
        if args.grid:
            from emgd.spot.gridrun import run_and_tell

            return run_and_tell(args, orders)
        return _run(args, orders)
    except KeyboardInterrupt:
        print("emgd spot: stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # of our own output: the reader left
        raise
    except OSError as fault:
        print(f"emgd spot: {not_written(fault, 'name another file')}", file=sys.stderr)
        return 1


def _orders(args: argparse.Namespace) -> list["Order"]:
    from emgd.signals import Wanted
    from emgd.spot.files import files_of
    from emgd.spot.order import Order, unheard

    files = files_of(args.files)
    if not files:
        raise ValueError(f"there is no file that can be read in {', '.join(map(str, args.files))}.")
    if args.plot and (len(files) > 1 or args.grid):
        raise ValueError("--plot draws one file, with one choice of settings.")
    if args.plot and args.plot.suffix.lower() not in _PICTURES:
        raise ValueError(f"--plot {args.plot}: its name must end in {', '.join(_PICTURES)}.")
    if args.clip and args.method != "baseline":
        raise ValueError("--clip is for --method baseline.")
    parts = [*args.set, *(part for grid in args.grid for part in grid.split(";"))]
    if other := unheard(args.method, (part.partition("=")[0].strip() for part in parts)):
        raise ValueError(f"{', '.join(other)}: `emgd spot --method {args.method}` does not use it.")
    if args.truth and not args.grid:
        raise ValueError("--truth is for --grid; for one choice of settings: emgd score.")
    wanted = Wanted(
        rate_hz=args.rate,
        unit=args.unit,
        uv_per_count=args.uv_per_count,
        channels=args.channels,
        muscles=args.muscles,
        mvc_uv=args.mvc,
        rows=args.rows,
        variable=args.variable,
    )
    return [
        Order(path, wanted, args.method, tuple(args.set), args.config, args.clip, bool(args.plot))
        for path in files
    ]


def _run(args: argparse.Namespace, orders: Sequence["Order"]) -> int:
    from emgd.spot.results import in_order

    results: list[Result] = []
    failed = 0
    for path, outcome in in_order(orders, args.jobs):
        if isinstance(outcome, Exception):
            print(f"emgd spot: {outcome}", file=sys.stderr)
            failed += 1
            continue
        for remark in outcome.remarks:
            print(f"emgd spot: {path}: {remark}", file=sys.stderr)
        results.append(outcome)
        _show(args, outcome, len(orders) > 1)
    if args.csv and results:
        from emgd.spot.show import write_csv

        write_csv(results, args.csv)
    if args.plot and results:
        from emgd.signals import SignalFault
        from emgd.spot.picture import draw

        try:
            draw(results[0], args.plot)
        except SignalFault as fault:
            print(f"emgd spot: {fault}", file=sys.stderr)
            failed += 1
    if failed and len(orders) > 1:
        print(f"emgd spot: {failed} of {len(orders)} files could not be used.", file=sys.stderr)
    return 1 if failed else 0


def _show(args: argparse.Namespace, result: "Result", several: bool) -> None:
    from emgd.spot.show import json_lines, table

    if args.json:
        for line in json_lines(result, several):
            print(line, flush=True)
    else:
        print(table(result), end="", flush=True)


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError("must be above 0 and below 1e9")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return value


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(","))


def _numbers(text: str) -> tuple[float | None, ...]:
    return tuple(_positive(word) if word else None for word in _words(text))
