"""`emgd read-tube VIDEO`: the number on the sync display, in each frame of a video."""

import argparse
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from emgd.extras import how_to_install

if TYPE_CHECKING:
    from emgd.video.find import NoDisplay
    from emgd.video.open import Video
    from emgd.video.reader import Read
    from emgd.video.window import Window

_DIGITS = 4  # of a usual display, as in emgd align
_LEAST_DIGITS, _MOST_DIGITS = 2, 8  # a single one is the same again twice a second


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.description = (
        "Read the number on the sync display in each frame of a video, for `emgd align`."
        " Frames of which it is not sure are left out. Needs OpenCV: the extra `video`."
    )
    parser.add_argument("video", type=Path, help="the video file")
    parser.add_argument("--digits", type=_digits, default=_DIGITS, help="of the display (4)")
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--place",
        type=_numbers(4),
        metavar="X,Y,WIDTH,HEIGHT",
        help="where the digits are, in pixels of the frame, if they are not found without",
    )
    where.add_argument(
        "--corners",
        type=_numbers(8),
        metavar="X1,Y1,...,X4,Y4",
        help="the same for a display seen at an angle: its corners, clockwise from the upper left",
    )
    parser.add_argument("--out", type=Path, help="the table to write (default: VIDEO.digits.csv)")
    parser.add_argument("--picture", type=Path, metavar="FILE.png", help="draw what was seen")
    parser.add_argument("--force", action="store_true", help="overwrite what is there already")


def run(args: argparse.Namespace) -> int:
    """Read it; 1 where that cannot be, or no frame could be read."""
    if importlib.util.find_spec("cv2") is None:
        return _say(f"OpenCV is not installed: {how_to_install('video')}")
    from emgd.export.outfile import InTheWay, check_outputs
    from emgd.export.progress import Bar
    from emgd.video.find import NoDisplay
    from emgd.video.open import Video, VideoFault
    from emgd.video.reader import read
    from emgd.video.window import Outside

    out: Path = args.out or args.video.with_name(f"{args.video.stem}.digits.csv")
    try:
        check_outputs([out, *([args.picture] if args.picture else [])], [args.video], args.force)
        video = Video(args.video)
        window = _window(video, args)
        with Bar(f"reading {video.path.name}", sys.stderr) as bar:
            found = read(video, args.digits, window, bar)
        if found.sure.any():
            found.write(out, args.force)
        _tell(found, out, args)
    except Outside as fault:
        return _say(str(fault), 2)
    except NoDisplay as fault:
        return _say(f"{fault} {_draw_nothing(fault, args)}")
    except (VideoFault, InTheWay) as fault:
        return _say(str(fault))
    except OSError as fault:
        return _say(f"{fault.filename}: {fault.strerror}.")
    return 0 if found.sure.any() else 1


def _window(video: "Video", args: argparse.Namespace) -> "Window":
    from emgd.video.window import from_corners, from_place, whole_frame

    if args.place:
        return from_place(video, args.place)
    if args.corners:
        return from_corners(video, args.corners)
    return whole_frame(video)


def _tell(found: "Read", out: Path, args: argparse.Namespace) -> None:
    """What was read, and what to do with it."""
    if args.picture:
        from emgd.video.picture import of_reading, save

        save(args.picture, of_reading(found))
    for sentence in found.summary():
        print(sentence, file=sys.stderr)
    if found.sure.any():
        words = f"--fps {found.times.frame_rate:.6g}"
        if args.digits != _DIGITS:
            words += f" --digits {args.digits}"
        print(f"Next: emgd align RECORDING {out} {words}", file=sys.stderr)
        print(out)


def _draw_nothing(fault: "NoDisplay", args: argparse.Namespace) -> str:
    """Show why no display was found; says where that is to be seen."""
    if fault.seen is None:
        return ""
    from emgd.video.picture import of_nothing, save

    path = args.picture or args.video.with_name(f"{args.video.stem}.seen.png")
    save(path, of_nothing(fault))
    return f"What was seen is in {path}."


def _say(sentence: str, status: int = 1) -> int:
    print(f"emgd read-tube: {sentence}", file=sys.stderr)
    return status


def _digits(text: str) -> int:
    if text.isdecimal() and _LEAST_DIGITS <= int(text) <= _MOST_DIGITS:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not {_LEAST_DIGITS} to {_MOST_DIGITS} digits")


def _numbers(count: int) -> "_Numbers":
    return _Numbers(count)


class _Numbers:
    """So many numbers with commas between them."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __call__(self, text: str) -> tuple[float, ...]:
        """Take them apart."""
        try:
            numbers = tuple(float(part) for part in text.split(","))
        except ValueError:
            numbers = ()
        if len(numbers) != self._count:
            raise argparse.ArgumentTypeError(
                f"{text!r} is not {self._count} numbers with commas between them"
            )
        return numbers
