"""`emgd doctor`: may I record?"""

import argparse
import json
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emgd.doctor.bench import Bench
    from emgd.settings import Settings

ABOUT = """\
Is the board, the wiring and this PC fit to record? One line per check. Electrodes are judged
best on the participant's face, at rest. The board is left with the registers it came with.
Exit code 0 when fit, 1 when not, 2 when the arguments are wrong."""

EXIT_FIT = 0
EXIT_NOT_FIT = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130
_LEAST_S, _MOST_S = 2.0, 600.0


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options that it shares with `run`, and its own."""
    parser.description = ABOUT
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings, as TOML")
    parser.add_argument("--source", metavar="URL", help="the board (sim:), as for `emgd run`")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="any setting by its dotted key: doctor.impedance_kohm=20",
    )
    parser.add_argument("--record-dir", metavar="DIR", help="where recordings would go")
    parser.add_argument(
        "--save",
        type=Path,
        metavar="FILE",
        help="keep the impedances there (impedance.json in the record dir)",
    )
    parser.add_argument(
        "--seconds",
        type=_seconds,
        default=10.0,
        metavar="N",
        help="how long to look at the signal and for lost samples (10)",
    )
    parser.add_argument("--json", action="store_true", help="one object a line")


def run(args: argparse.Namespace) -> int:
    """Examine, and say what was found."""
    from emgd.config import ConfigError, load
    from emgd.doctor.benches import open_bench
    from emgd.doctor.running import running_daemon

    directory = [f"record.dir={json.dumps(args.record_dir)}"] if args.record_dir else []
    try:
        settings = load(args.config, [*args.set, *directory], source=args.source)
        bench = open_bench(settings)
    except ConfigError as error:
        print(f"emgd doctor: {error}", file=sys.stderr)
        return EXIT_USAGE
    if refusal := running_daemon(settings.control):
        print(f"emgd doctor: {refusal}", file=sys.stderr)
        return EXIT_NOT_FIT
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    try:
        return _examine(args, settings, bench)
    except KeyboardInterrupt:
        print("emgd doctor: interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    finally:
        bench.close()


def _examine(args: argparse.Namespace, settings: "Settings", bench: "Bench") -> int:
    from emgd.doctor.examination import examine
    from emgd.doctor.facts import Pc
    from emgd.doctor.finding import Finding
    from emgd.doctor.kept import FILE_NAME, keep
    from emgd.doctor.report import Report, Ticker

    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    report = Report(sys.stdout, args.json, colour)
    ticker = Ticker(sys.stderr if sys.stderr.isatty() else None)

    def say(finding: Finding) -> None:
        ticker.clear()
        report.say(finding)

    path = args.save or (Path(settings.record.dir) / FILE_NAME if settings.record.dir else None)
    examined = examine(settings, bench, args.seconds, Pc(), say, ticker)
    report.sum_up(keep(path, examined, time.time_ns()) if path else "")
    return EXIT_FIT if report.fit else EXIT_NOT_FIT


def _leave(_number: int, _frame: FrameType | None) -> None:
    """Leave once, and let the board be put back in peace."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not _LEAST_S <= seconds <= _MOST_S:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number of seconds from {_LEAST_S:g} to {_MOST_S:g}"
        )
    return seconds
