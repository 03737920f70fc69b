"""Finding the display: whatever flickers without rest, and counts."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np

from emgd.video.activity import WINDOWS, Activity, Box, activity, candidates
from emgd.video.fit import (
    Stack,
    last_digit,
    last_of,
    next_digit,
    rhythm,
    rough_digit,
    whole,
)
from emgd.video.open import Image, Video, VideoFault
from emgd.video.place import Place, plane_between
from emgd.video.segments import Array

_WINDOWS_S = (0.5, 1.3)  # in which the last digit shows every bar lit and dark
_STEADY = 0.25  # of all frames: that many must fit into counting up
_HOPE = 0.12  # of all frames, before the place is fitted closely
_FRAMES = 90  # looked at closely, about 30 a second
_FIT = 60
_BATCH = 8  # candidates that are looked at in one pass


class NoDisplay(VideoFault):
    """No display was found; keeps what was seen, for the picture."""

    def __init__(self, why: str, seen: Activity | None = None) -> None:
        super().__init__(why)
        self.seen = seen


@dataclass(frozen=True)
class Found:
    """A display, and how its light is told from its dark."""

    place: Place  # in the frame
    weights: Array  # of blue, green and red
    dark: float
    lit: float


@dataclass(frozen=True)
class Window:
    """The part of the frame to look at, straightened."""

    corners: Array  # [4, 2] in the frame, clockwise from the upper left
    upright: bool

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the straightened part."""
        a, b, c, d = self.corners
        width = max(np.hypot(*(b - a)), np.hypot(*(c - d)))
        return round(float(width)), round(float(max(np.hypot(*(d - a)), np.hypot(*(c - b)))))

    @property
    def plane(self) -> Array:
        """From the straightened part to the frame."""
        width, height = self.size
        flat = np.array([[0.0, 0], [width, 0], [width, height], [0, height]])
        return plane_between(flat, self.corners)

    def cut(self, image: Image) -> Image:
        """Of a frame, that part."""
        width, height = self.size
        if self.upright:
            x, y = self.corners[0].astype(int)
            return image[y : y + height, x : x + width]
        import cv2

        back = np.linalg.inv(self.plane)
        return np.asarray(cv2.warpPerspective(image, back, (width, height)), np.uint8)


def find(video: Video, digits: int, window: Window, start: int = 0) -> Found:
    """The display that is to be seen from this frame on."""
    seen = None
    for seconds in _WINDOWS_S:
        frames = max(2, round(seconds * video.fps))
        stretch = (window.cut(image) for image in video.from_frame(start))
        seen = activity(islice(stretch, WINDOWS * frames), frames)
        last = _digit_that_counts(video, window, seen, start)
        found = last and _all_digits(video, digits, window, seen, start, *last)
        if found:
            return found
    raise NoDisplay(
        f"no counting display was found in {video.path}: name its place with --place X,Y,WIDTH,HEIGHT"
        " or --corners (--picture shows what was seen).",
        seen,
    )


def _digit_that_counts(
    video: Video, window: Window, seen: Activity, start: int
) -> tuple[Place, float] | None:
    """The last digit's place in the window, and its pace, if there is one."""
    boxes = candidates(seen)
    for n in range(0, len(boxes), _BATCH):
        batch = boxes[n : n + _BATCH]
        stacks = _stacks(video, window, seen, start, batch, [_around(box) for box in batch])
        for box, (stack, corner) in zip(batch, stacks, strict=True):
            rough = np.array([box.x - corner[0], box.y - corner[1], box.width, box.height], float)
            place = rough_digit(stack, rough)
            if rhythm(last_of(stack.levels(place)))[0] < _HOPE:
                continue
            followed = stack.followed(last_digit(stack, place))
            place = last_digit(followed, place)
            steady, pace = rhythm(last_of(followed.levels(place)))
            if steady > _STEADY:
                return place.moved(corner), pace
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
    ((stack, corner),) = _stacks(video, window, seen, start, [_box(last)], [reach])
    place = last.moved(-corner)
    stack = stack.followed(place)
    if digits > 1:
        place, _ = next_digit(stack, place, pace)
        place = whole(stack.some(_FIT), place)
        stack = replace(stack, shifts=np.zeros_like(stack.shifts)).followed(place)
        place = whole(stack.some(_FIT), replace(place, digits=digits))
    if rhythm(last_of(stack.levels(place)))[0] < _STEADY:
        return None
    in_frame = replace(place, plane=window.plane @ place.moved(corner).plane)
    return Found(in_frame, _weights(seen, _box(last)), stack.dark, stack.lit)


def _stacks(
    video: Video,
    window: Window,
    seen: Activity,
    start: int,
    lights: list[Box],
    cuts: list[Box],
) -> Iterator[tuple[Stack, Array]]:
    """Cuts of the frames, with the light of boxes; and each cut's corner in the window."""
    height, width = seen.restless.shape
    areas = []
    for box in cuts:
        left, top = max(0, box.x), max(0, box.y)
        right, bottom = min(width, box.x + box.width), min(height, box.y + box.height)
        areas.append((slice(top, bottom), slice(left, right)))
    images: list[list[Any]] = [[] for _ in areas]
    weights = [_weights(seen, box) for box in lights]
    stride = max(1, round(video.fps / 30))
    for image in islice(video.from_frame(start), 0, _FRAMES * stride, stride):
        part = window.cut(image)
        for kept, area, weight in zip(images, areas, weights, strict=True):
            kept.append((part[area] @ weight).astype(np.float32))
    for box, area, kept, weight in zip(lights, areas, images, weights, strict=True):
        inside = (slice(box.y, box.y + box.height), slice(box.x, box.x + box.width))
        dark = float(np.percentile(seen.low[inside] @ weight, 20))
        lit = float(np.percentile(seen.high[inside] @ weight, 80))
        stack = Stack(np.array(kept), dark, max(lit, dark + 1), np.zeros((len(kept), 2)))
        yield stack, np.array([area[1].start, area[0].start], float)


def _weights(seen: Activity, box: Box) -> Array:
    """How much each colour tells lit from dark there."""
    inside = (slice(box.y, box.y + box.height), slice(box.x, box.x + box.width))
    change = seen.high[inside].astype(float) - seen.low[inside]
    mean = change.reshape(-1, 3).mean(0) + 1e-3
    return np.asarray(mean / mean.sum())


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
