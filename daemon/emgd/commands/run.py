"""`emgd run`: the daemon."""

import argparse
import json
import signal
import subprocess
import sys
from pathlib import Path

_LEVELS = ("debug", "info", "warning", "error")

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options; each stands above the configuration file."""
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings, as TOML")
    parser.add_argument(
        "--source",
        metavar="URL",
        help="sim: (the default), tcp://host:port, tcp-listen://address:port, "
        "serial:///dev/serial/by-id/NAME?baud=921600, or file:///recording.mcap",
    )
    parser.add_argument(
        "--stream",
        action="append",
        metavar="ENDPOINT",
        help="where to publish (tcp://127.0.0.1:5556); may be given more than once",
    )
    parser.add_argument(
        "--control", metavar="ENDPOINT", help="where to take questions (tcp://127.0.0.1:5557)"
    )
    parser.add_argument(
        "--tube",
        metavar="URL",
        help="board: (the default), none:, or serial:///dev/ttyUSB1?style=ascii",
    )
    parser.add_argument("--record-dir", metavar="DIR", help="where recordings go")
    parser.add_argument("--record", metavar="NAME", help="record from the start, under this name")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="any setting by its dotted key: filter.mains_hz=50",
    )
    parser.add_argument(
        "--watch", action="store_true", help="show the live view in this terminal, too"
    )
    parser.add_argument("--log-level", choices=_LEVELS, default="info", help="(info)")


def run(args: argparse.Namespace) -> int:
    """Run the daemon until SIGINT or SIGTERM."""
    from emgd.config import ConfigError, load
    from emgd.logs import begin_log

    log = begin_log(args.log_level, held=args.watch)
    try:
        settings = load(
            args.config,
            [*args.set, *_overrides(args)],
            source=args.source,
            stream=args.stream,
            control=args.control,
            tube=args.tube,
        )
    except ConfigError as error:
        print(f"emgd: {error}", file=sys.stderr)
        return EXIT_USAGE
    from ads1299.source import SourceError

    from emgd.app import Daemon
    from emgd.dsp.filters import BandError
    from emgd.keys import KeyFault
    from emgd.publish import EndpointError
    from emgd.recorder.trouble import RecordError

    stopping: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda got, _frame: stopping.append(got))
    view: subprocess.Popen[bytes] | None = None

    def going() -> bool:
        log.flush()
        return not stopping and (view is None or view.poll() is None)

    try:
        daemon = Daemon(settings)
        if args.watch:
            view = _show(daemon.control, settings.keys)
        daemon.run(going)
    except (BandError, ConfigError, EndpointError, KeyFault, RecordError, SourceError) as error:
        _end(view)
        print(f"emgd: {error}", file=sys.stderr)
        return EXIT_USAGE if isinstance(error, (ConfigError, KeyFault)) else EXIT_FAILED
    finally:
        _end(view)
        log.flush(all_of_them=True)
    return EXIT_OK


def _overrides(args: argparse.Namespace) -> list[str]:
    """Options of which the settings keep several in one section."""
    given = {"record.dir": args.record_dir, "record.start": args.record}
    return [f"{name}={json.dumps(value)}" for name, value in given.items() if value is not None]


def _show(control: str, keys: str) -> subprocess.Popen[bytes]:
    """The live view is a client like any other, in a process of its own."""
    from emgd.keys import THIS_PC

    key = ["--key", f"{keys}/{THIS_PC}.toml"] if keys else []
    return subprocess.Popen([sys.executable, "-m", "emgd", "watch", "--control", control, *key])


def _end(view: subprocess.Popen[bytes] | None) -> None:
    """Let the view put the terminal in order before anything else is said there."""
    if view is not None:
        view.terminate()
        view.wait()
