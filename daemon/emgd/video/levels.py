"""One pass over a video: how bright each bar is in each frame, with an eye kept on the display."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from emgd.video.find import Found, NoDisplay
from emgd.video.open import Image, Times, Video
from emgd.video.place import Place, look
from emgd.video.segments import Array, likeness

_WIDTH = 24  # pixels of a digit: more tells nothing more
_NEAR = np.array([(0, 0)] + [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y], float)
_STEP = 0.05  # of a digit's width
_STILL = 0.002  # what a step must be worth
_LOST = np.array([0.8, 0.4])  # of the usual likeness and flicker: the display moved away
_PATIENCE_S = 1.0
_PAUSE_S = 4.0  # before it is looked for again; twice as long after each time in vain

Find = Callable[[int], Found]


@dataclass
class Seen:
    """What was seen, frame by frame."""

    levels: list[Array] = field(default_factory=list)  # [digits, 9] each
    hidden: list[bool] = field(default_factory=list)  # not to be seen whole
    shifts: list[Array] = field(default_factory=list)  # pixels away from its place
    places: list[tuple[int, Place]] = field(default_factory=list)  # from which frame on
    last: tuple[Array, float] = field(default_factory=lambda: (np.zeros((1, 9)), 0.0))

    def add(self, levels: Array, like: float, shift: Array, hidden: bool) -> None:
        """One more frame."""
        self.levels.append(levels)
        self.shifts.append(shift)
        self.hidden.append(hidden)
        self.last = levels, like

    def place(self, frame: int) -> Place | None:
        """Where the display stood in this frame."""
        there = [place for first, place in self.places if first <= frame]
        return there[-1].moved(self.shifts[frame]) if there else None


class Eye:
    """Looks at one place, and follows it over small distances."""

    def __init__(self, found: Found) -> None:
        width = found.place.size()[0]
        self.place = found.place
        self._weights = found.weights.astype(np.float32).reshape(1, 3)
        self._scale = min(1.0, _WIDTH / width)
        self._spots = found.place.spots()
        self._step = max(0.35, _STEP * width)
        self.shift: Array = np.zeros(2)
        self._dark, self._lit = found.dark, found.lit

    def hidden(self, image: Image) -> bool:
        """Does a part of it lie outside the frame?"""
        at = self._spots + self.shift
        height, width = image.shape[:2]
        return bool(at.min() < 0 or at[..., 0].max() > width - 1 or at[..., 1].max() > height - 1)

    def see(self, image: Image) -> tuple[Array, float]:
        """The levels of this frame, and how much they look like digits."""
        for _ in range(3):
            levels = self._levels(image, self.shift + _NEAR * self._step)
            self._expose(levels[0])
            worth = self._worth(levels)
            worth[1:] -= _STILL
            best = int(worth.argmax())
            self.shift = self.shift + _NEAR[best] * self._step
            if best == 0:
                break
        return levels[best], float(worth[best])

    def _expose(self, levels: Array) -> None:
        """Take this frame's own dark and lit: the last digit always has a lit bar."""
        self._dark, self._lit = float(np.median(levels[:, 7:])), float(levels[-1, :7].max())

    def _worth(self, levels: Array) -> Array:
        return likeness((levels - self._dark) / max(self._lit - self._dark, 1.0))

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
        return np.asarray(flat.reshape(at.shape[:-1]).mean(-1))


class Patience:
    """Notices that the display is not there any more, or that something else is looked at."""

    def __init__(self, fps: float) -> None:
        self._frames = _PATIENCE_S * fps
        self._usual: Array = np.zeros(2)
        self._now: Array = np.zeros(2)
        self._before: Array | None = None
        self._seen = 0

    def lost(self, levels: Array, like: float) -> bool:
        """Did it look much less like digits, or count much less, for some time?"""
        last = levels[-1, :7]
        change = 0.0 if self._before is None else float(np.abs(last - self._before).mean())
        self._before = last
        self._seen += 1
        self._now += (np.array([like, change]) - self._now) / min(self._seen, self._frames)
        if self._seen < 2 * self._frames:
            self._usual = self._now.copy()
            return False
        self._usual = np.maximum(self._usual, self._now)
        return bool((self._now < _LOST * self._usual).any())


def watch(
    video: Video, digits: int, find: Find, times: Times, told: Callable[[float], Any]
) -> Seen:
    """See every frame; where the display is not to be seen or gets lost, look for it again."""
    seen = Seen()
    eye, patience = None, Patience(video.fps)
    pause, next_try = _PAUSE_S * video.fps, 0.0
    nothing: NoDisplay | None = None
    for n, image in enumerate(video.from_frame(0, times)):
        if n >= next_try and (eye is None or patience.lost(*seen.last)):
            try:
                found = find(n)
            except NoDisplay as fault:
                nothing = nothing or fault
                next_try, pause = n + pause, 2 * pause
            else:
                eye, patience = Eye(found), Patience(video.fps)
                seen.places.append((n, eye.place))
                pause = _PAUSE_S * video.fps
        if eye is None:
            seen.add(np.zeros((digits, 9)), 0.0, np.zeros(2), True)
        else:
            seen.add(*eye.see(image), eye.shift, eye.hidden(image))
        if video.frames:
            told(min(1.0, n / video.frames))
    told(1.0)
    if not seen.places and nothing:
        raise nothing
    return seen
