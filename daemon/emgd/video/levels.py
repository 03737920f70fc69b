"""One pass over a video: how bright each bar is in each frame, with an eye kept on the display."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from emgd.video.find import NoDisplay
from emgd.video.open import Image, Times, Video
from emgd.video.place import Place, look
from emgd.video.segments import Array, likeness

_WIDTH = 24  # pixels of a digit: more tells nothing more
_NEAR = np.array([(0, 0)] + [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y], float)
_FAR = np.array([(x, y) for x in range(-12, 13) for y in range(-8, 9)], float)
_STEP = 0.05  # of a digit's width
_FAR_STEP = 0.12
_STILL = 0.002  # what a step must be worth
_LOST = 0.8  # of the usual likeness: the display moved away
_PATIENCE_S = 1.0
_AGAIN_S = 5.0

Find = Callable[[int], tuple[Place, Array]]


@dataclass
class Seen:
    """What was seen, frame by frame."""

    levels: list[Array] = field(default_factory=list)  # [digits, 9] each
    places: list[tuple[int, Place]] = field(default_factory=list)  # from which frame on
    shifts: list[Array] = field(default_factory=list)
    found_again: int = 0


class Eye:
    """Looks at one place, and follows it over small distances."""

    def __init__(self, place: Place, weights: Array) -> None:
        width = place.size()[0]
        self.place = place
        self._weights = weights.astype(np.float32).reshape(1, 3)
        self._scale = min(1.0, _WIDTH / width)
        self._spots = place.spots()
        self._margin = width
        self._step = max(0.35, _STEP * width)
        self._wide = _FAR_STEP * width
        self.shift: Array = np.zeros(2)
        self._dark = self._lit = 0.0

    def settle(self, image: Image) -> None:
        """Look around further for where the display stands."""
        self._adapt(self._levels(image, self.shift[None])[0])
        shifts = self.shift + _FAR * self._wide
        levels = self._levels(image, shifts)
        lit = np.percentile(levels, 95)
        dark = np.percentile(levels, 30)
        worth = likeness((levels - dark) / max(lit - dark, 1.0))
        worth -= 0.0005 * (_FAR**2).sum(-1)
        self.shift = shifts[int(worth.argmax())]
        self._dark = self._lit = 0.0

    def see(self, image: Image) -> tuple[Array, float]:
        """The levels of this frame, and how much they look like digits."""
        for _ in range(3):
            shifts = self.shift + _NEAR * self._step
            levels = self._levels(image, shifts)
            if self._lit <= self._dark:
                self._adapt(levels[0])
            worth = likeness((levels - self._dark) / max(self._lit - self._dark, 1.0))
            worth[1:] -= _STILL
            best = int(worth.argmax())
            self.shift = shifts[best]
            if best == 0:
                break
        self._adapt(levels[best])
        return levels[best], float(worth[best])

    def _adapt(self, levels: Array) -> None:
        """Follow the exposure."""
        dark, lit = float(np.median(levels[:, 7:])), float(levels[-1, :7].max())
        share = 0.2 if self._lit > self._dark else 1.0
        self._dark += share * (dark - self._dark)
        self._lit += share * (lit - self._lit)

    def _levels(self, image: Image, shifts: Array) -> Array:
        """Each spot's brightness with the display shifted so, [shifts, digits, 9]."""
        import cv2

        at = self._spots + shifts[:, None, None, None, :]
        low = np.floor(at.min((0, 1, 2, 3)) - 3).astype(int).clip(0)
        high = np.ceil(at.max((0, 1, 2, 3)) + 4).astype(int)
        part = image[low[1] : high[1], low[0] : high[0]]
        if min(part.shape[:2]) < 3:
            return np.zeros((*at.shape[:3],))
        if self._scale < 1:
            size = [max(2, round(side * self._scale)) for side in part.shape[1::-1]]
            scale = np.array(size) / part.shape[1::-1]
            part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
            at = (at - low + 0.5) * scale - 0.5
        else:
            at = at - low
        gray = np.asarray(cv2.transform(part.astype(np.float32), self._weights), np.float32)
        flat: Array = look(gray[None], at.reshape(1, -1, 2))
        return flat.reshape(at.shape[:-1]).mean(-1)


def watch(
    video: Video, find: Find, times: Times, told: Callable[[float], Any]
) -> Seen:
    """See every frame; where the display gets lost, find it again."""
    seen = Seen()
    eye = Eye(*find(0))
    seen.places.append((0, eye.place))
    patience, pause = round(_PATIENCE_S * video.fps), round(_AGAIN_S * video.fps)
    usual = like = 0.0
    settled, tried = False, 0
    for n, image in enumerate(video.from_frame(0, times)):
        if not settled:
            eye.settle(image)
            settled = True
        levels, now = eye.see(image)
        seen.levels.append(levels)
        seen.shifts.append(eye.shift)
        like = now if n == 0 else like + (now - like) / patience
        usual = max(usual, like) if n > patience else like
        if like < _LOST * usual and n - tried > pause:
            tried = n
            try:
                eye = Eye(*find(n))
            except NoDisplay:
                continue
            seen.places.append((n + 1, eye.place))
            seen.found_again += 1
            settled, like = False, usual
        if video.frames:
            told(min(1.0, n / video.frames))
    told(1.0)
    return seen
