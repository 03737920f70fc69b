"""Where in a video something flickers without rest, as the last digit of a counter does."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from emgd.video.open import Image

Map = np.ndarray[Any, np.dtype[np.uint8]]

WINDOWS = 9
_LEAST = 20  # of 255: less is noise
_SHARES = (0.7, 0.5, 0.3, 0.15)  # of the strongest flicker
_CLOSE = (1, 3, 7, 13)  # pixels between two bars of one digit
_TRIED = 40


@dataclass(frozen=True)
class Box:
    """A part of an image, in pixels."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Activity:
    """What a stretch of a video does at each pixel."""

    restless: Map  # the least that it changed by, of all windows
    low: Image  # darkest and brightest, per colour
    high: Image


class _Range:
    """Darkest and brightest of some images."""

    def __init__(self, image: Image) -> None:
        self.low, self.high = image.copy(), image.copy()
        self.count = 1

    def add(self, low: Image, high: Image) -> None:
        """One more image, or range."""
        np.minimum(self.low, low, out=self.low)
        np.maximum(self.high, high, out=self.high)
        self.count += 1


def activity(images: Iterable[Image], window: int) -> Activity | None:
    """Look at some windows of so many frames each; None where there is no frame."""
    restless: Map | None = None
    whole: _Range | None = None
    part: _Range | None = None
    for image in islice(images, WINDOWS * window):
        if whole is None or part is None:
            whole, part = _Range(image), _Range(image)
        elif part.count == window:
            part = _Range(image)
        else:
            part.add(image, image)
        if part.count == window:
            whole.add(part.low, part.high)
            change = (part.high - part.low).max(-1)
            restless = change if restless is None else np.minimum(restless, change)
    if whole is None or part is None:
        return None
    if restless is None:
        restless, whole = (part.high - part.low).max(-1), part
    return Activity(restless, whole.low, whole.high)


def candidates(seen: Activity) -> list[Box]:
    """Boxes that may hold the last digit, the liveliest first."""
    import cv2

    calm = cv2.GaussianBlur(seen.restless, (3, 3), 0)
    top = float(calm.max())
    found: dict[Box, float] = {}
    for share in _SHARES:
        lively = np.asarray(calm > max(_LEAST, share * top), np.uint8)
        for size in _CLOSE:
            closed = cv2.morphologyEx(lively, cv2.MORPH_CLOSE, np.ones((size, size), np.uint8))
            _, _, stats, _ = cv2.connectedComponentsWithStats(closed)
            for x, y, width, height, _ in stats[1:].tolist():
                if height >= 6 and 0.2 < width / height < 1.3:
                    inside = calm[y : y + height, x : x + width]
                    worth = float(inside.mean()) * min(1.0, height / 12)
                    found.setdefault(Box(x, y, width, height), worth)
    return sorted(found, key=lambda box: -found[box])[:_TRIED]
