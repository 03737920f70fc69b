"""`make compare-spotters`: detectors side by side on the same streams of the simulated face.

Prints the tables of docs/comparison.md in Markdown. All of it takes a quarter of an
hour on one core; `--minutes 5 --trials 5` shows in some minutes that it runs.
"""

import argparse
import platform
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from time import perf_counter, strftime

from emgd.face.figures import Report

from tests.spotters.method import Method, Params
from tests.spotters.streams import Stream, streams
from tests.spotters.tuning import spot_all, tuned

GROUPS = ("ours", "paper", "neurokit", "bio_sppy")
HEAD = (
    "| detector | F1 | F1, blinks and swallows counted as false | IoU of the hits"
    " | onset, offset off by (ms, mean absolute) | onset told after (ms, median) | false a minute"
    " | s a minute |"
)


def main() -> int:
    args = _arguments()
    warnings.simplefilter("ignore")  # of the libraries that are compared: silent pieces, no fit
    wanted = ("neurokit2", "biosppy", "numpy")
    packages = ", ".join(f"{name} {version(name)}" for name in wanted if find_spec(name))
    print(
        f"{strftime('%B %Y')}, Python {platform.python_version()}, {packages}."
        f" Scored on {args.minutes:g} minutes (5 each of the people with seeds from"
        f" {args.seed}), tuned on {args.tune_minutes:g} (1 each, seeds from {args.tune_seed}) in"
        f" {args.trials} trials each.\n"
    )
    held_out = list(streams(args.seed, args.minutes, each=5.0))
    tuning = list(streams(args.tune_seed, args.tune_minutes, each=1.0)) if args.trials else []
    print(_truth(held_out))
    print(f"\n{HEAD}\n|" + "---|" * (HEAD.count("|") - 1), flush=True)
    chosen: list[tuple[str, str]] = []
    for group in args.groups or GROUPS:
        for method in import_module(f"tests.spotters.{group}").METHODS:
            print(_row(method.name, method, held_out, method.defaults), flush=True)
            if args.trials and method.choices:
                best = tuned(method, tuning, args.trials)
                chosen.append((method.name, ", ".join(f"{k} {v}" for k, v in best.items())))
                print(_row(f"{method.name}, tuned", method, held_out, best), flush=True)
    for method in import_module("tests.spotters.ours").METHODS:
        if method.retracted:
            back = method.retracted / sum(stream.minutes for stream in held_out)
            print(f"\n{method.name}: {back:.1f} `onset` a minute are taken back.")
    if chosen:
        print("\n| tuned | parameters |\n|---|---|")
        print("\n".join(f"| {name} | {params} |" for name, params in chosen))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make compare-spotters")
    parser.add_argument("groups", nargs="*", choices=[[], *GROUPS], help="which detectors (all)")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=9001, help="of the first person scored")
    parser.add_argument("--tune-minutes", type=float, default=5.0)
    parser.add_argument("--tune-seed", type=int, default=1)
    parser.add_argument("--trials", type=int, default=30, help="0: defaults only")
    return parser.parse_args()


def _truth(held_out: Sequence[Stream]) -> str:
    kinds = [span.kind for stream in held_out for span in stream.truth]
    return ", ".join(f"{kinds.count(kind)} {kind}" for kind in sorted(set(kinds))) + "."


def _row(name: str, method: Method, held_out: Sequence[Stream], params: Params) -> str:
    began = perf_counter()
    try:
        report = spot_all(method, held_out, params)
    except (IndexError, ValueError) as fault:
        return f"| {name} | fails: {type(fault).__name__}: {fault} | | | | | | |"
    cost = (perf_counter() - began) / sum(stream.minutes for stream in held_out)
    return f"| {name} | {' | '.join(_cells(report))} | {cost:.2f} |"


def _cells(report: Report) -> list[str]:
    off = [
        "-" if errors is None else f"{errors.mean_absolute_ms:.0f}"
        for errors in (report.onset, report.offset)
    ]
    latency = report.onset_latency
    return [
        _share(report.main.f1),
        _share(report.main.f1_counted),
        _share(report.iou_of_hits),
        ", ".join(off),
        "-" if latency is None else f"{latency.p50_ms:.0f}",
        f"{report.false_per_min:.2f}",
    ]


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    sys.exit(main())
