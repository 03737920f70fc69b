"""`emgd align RECORDING DIGITS.csv`: video frames <-> samples."""

import argparse
import math
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emgd.align.events import Covered, Event
    from emgd.align.film import Film

_NTSC = {23.976: 24000 / 1001, 23.98: 24000 / 1001, 29.97: 30000 / 1001, 47.95: 48000 / 1001,
         59.94: 60000 / 1001, 119.88: 120000 / 1001}  # fmt: skip


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.description = (
        "Lay a video on a recording by the numbers that somebody, or emgd read-tube, read on the"
        " sync display in its frames: the time and the sample of every frame."
    )
    parser.add_argument(
        "recording", type=Path, help="the recording (.mcap, or .mcap.part as it is)"
    )
    parser.add_argument("digits_csv", type=Path, metavar="DIGITS.csv", help="rows of frame,number")
    parser.add_argument(
        "--fps",
        type=fps,
        required=True,
        help="frames a second of the video, as its file says: 25, 29.97, 30000/1001",
    )
    parser.add_argument(
        "--digits", type=_digits, default=4, help="digits of the display (4); 0: it shows all"
    )
    parser.add_argument(
        "--exposure", type=_positive, metavar="MS", help="how long a frame is exposed, if known"
    )
    parser.add_argument(
        "--start",
        type=_moment,
        metavar="TIME",
        help="about when the first frame was taken (2026-11-21T14:03:05, local time unless it says"
        " otherwise): needed where the display shows the same numbers again within the recording",
    )
    parser.add_argument(
        "--frames", type=_count, metavar="N", help="frames in the video (up to the last one read)"
    )
    out = parser.add_argument_group("what to write")
    out.add_argument(
        "--out",
        type=Path,
        metavar="FRAMES.csv",
        help="a row per frame (DIGITS_frames.csv); the readings go beside, to *_readings.csv",
    )
    out.add_argument("--plot", type=Path, metavar="OUT.png", help="draw the fit and the readings")
    out.add_argument("--json", action="store_true", help="the summary as JSON on standard output")
    out.add_argument(
        "--events", action="store_true", help="the frames of the recording's own movements, too"
    )
    out.add_argument(
        "--events-from", type=Path, metavar="FILE", help="those of JSON lines (emgd spot --json)"
    )
    out.add_argument(
        "--boris", type=Path, metavar="FILE", help="the movements, to paste into BORIS"
    )
    out.add_argument(
        "--elan", type=Path, metavar="FILE.eaf", help="movements and envelopes for ELAN"
    )
    out.add_argument("--video", type=Path, metavar="VIDEO", help="the video file, for ELAN")
    out.add_argument("--force", action="store_true", help="overwrite what is there already")


def fps(text: str) -> float:
    """A frame rate; the usual names of the NTSC rates mean the exact ones."""
    over, _, under = text.partition("/")
    try:
        value = float(over) / float(under or "1")
    except (ValueError, ZeroDivisionError):
        value = math.nan
    if not 1 <= value <= 1000:
        raise argparse.ArgumentTypeError(f"{text} is no frame rate: give 25, 29.97 or 30000/1001")
    return _NTSC.get(value, value)


def run(args: argparse.Namespace) -> int:
    """Write the tables; 1 where the readings do not determine the times."""
    from emgd.align.camera import FitFault
    from emgd.align.events import EventsFault
    from emgd.align.readings import ReadingsFault
    from emgd.align.ticks import TicksFault
    from emgd.export.outfile import InTheWay, check_outputs, not_written
    from emgd.export.timeline import ExportFault
    from emgd.recording import RecordingFault

    faults = (
        EventsFault, FitFault, InTheWay, ReadingsFault, TicksFault, ExportFault, RecordingFault,
    )  # fmt: skip
    read = (args.recording, args.digits_csv, args.events_from, args.video)
    try:
        check_outputs(_outputs(args), read, args.force)
        spotted = _read_events(args)
        film = _laid(args)
        written = _write(film, spotted, args)
    except faults as fault:
        print(f"emgd align: {fault}", file=sys.stderr)
        return 1
    except OSError as fault:
        said = not_written(fault, "name another file, or overwrite it with --force")
        print(f"emgd align: {said}", file=sys.stderr)
        return 1
    _tell(film, args, written)
    return 0


