"""`emgd run`: the daemon."""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emgd.settings import Settings

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
        help="board: (the default), none:, serial:///dev/ttyUSB1?style=ascii or opensegment, or "
        "max7219:///dev/spidev0.1",
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
        "--watch",
        action="store_true",
        help="show the live view in this terminal, too; its q ends both",
    )
    parser.add_argument(
        "--log-level", metavar="LEVEL", help="debug, info (the default), warning or error"
    )


def run(args: argparse.Namespace) -> int:
    """Run the daemon until SIGINT or SIGTERM; SIGHUP reads the settings again."""
    from emgd.asked import Asked
    from emgd.config import ConfigError
    from emgd.limits import allow_many_files, close_to_others
    from emgd.logs import begin_log, set_level

    close_to_others()
    allow_many_files()
    asked = Asked()
    log = begin_log(held=args.watch)
    try:
        settings = _settings(args)
    except ConfigError as error:
        print(f"emgd: {error}", file=sys.stderr)
        return EXIT_USAGE
    set_level(settings.log.level)
    from ads1299.source import SourceError

    from emgd.app import Daemon
    from emgd.dsp.filters import BandError
    from emgd.keys import KeyFault
    from emgd.publish import EndpointError
    from emgd.recorder.trouble import RecordError

    view: subprocess.Popen[bytes] | None = None

    def going() -> bool:
        log.flush()
        if asked.reload():
            daemon.reload(lambda: _settings(args))
        return not asked.to_end and (view is None or view.poll() is None)

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


def _settings(args: argparse.Namespace) -> "Settings":
    """What is asked for, by the file and by the options; ConfigError lists every fault."""
    from emgd.config import load
    from emgd.places import place_faults

    return load(
        args.config,
        [*args.set, *_overrides(args)],
        also=place_faults,
        source=args.source,
        stream=args.stream,
        control=args.control,
        tube=args.tube,
    )


def _overrides(args: argparse.Namespace) -> list[str]:
    """Options of which the settings keep several in one section."""
    given = {
        "record.dir": args.record_dir,
        "record.start": args.record,
        "log.level": args.log_level,
    }
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
