"""`emgd export FILE --to FORMAT`: a recording in the format of another program."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emgd.recording import Recording

FORMATS = ("bdf", "bids", "csv", "parquet", "mat")
_NUMBERS = ("csv", "parquet", "mat")
_WHO = ("participant", "session", "task", "run")


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.description = "Give a recording to other programs; the recording stays as it is."
    parser.add_argument("file", type=Path, help="the recording (.mcap, or .mcap.part as it is)")
    parser.add_argument("--to", required=True, choices=FORMATS, help="the format")
    parser.add_argument(
        "--out", type=Path, help="file (for bids: dataset folder, which may exist) to write"
    )
    parser.add_argument(
        "--unit",
        choices=("uV", "count"),
        help="csv, parquet and mat: microvolts (the default) or counts of the converter",
    )
    parser.add_argument(
        "--discontinuous",
        action="store_true",
        help="bdf: leave gaps out (BDF+D) instead of filling them; few programs read that rightly",
    )
    bids = parser.add_argument_group("bids")
    bids.add_argument("--study", type=Path, help="study file, where the recording has none")
    for key in _WHO:
        bids.add_argument(f"--{key}", help=f"{key}, where the recording's name does not tell it")


def run(args: argparse.Namespace) -> int:
    """Write the export; 1 where that cannot be."""
    from emgd.export.outfile import not_written
    from emgd.export.progress import Bar
    from emgd.export.timeline import ExportFault
    from emgd.recording import RecordingFault
    from emgd.recording import open as open_recording
    from emgd.study import StudyFault

    try:
        recording = open_recording(args.file)
        _warn(recording, args)
        with Bar(f"{recording.path.name} to {args.to}") as recording.watch:
            told = _write(recording, args)
    except (ExportFault, RecordingFault, StudyFault) as fault:
        print(f"emgd export: {fault}", file=sys.stderr)
        return 1
    except OSError as fault:
        said = not_written(fault, "name another file with --out")
        print(f"emgd export: {said}", file=sys.stderr)
        return 1
    print(told)
    return 0


def _write(recording: "Recording", args: argparse.Namespace) -> Path:
    """Write it; gives where it is."""
    if args.to == "bids":
        return _write_bids(recording, args)
    out: Path = args.out or _beside(recording.path, args.to)
    unit = args.unit or "uV"
    left_out = 0
    if args.to == "bdf":
        from emgd.export.bdf import write_bdf

        left_out = write_bdf(recording, out, args.discontinuous)
    elif args.to == "mat":
        from emgd.export.mat import write_mat

        left_out = write_mat(recording, out, unit)
    elif args.to == "csv":
        from emgd.export.table import write_csv

        write_csv(recording, out, unit)
    else:
        from emgd.export.columns import write_parquet

        write_parquet(recording, out, unit)
    _warn_left_out(left_out)
    return out


def _write_bids(recording: "Recording", args: argparse.Namespace) -> Path:
    from emgd.export.bids import write_bids
    from emgd.study import load

    study: dict[str, Any] = load(args.study).as_map() if args.study else recording.study
    given = {key: value for key in _WHO if (value := getattr(args, key)) is not None}
    root = args.out or recording.path.with_name(f"{_stem(recording.path)}_bids")
    written = write_bids(recording, root, study, given)
    if written.missing:
        print(
            f"emgd export: nobody told {', '.join(written.missing)}: 'n/a' stands there."
            " Give a study file with --study.",
            file=sys.stderr,
        )
    _warn_left_out(written.left_out)
    return written.bdf


def _warn(recording: "Recording", args: argparse.Namespace) -> None:
    """What a user has to know before using the export."""
    said = []
    if recording.torn:
        said.append(f"{recording.torn} All that is whole is exported.")
    said += [f"The recording goes on in {path}: export that too." for path in recording.later_parts]
    if args.unit and args.to not in _NUMBERS:
        said.append(f"--unit says nothing for {args.to}: it holds counts and their size.")
    if args.discontinuous and args.to == "bdf":
        said.append(
            "MNE reads BDF+D as if nothing were missing, and pyedflib refuses it:"
            " use it only for programs that are known to read it."
        )
    elif args.discontinuous:
        said.append(f"--discontinuous says nothing for {args.to}.")
    for sentence in said:
        print(f"emgd export: {sentence}", file=sys.stderr)


def _warn_left_out(events: int) -> None:
    if events:
        print(
            f"emgd export: {events} events lie outside the samples and have no place in this"
            " format; `--to csv` has them all.",
            file=sys.stderr,
        )


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(f"{_stem(path)}.{suffix}")


def _stem(path: Path) -> str:
    return path.name.removesuffix(".part").removesuffix(".mcap")
