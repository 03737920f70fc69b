"""The part of the frame that is looked at, as the user names it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from emgd.video.open import Image, Video, VideoFault
from emgd.video.place import plane_between
from emgd.video.segments import Array

_MARGIN = 0.15  # around what was named: the digits may fill it to its edges


class Outside(VideoFault):
    """The place that was named is not in the frame."""


@dataclass(frozen=True)
class Window:
    """A part of the frame, straightened."""

    corners: Array  # [4, 2] in the frame, clockwise from the upper left
    upright: bool
    named: Array | None = None  # the corners that the user gave
    shrink: int = 1  # so many times smaller than in the frame

    @cached_property
    def size(self) -> tuple[int, int]:
        """Width and height of the straightened part."""
        a, b, c, d = self.corners
        width = max(np.hypot(*(b - a)), np.hypot(*(c - d)))
        height = max(np.hypot(*(d - a)), np.hypot(*(c - b)))
        return (
            max(2, round(float(width) / self.shrink)),
            max(2, round(float(height) / self.shrink)),
        )

    @cached_property
    def plane(self) -> Array:
        """From the straightened part to the frame."""
        width, height = self.size
        flat = np.array([[0.0, 0], [width, 0], [width, height], [0, height]])
        return plane_between(flat, self.corners)

    def cut(self, image: Image) -> Image:
        """Of a frame, that part."""
        import cv2

        width, height = self.size
        if self.upright:
            (left, top), (right, bottom) = self.corners[[0, 2]].astype(int)
            part = image[top:bottom, left:right]
            if self.shrink == 1:
                return part
            small = cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA)
            return np.asarray(small, np.uint8)
        back = np.linalg.inv(self.plane)
        return np.asarray(cv2.warpPerspective(image, back, (width, height)), np.uint8)


def whole_frame(video: Video) -> Window:
    """All of it."""
    return Window(_box(0, 0, video.width, video.height), upright=True)


def from_place(video: Video, place: tuple[float, ...]) -> Window:
    """Around a box: x, y, width, height."""
    x, y, width, height = place
    named = _box(x, y, x + width, y + height)
    _check(video, named, "--place " + ",".join(f"{n:g}" for n in place))
    margin = _MARGIN * max(width, height)
    left, top = max(0, round(x - margin)), max(0, round(y - margin))
    right = min(video.width, round(x + width + margin))
    bottom = min(video.height, round(y + height + margin))
    return Window(_box(left, top, right, bottom), True, named)


def from_corners(video: Video, corners: tuple[float, ...]) -> Window:
    """Around four corners, clockwise from the upper left."""
    named = np.array(corners).reshape(4, 2)
    _check(video, named, "--corners " + ",".join(f"{n:g}" for n in corners))
    sides = np.roll(named, -1, axis=0) - named
    turns = sides[:, 0] * np.roll(sides, -1, axis=0)[:, 1]
    turns = turns - sides[:, 1] * np.roll(sides, -1, axis=0)[:, 0]
    if not (turns > 0).all():
        raise Outside(
            "--corners go around the display clockwise, from its upper left corner:"
            " x1,y1 upper left, x2,y2 upper right, x3,y3 lower right, x4,y4 lower left."
        )
    plane = plane_between(_box(0, 0, 1, 1), named)
    wide = np.column_stack([_box(-_MARGIN, -_MARGIN, 1 + _MARGIN, 1 + _MARGIN), np.ones(4)])
    out = wide @ plane.T
    return Window(out[:, :2] / out[:, 2:], False, named)


def _check(video: Video, corners: Array, what: str) -> None:
    inside = (corners >= 0).all() and (corners <= [video.width, video.height]).all()
    if not inside or np.ptp(corners, axis=0).min() < 5:
        raise Outside(
            f"{what} does not lie within the frame of {video.path}, which is"
            f" {video.width} x {video.height} pixels, or is smaller than 5."
        )


def _box(left: float, top: float, right: float, bottom: float) -> Array:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], float)
