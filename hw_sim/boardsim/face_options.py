"""The options that say what is on the electrodes, and those of `--render`."""

import argparse
from pathlib import Path

from boardsim.face import Effort, FaceSettings
from boardsim.fault_grammar import FaultError

NUMBERS = {
    "noise-uv": "noise at rest, rms in 0-500 Hz",
    "hum-uv": "mains hum, amplitude",
    "hum-hz": "mains frequency",
    "drift-uv": "slow drift, rms",
    "offset-mv": "electrode offsets, at most",
    "contact-kohm": "of each electrode on the skin",
    "expressions-per-min": "expressions a minute",
    "nuisance-per-min": "blinks and swallows a minute",
    "speech-per-min": "stretches of talking a minute",
    "pops-per-min": "jumps of an electrode's contact a minute",
    "hums-per-min": "bouts of more hum a minute",
    "mvc-uv": "envelope at maximum contraction",
    "tone-pct": "percent of maximum contraction that muscles at rest have",
    "cross-talk": "times the usual from muscle to neighbouring channels",
    "spread": "how much people and channels differ; 0: not at all",
}


def add_face_options(parser: argparse.ArgumentParser) -> None:
    """What the board measures."""
    group = parser.add_argument_group("signal")
    usual = FaceSettings()
    group.add_argument(
        "--ramp",
        action="store_true",
        help="no face: sample s of channel c is ((s + c*1000003) mod 2^24) - 2^23 counts",
    )
    for option, text in NUMBERS.items():
        value = getattr(usual, option.replace("-", "_"))
        help_text = f"{text} ({value:g})"
        group.add_argument(f"--{option}", type=float, default=value, metavar="N", help=help_text)
    group.add_argument("--person", type=int, metavar="N", help="whose face it is (the seed says)")
    group.add_argument(
        "--mvc",
        type=_effort,
        action="append",
        default=[],
        metavar="CH:AT:FOR[:PCT]",
        help="channel CH (from 0) contracts AT seconds after START, for so many seconds, "
        "to PCT percent of its maximum (100); as often as wanted",
    )


def add_render_options(parser: argparse.ArgumentParser) -> None:
    """A file instead of a board."""
    group = parser.add_argument_group("a file instead of a board")
    group.add_argument(
        "--render",
        type=Path,
        metavar="FILE.npy",
        help="write the samples that a host would get, as fast as it goes, and end; "
        "--rate is then 1000 if not given",
    )
    group.add_argument("--minutes", type=_minutes, default=10.0, metavar="N", help="how long (10)")
    group.add_argument(
        "--unit",
        choices=("count", "uV"),
        default="count",
        help="counts as int32, or microvolts as float32 (count)",
    )


def face_settings(options: argparse.Namespace) -> FaceSettings:
    """What the options say of the face; FaultError for a muscle that the board lacks."""
    for effort in options.mvc:
        if effort.channel >= options.channels:
            raise FaultError(
                f"--mvc for channel {effort.channel}: the board has 0 to {options.channels - 1}"
            )
    names = (name for name in FaceSettings.__slots__ if name != "mvc")
    return FaceSettings(**{name: getattr(options, name) for name in names}, mvc=tuple(options.mvc))


def _minutes(text: str) -> float:
    if not 0 < (value := float(text)) <= 24 * 60:
        raise argparse.ArgumentTypeError(f"{text} is not above 0 and at most a day")
    return value


def _effort(text: str) -> Effort:
    try:
        channel, at_s, for_s, *pct = text.split(":")
        effort = Effort(int(channel), float(at_s), float(for_s), *map(float, pct))
    except (ValueError, TypeError):
        effort = None
    if not effort or effort.channel < 0 or effort.at_s < 0 or not 0 < effort.for_s <= 600:
        raise argparse.ArgumentTypeError(f"{text!r} is not CHANNEL:AT:FOR[:PERCENT], in seconds")
    return effort
