"""Finding the display: whatever flickers without rest, and counts."""

from dataclasses import dataclass, replace

import numpy as np

from emgd.video.activity import Activity, Box, activity, candidates
from emgd.video.cuts import stacks, weights_of
from emgd.video.fit import (
    last_digit,
    last_of,
    next_digit,
    rhythm,
    rough_digit,
    whole,
)
from emgd.video.open import Video, VideoFault
from emgd.video.place import Place, from_corners
from emgd.video.segments import Array, likeness
from emgd.video.window import Window

_WINDOWS_S = (0.5, 1.3)  # in which the last digit shows every bar lit and dark
_STEADY = 0.25  # of all frames: that many must fit into counting up
_HOPE = 0.12  # of all frames, before the place is fitted closely
_FIT = 60
_PITCHES = (1.2, 1.4, 1.6, 1.8)  # from digit to digit, as displays are built
_LARGEST = 960  # pixels: a larger view is shrunk first, and looked at as it is if that fails
_WIDEST, _SMALL = 200, 60  # pixels of a digit
_BATCH = 8  # candidates that are looked at in one pass


class NoDisplay(VideoFault):
    """No display was found; keeps what was seen, for the picture."""

    def __init__(self, why: str, seen: Activity | None = None) -> None:
        super().__init__(why)
        self.seen = seen


@dataclass(frozen=True)
class Found:
    """A display, and how its light is told from its dark."""

    place: Place  # in the first frame that was looked at
    weights: Array  # of blue, green and red
    dark: float
    lit: float


def find(video: Video, digits: int, window: Window, start: int = 0) -> Found:
    """The display that is to be seen from this frame on."""
    seen = None
    shrink = -(-max(window.size) // _LARGEST)
    for view in [replace(window, shrink=shrink)] + [window] * (shrink > 1):
        widest = _WIDEST if view.shrink == shrink else _SMALL
        for seconds in _WINDOWS_S:
            frames = max(2, round(seconds * video.fps))
            stretch = (view.cut(image) for image in video.from_frame(start))
            seen = activity(stretch, frames)
            if seen is None:
                break
            last = _digit_that_counts(video, view, seen, start, widest)
            found = last and _all_digits(video, digits, view, seen, start, *last)
            if found:
                return found
    if seen is not None and window.named is not None:
        return _as_named(video, digits, window, seen, start)
    raise NoDisplay(
        f"no counting display was found in {video.path}: name its place with"
        " --place X,Y,WIDTH,HEIGHT or --corners, and its digits with --digits.",
        seen,
    )


def _as_named(video: Video, digits: int, window: Window, seen: Activity, start: int) -> Found:
    """Take the user's word for it: the digits fill what was named."""
    height, width = seen.restless.shape
    everything = Box(0, 0, width, height)
    ((stack, _),) = stacks(video, window, seen, start, [everything], [everything])
    assert window.named is not None
    flat = np.column_stack([window.named, np.ones(4)]) @ np.linalg.inv(window.plane).T
    corners = flat[:, :2] / flat[:, 2:]
    few = stack.some(_FIT)
    tries = [whole(few, from_corners(corners, pitch, digits)) for pitch in _PITCHES]
    place = max(tries, key=lambda place: float(likeness(few.levels(place)).mean()))
    in_frame = replace(place, plane=window.plane @ place.plane)
    return Found(in_frame, weights_of(seen, everything), stack.dark, stack.lit)


def _digit_that_counts(
    video: Video, window: Window, seen: Activity, start: int, widest: int
) -> tuple[Place, float] | None:
    """The last digit's place in the window, and its pace, if there is one."""
    boxes = [box for box in candidates(seen) if box.width <= widest]
    for n in range(0, len(boxes), _BATCH):
        batch = boxes[n : n + _BATCH]
        cuts = stacks(video, window, seen, start, batch, [_around(box) for box in batch])
        for box, (stack, corner) in zip(batch, cuts, strict=True):
            rough = np.array([box.x - corner[0], box.y - corner[1], box.width, box.height], float)
            place = rough_digit(stack, rough)
            if rhythm(last_of(stack.levels(place)))[0] < _HOPE:
                continue
            followed = stack.followed(last_digit(stack, place))
            place = last_digit(followed, place)
            steady, pace = rhythm(last_of(followed.levels(place)))
            in_window = place.moved(corner)
            if steady > _STEADY and _lies_in(in_window, window):
                return in_window, pace
    return None


def _all_digits(
    video: Video,
    digits: int,
    window: Window,
    seen: Activity,
    start: int,
    last: Place,
    pace: float,
) -> Found | None:
    """From the last digit to all of them, if it still counts then."""
    width, height = last.size()
    x, y = last.corners().mean(0)
    reach = Box(
        round(x - (2.2 * digits + 0.5) * width),
        round(y - 1.3 * height),
        round((2.2 * digits + 2.2) * width),
        round(2.6 * height),
    )
    ((stack, corner),) = stacks(video, window, seen, start, [_box(last)], [reach])
    place = last.moved(-corner)
    stack = stack.followed(place)
    place, _ = next_digit(stack, place, pace)
    place = whole(stack.some(_FIT), place)
    stack = replace(stack, shifts=np.zeros_like(stack.shifts)).followed(place)
    for more in range(3, digits + 1):  # one by one, so that a slanting row stays met
        place = whole(stack.some(_FIT // 2), replace(place, digits=more), 0.5)
    place = whole(stack.some(_FIT), place)
    stack = stack.followed(place)
    if rhythm(last_of(stack.levels(place)))[0] < _STEADY:
        return None
    at_first = place.moved(corner + stack.shifts[0])
    in_frame = replace(place, plane=window.plane @ at_first.plane)
    return Found(in_frame, weights_of(seen, _box(last)), stack.dark, stack.lit)


def _lies_in(place: Place, window: Window) -> bool:
    middle = place.corners().mean(0)
    return bool((middle >= 0).all() and (middle < window.size).all())


def _around(box: Box) -> Box:
    """The box and a margin."""
    x, y = round(0.6 * box.width) + 3, round(0.3 * box.height) + 3
    return Box(box.x - x, box.y - y, box.width + 2 * x, box.height + 2 * y)


def _box(place: Place) -> Box:
    x, y, width, height = (round(float(n)) for n in _box_of(place))
    return Box(max(0, x), max(0, y), max(1, width), max(1, height))


def _box_of(place: Place) -> Array:
    corners = place.corners()
    return np.concatenate([corners.min(0), np.ptp(corners, axis=0)])
