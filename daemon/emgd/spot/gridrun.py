"""`emgd spot --grid`: runs it and tells what came of it."""

import argparse
import csv
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from emgd.config import ConfigError
from emgd.export.outfile import fresh_text
from emgd.export.progress import Bar
from emgd.movements import Movements, MovementsFault
from emgd.spot.grid import GridFault, Row, Swept, rows, run_grid, variants_of
from emgd.spot.order import Order, settings_of
from emgd.spot.parallel import processes_for
from emgd.spot.truth import truths

_BEST = 10


def run_and_tell(args: argparse.Namespace, orders: Sequence[Order]) -> int:
    """Try all combinations; 1 where a file or the truth cannot be used."""
    try:
        variants = variants_of(args.grid)
        for variant in variants[:: max(1, len(variants) // _BEST)]:
            settings_of(replace(orders[0], sets=(*orders[0].sets, *variant)), {})
    except (GridFault, ConfigError) as fault:
        print(f"emgd spot: {fault}", file=sys.stderr)
        return 2
    title = f"{len(variants)} combinations over {len(orders)} files"
    with fresh_text(args.csv) if args.csv else nullcontext(sys.stdout) as out:
        with Bar(title) as bar:
            jobs = processes_for(args.jobs, [order.path for order in orders], len(variants))
            done, failed = run_grid(orders, variants, jobs, bar)
        for why in failed.values():
            print(f"emgd spot: {why}", file=sys.stderr)
        _remarks(done)
        try:
            told = list(rows(done, variants, _truth(args, done)))
        except (MovementsFault, GridFault) as fault:
            print(f"emgd spot: {fault}", file=sys.stderr)
            return 1
        _write(out, told)
    if args.csv:
        _tell(told, title)
    if failed:
        print(
            f"emgd spot: {len(failed)} of {len(orders)} files could not be used.", file=sys.stderr
        )
    return 1 if failed else 0


def _truth(args: argparse.Namespace, done: Sequence[Swept]) -> dict[Path, Movements]:
    rates = {each.order.path: each.rate_hz for each in done}
    return truths(args.truth, rates) if args.truth else {}


def _remarks(done: Sequence[Swept]) -> None:
    for path, remark in dict.fromkeys((e.order.path, r) for e in done for r in e.remarks):
        print(f"emgd spot: {path}: {remark}", file=sys.stderr)


def _write(out: TextIO, told: Sequence[Row]) -> None:
    table = csv.DictWriter(out, list(told[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(told)


def _tell(told: Sequence[Row], title: str) -> None:
    """The best of them, where a truth says which these are."""
    print(f"{title}: {len(told)} rows.")
    scored = sorted((row for row in told if row.get("f1") is not None), key=lambda r: -r["f1"])
    for row in scored[:_BEST]:
        print("  " + "  ".join(f"{key} {value}" for key, value in row.items() if value is not None))
