"""Laying the digits' bars exactly onto what a camera saw; arrays only."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from emgd.video.place import Gray, Place, from_box, from_corners, look
from emgd.video.segments import BLANK, NOTHING, Array, Whole, likeness, pattern, table

_SHIFTS = np.array([(x, y) for y in range(-3, 4) for x in range(-3, 4)], float)  # in steps
_STEP = 0.07  # of a digit's width
_DIGITS = table()


@dataclass(frozen=True)
class Stack:
    """Cuts of frames around the display, one brightness per pixel."""

    images: Gray  # [n, h, w]
    dark: float
    lit: float
    shifts: Array  # [n, 2] pixels by which the display stands elsewhere than in the mean

    def levels(self, place: Place) -> Array:
        """Each spot's brightness, 0 dark and 1 lit, [n, digits, 9]."""
        at = place.spots()[None] + self.shifts[:, None, None, None, :]
        return np.asarray((look(self.images, at).mean(-1) - self.dark) / (self.lit - self.dark))

    def some(self, count: int) -> "Stack":
        """Of every few frames one."""
        picked = np.unique(np.linspace(0, len(self.images) - 1, count).astype(int))
        return replace(self, images=self.images[picked], shifts=self.shifts[picked])

    def followed(self, place: Place) -> "Stack":
        """The same, with the display's place found in each frame; frames must be neighbours."""
        step = max(0.5, _STEP * place.size()[0])
        scores = []
        for shift in _SHIFTS * step:
            like = likeness(replace(self, shifts=self.shifts + shift).levels(place))
            scores.append(like - 0.002 * float(shift @ shift) / step**2)
        smooth = np.array(scores)
        for n in (1, 2):
            smooth[:, n:] += np.array(scores)[:, :-n]
            smooth[:, :-n] += np.array(scores)[:, n:]
        return replace(self, shifts=self.shifts + _SHIFTS[smooth.argmax(0)] * step)


def digits_of(levels: Array) -> Whole:
    """What stands there, with one threshold for all bars, [n, digits]."""
    return np.asarray(_DIGITS[pattern(levels[..., :7] > 0.5)])


def last_of(levels: Array) -> Whole:
    """What stands at the last place, with a threshold for each bar: all of them change, [n]."""
    bars = levels[:, -1, :7]
    middle = (np.percentile(bars, 8, axis=0) + np.percentile(bars, 92, axis=0)) / 2
    return np.asarray(_DIGITS[pattern(bars > middle)])


def rhythm(digits: Whole) -> tuple[float, float]:
    """How steadily these last digits count up, 0 to 1, and how much from frame to frame."""
    good = (digits != NOTHING) & (digits != BLANK)
    if len(set(digits[good].tolist())) < 7:
        return 0.0, 0.0
    turns = np.where(good, np.exp(2j * np.pi * digits / 10), 0)
    size = 16 * len(digits)
    spectrum = np.abs(np.fft.fft(turns, size))[: size // 2]
    spectrum[:32] = 0  # slower than two turns: no counting to be seen
    best = int(spectrum.argmax())
    return float(spectrum[best]) / len(digits), 10 * best / size


def steadiness(numbers: Whole, good: np.ndarray[Any, np.dtype[np.bool_]], pace: float) -> float:
    """How well numbers of two digits keep the pace, 0 to 1."""
    off = (numbers - pace * np.arange(len(numbers))) / 100
    return float(abs(np.exp(2j * np.pi * off[good]).sum()) / len(numbers))


def climb(
    value: Callable[[Array], float], start: Array, steps: Array, least: float = 0.15
) -> tuple[Array, float]:
    """Change one number at a time as long as that makes the value larger."""
    best, at, scale = value(start), start.copy(), 1.0
    while scale >= least:
        moved = False
        for n in range(len(at)):
            for sign in (1.0, -1.0):
                tried = at.copy()
                tried[n] += sign * scale * steps[n]
                if (worth := value(tried)) > best + 1e-6:
                    best, at, moved = worth, tried, True
                    break
        if not moved:
            scale /= 2
    return at, best


def rough_digit(stack: Stack, box: Array) -> Place:
    """The last digit quickly, from about its box (x, y, width, height)."""
    x, y, width, height = box
    lean = 0.08 * height
    six = np.array([x + lean, y, width - lean, 0, -lean, height])
    return _climbed(stack.some(16), six, width, 0.5)


def last_digit(stack: Stack, place: Place) -> Place:
    """The last digit as well as can be."""
    six = np.concatenate([place.plane[:2, 2], place.plane[:2, 0], place.plane[:2, 1]])
    return _climbed(stack.some(40), six, place.size()[0], 0.15)


def _climbed(few: Stack, six: Array, width: float, least: float) -> Place:
    def made(six: Array) -> Place:
        return from_box(six[:2], six[2:4], six[4:6], 1.4, 1)

    def value(six: Array) -> float:
        return float(likeness(few.levels(made(six))).mean())

    steps = np.array([0.1, 0.1, 0.1, 0.05, 0.1, 0.1]) * width
    return made(climb(value, six, steps, least)[0])


def next_digit(stack: Stack, place: Place, pace: float) -> tuple[Place, float]:
    """Find the digit left of the last, and with it the row's direction; and how well it counts."""
    units = last_of(stack.levels(place))
    best, found = -1.0, place
    origin, across, down = place.plane[:2, 2], place.plane[:2, 0], place.plane[:2, 1]
    for pitch in np.arange(1.05, 2.4, 0.05):
        for tilt in np.arange(-0.2, 0.21, 0.05):
            left = origin - pitch * across + tilt * down
            levels = stack.levels(from_box(left, across, down, pitch, 1))
            tens = digits_of(levels)[:, 0]
            good = (units < BLANK) & (units >= 0) & (tens < BLANK) & (tens >= 0)
            worth = steadiness(10 * tens + units, good, pace) + float(likeness(levels).mean())
            if worth > best:
                row = (origin - left) / pitch
                best, found = worth, from_box(origin, row, down, float(pitch), 2)
    return found, best


def whole(stack: Stack, place: Place, least: float = 0.15) -> Place:
    """Fit all digits at once, with perspective."""

    def made(nine: Array) -> Place:
        return from_corners(nine[:8].reshape(4, 2), nine[8], place.digits)

    def value(nine: Array) -> float:
        return float(likeness(stack.levels(made(nine))).mean())

    width = place.size()[0]
    start = np.append(place.corners().reshape(-1), place.pitch)
    nine, _ = climb(value, start, np.append(np.full(8, 0.12 * width), 0.04), least)
    return made(nine)
