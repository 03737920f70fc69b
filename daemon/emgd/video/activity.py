"""Where in a video something flickers without rest, as the last digit of a counter does."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from emgd.video.open import Image

Cut = Callable[[Image], Image]
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


def activity(images: Iterable[Image], window: int) -> Activity:
    """Look at some windows of so many frames each."""
    import cv2

    restless = low = high = first_low = first_high = None
    for n, image in enumerate(images):
        first = n % window == 0
        first_low = image.copy() if first or first_low is None else cv2.min(first_low, image)
        first_high = image.copy() if first or first_high is None else cv2.max(first_high, image)
        if n % window == window - 1:
            change = cv2.subtract(first_high, first_low).max(-1)
            restless = change if restless is None else cv2.min(restless, change)
            low = first_low if low is None else cv2.min(low, first_low)
            high = first_high if high is None else cv2.max(high, first_high)
            if n + 1 == WINDOWS * window:
                break
    if restless is None or low is None or high is None:
        assert first_low is not None
        assert first_high is not None
        low, high = first_low, first_high
        restless = cv2.subtract(high, low).max(-1)
    return Activity(np.asarray(restless), np.asarray(low), np.asarray(high))


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