def _laid(args: argparse.Namespace) -> "Film":
    from emgd.align.camera import Camera
    from emgd.align.film import lay
    from emgd.align.readings import read
    from emgd.align.ticks import told_of
    from emgd.export.progress import Bar

    readings = read(args.digits_csv, args.digits)
    with Bar(f"reading {args.recording.name}") as bar:
        told = told_of(args.recording, bar)
    for part in told.parts:
        if part.torn:
            print(f"emgd align: {part.path.name}: {part.torn} All that is whole is used.",
                  file=sys.stderr)  # fmt: skip
    shown = told.shown(args.digits)
    start_s = None
    if args.start is not None:
        start_s = (args.start.timestamp() * 1e9 - told.zero_ns) / 1e9
    camera = Camera(
        fps=args.fps,
        exposure_s=None if args.exposure is None else args.exposure / 1e3,
        start_s=start_s,
        wrap_s=10**args.digits * shown.tick_s if args.digits else None,
    )
    with Bar("fitting") as bar:
        return lay(told, readings, camera, args.digits, args.frames, bar)


def _outputs(args: argparse.Namespace) -> list[Path]:
    """All files that will be written."""
    from emgd.align.elan import files_of

    frames, readings, events = _tables(args)
    files = [frames, readings]
    files += [events] if _wants_events(args) else []
    files += [path for path in (args.plot, args.boris) if path]
    return files + (list(files_of(args.elan)) if args.elan else [])


def _tables(args: argparse.Namespace) -> tuple[Path, Path, Path]:
    video = args.digits_csv.stem.removesuffix(".digits")  # as emgd read-tube calls its table
    frames = args.out or args.digits_csv.with_name(f"{video}_frames.csv")
    stem = frames.stem.removesuffix("_frames")
    return (
        frames,
        frames.with_name(f"{stem}_readings.csv"),
        frames.with_name(f"{stem}_events.csv"),
    )


def _wants_events(args: argparse.Namespace) -> bool:
    return bool(args.events or args.events_from or args.boris or args.elan)


def _write(film: "Film", spotted: "list[Event] | None", args: argparse.Namespace) -> list[Path]:
    """Write what was asked for; gives the files."""
    from emgd.align import plot, tables
    from emgd.align.elan import write_elan
    from emgd.align.events import write_boris, write_events
    from emgd.export.progress import Bar

    frames, readings, events_file = _tables(args)
    tables.write_frames(film, frames, args.force)
    tables.write_readings(film, readings, args.force)
    if args.plot:
        plot.plot(film, args.plot, args.force)
    if _wants_events(args):
        events = _events(film, spotted)
        write_events(film, events, events_file, args.force)
        if args.boris:
            write_boris(film, events, _subject(film), args.boris, args.force)
        if args.elan:
            with Bar("envelopes") as film.told.parts[0].watch:
                write_elan(film, events, args.video, args.elan, args.force)
    return _outputs(args)


def _read_events(args: argparse.Namespace) -> "list[Event] | None":
    """The movements of a file; None where the recording's own are meant."""
    from emgd.align.events import read_events

    return read_events(args.events_from) if args.events_from else None


def _events(film: "Film", spotted: "list[Event] | None") -> "list[Covered]":
    from emgd.align.events import covered

    known = film.told.intervals if spotted is None else spotted
    events, outside = covered(film, known)
    if outside:
        print(f"emgd align: {outside} of {len(known)} movements lie outside the video.",
              file=sys.stderr)  # fmt: skip
    if not known and spotted is None:
        print(
            "emgd align: the recording holds no spotted movements: find them with"
            " `emgd spot FILE --json > events.jsonl` and give --events-from events.jsonl.",
            file=sys.stderr,
        )
    return events


def _subject(film: "Film") -> str:
    recording = film.told.parts[0]
    return str(recording.info.get("participant") or recording.name)


def _tell(film: "Film", args: argparse.Namespace, written: list[Path]) -> None:
    import json

    from emgd.align.report import as_map, as_text

    print(as_text(film), end="", file=sys.stderr)
    if args.elan and args.video is None:
        print("emgd align: no --video was given: ELAN will ask for it.", file=sys.stderr)
    elif args.video is not None and not args.video.is_file():
        print(f"emgd align: {args.video} is not there: ELAN will ask for it.", file=sys.stderr)
    if args.json:
        print(json.dumps({**as_map(film), "written": [str(path) for path in written]}))
    else:
        print("\n".join(map(str, written)))


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text} is no time: give it as 2026-11-21T14:03:05"
        ) from None


def _digits(text: str) -> int:
    if text.isdecimal() and int(text) <= 10:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text} is no number of digits from 0 to 10")


def _count(text: str) -> int:
    if text.isdecimal() and 0 < int(text) <= 100_000_000:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text} is no number of frames")


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if 0 < value < 10_000:
        return value
    raise argparse.ArgumentTypeError(f"{text} is no time in milliseconds")
