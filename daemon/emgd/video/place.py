"""Where the display stands in a frame, and looking at its bars there."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from emgd.video.segments import SPOTS, Array

Gray = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True)
class Place:
    """A plane on which the rightmost digit is the unit square; the others follow to the left."""

    plane: Array  # [3, 3]: the plane's points -> the frame's
    digits: int
    pitch: float  # from a digit to the next, in widths of a digit

    def spots(self) -> Array:
        """The places to look at, [digits, 9, 3, 2], leftmost digit first."""
        lefts = -self.pitch * np.arange(self.digits - 1, -1, -1)
        at = np.broadcast_to(SPOTS, (self.digits, *SPOTS.shape)).copy()
        at[..., 0] += lefts[:, None, None]
        return self.seen(at)

    def seen(self, at: Array) -> Array:
        """Points of the plane, as points of the frame."""
        x, y, w = np.moveaxis(at @ self.plane[:, :2].T + self.plane[:, 2], -1, 0)
        return np.asarray(np.stack([x / w, y / w], -1))

    def corners(self) -> Array:
        """The outer corners of the digits, [4, 2], clockwise from the upper left."""
        left = -self.pitch * (self.digits - 1)
        return self.seen(np.array([[left, 0.0], [1, 0], [1, 1], [left, 1]]))

    def moved(self, by: Array) -> "Place":
        """The same, so many pixels to the right and down."""
        shift = np.array([[1, 0, by[0]], [0, 1, by[1]], [0, 0, 1.0]])
        return Place(shift @ self.plane, self.digits, self.pitch)

    def size(self) -> tuple[float, float]:
        """Width and height of the rightmost digit, in pixels."""
        a, b, _, d = self.seen(np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]]))
        return float(np.hypot(*(b - a))), float(np.hypot(*(d - a)))


def from_box(origin: Array, across: Array, down: Array, pitch: float, digits: int) -> Place:
    """A place without perspective: the rightmost digit's corner and its two edges."""
    plane = np.eye(3)
    plane[:2, 0], plane[:2, 1], plane[:2, 2] = across, down, origin
    return Place(plane, digits, pitch)


def from_corners(corners: Array, pitch: float, digits: int) -> Place:
    """The place whose digits fill these four corners."""
    left = -pitch * (digits - 1)
    flat = np.array([[left, 0.0], [1, 0], [1, 1], [left, 1]])
    return Place(plane_between(flat, corners), digits, pitch)


def plane_between(flat: Array, corners: Array) -> Array:
    """The projection that takes four points to four others."""
    rows = []
    for (x, y), (u, v) in zip(flat, corners, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    solved = np.linalg.solve(np.array(rows), corners.reshape(-1))
    return np.append(solved, 1.0).reshape(3, 3)


def look(images: Gray, at: Array) -> Array:
    """Brightness between the pixels of [n, h, w] images at [n or 1, ..., 2] points, [n, ...]."""
    height, width = images.shape[1:]
    x = np.clip(at[..., 0], 0, width - 1.001)
    y = np.clip(at[..., 1], 0, height - 1.001)
    left, top = x.astype(np.int64), y.astype(np.int64)
    x, y = x - left, y - top
    which = np.arange(len(images)).reshape(-1, *[1] * (at.ndim - 2))
    upper = images[which, top, left] * (1 - x) + images[which, top, left + 1] * x
    lower = images[which, top + 1, left] * (1 - x) + images[which, top + 1, left + 1] * x
    return np.asarray(upper * (1 - y) + lower * y, np.float64)
