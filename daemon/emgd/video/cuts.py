"""Cutting the frames of a stretch down to what is looked at closely."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from emgd.video.activity import Activity, Box
from emgd.video.fit import Stack
from emgd.video.open import Video
from emgd.video.segments import Array
from emgd.video.window import Window

_FRAMES = 90  # about 30 a second


def stacks(
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
    weights = [weights_of(seen, box) for box in lights]
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


def weights_of(seen: Activity, box: Box) -> Array:
    """How much each colour tells lit from dark there."""
    inside = (slice(box.y, box.y + box.height), slice(box.x, box.x + box.width))
    change = seen.high[inside].astype(float) - seen.low[inside]
    mean = change.reshape(-1, 3).mean(0) + 1e-3
    return np.asarray(mean / mean.sum())
