"""A picture of what was seen: the place, the bars, and examples of what was read and left out."""

from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from emgd.video.decide import SURE_LEVELS
from emgd.video.drawing import GROUND, WIDTH, fit, ruled, titled, write
from emgd.video.find import NoDisplay
from emgd.video.open import Image
from emgd.video.place import Place, plane_between
from emgd.video.reader import Read
from emgd.video.segments import MIDDLE, SPOTS, Array

_SHOWN = 8  # examples of each kind
_LOOKED_AT = 900  # frames from the first one that was read
_LIT, _DARK, _MIDDLE = (80, 220, 80), (200, 120, 60), (60, 60, 230)


def save(path: Path, image: Image) -> None:
    """Write it as PNG."""
    import cv2

    done, data = cv2.imencode(".png", image)
    assert done
    path.write_bytes(data.tobytes())


def of_reading(read: Read) -> Image:
    """The place in a frame, each bar's levels, and two strips of examples."""
    sure = np.flatnonzero(read.sure)
    first = int(sure[0]) if len(sure) else read.seen.places[0][0]
    seen_from, until = first, min(first + _LOOKED_AT, len(read.sure))
    good = _spread(sure[(sure >= seen_from) & (sure < until)])
    left_out = np.flatnonzero(~read.sure[seen_from:until] & ~_hidden(read, seen_from, until))
    bad = _spread(left_out + seen_from)
    wanted = {first, *good, *bad}
    images = {
        n: image.copy()
        for n, image in enumerate(islice(read.video.from_frame(), max(wanted) + 1))
        if n in wanted
    }
    rows = [
        titled("Where the display is", _scene(images[first], read.seen.place(first))),
        titled("Where its bars are looked at, in that frame", _close(read, images[first], first)),
        titled(
            "How often each bar had which light, from dark (left) to lit (right):"
            " what lies between the red lines is left out",
            _histograms(read),
        ),
        titled("Read, and how surely", _strip(read, images, good)),
        titled("Left out", _strip(read, images, bad)),
    ]
    return np.vstack(rows)


def of_nothing(fault: NoDisplay) -> Image:
    """Where no display was found: the scene, and what flickers in it."""
    import cv2

    assert fault.seen is not None
    restless = fault.seen.restless.astype(float)
    scaled = (255 * restless / max(1.0, restless.max())).astype(np.uint8)
    heat = cv2.applyColorMap(scaled, cv2.COLORMAP_INFERNO)
    rows = [
        titled(
            "The brightest of each pixel: --place X,Y,WIDTH,HEIGHT counts so",
            fit(ruled(fault.seen.high)),
        ),
        titled(
            "What flickers without rest: a counting display should glow here",
            fit(np.asarray(heat, np.uint8)),
        ),
    ]
    return np.vstack(rows)


def _hidden(read: Read, start: int, until: int) -> Any:
    return np.array(read.seen.hidden[start:until])


def _spread(frames: Any) -> list[int]:
    """Some of them, from all over."""
    if not len(frames):
        return []
    picked = np.unique(np.linspace(0, len(frames) - 1, _SHOWN).astype(int))
    return [int(frames[n]) for n in picked]


def _scene(image: Image, place: Place | None) -> Image:
    import cv2

    assert place is not None
    image = image.copy()
    width = max(1, round(image.shape[1] / 500))
    for left in -place.pitch * np.arange(place.digits):
        box = place.seen(np.array([[left, 0], [left + 1, 0], [left + 1, 1], [left, 1.0]]))
        cv2.polylines(image, [np.rint(box).astype(np.int32)], True, _LIT, width, cv2.LINE_AA)
    return fit(image)


def _flat(image: Image, place: Place, height: int) -> tuple[Image, Array]:
    """The display straightened, and the projection that does so."""
    import cv2

    left, margin = -place.pitch * (place.digits - 1), 0.25
    shape = place.size()
    width = round(height * (1 - left + 2 * margin) * shape[0] / (shape[1] * 1.3))
    box = np.array(
        [[left - margin, -0.15], [1 + margin, -0.15], [1 + margin, 1.15], [left - margin, 1.15]]
    )
    out = np.array([[0.0, 0], [width, 0], [width, height], [0, height]])
    plane = plane_between(box, out) @ np.linalg.inv(place.plane)
    flat = cv2.warpPerspective(image, plane, (width, height), flags=cv2.INTER_LINEAR)
    return np.asarray(flat, np.uint8), plane


def _close(read: Read, image: Image, frame: int) -> Image:
    import cv2

    place = read.seen.place(frame)
    assert place is not None
    flat, plane = _flat(image, place, 240)
    lit = read.readings.bars[frame] > MIDDLE
    points = place.spots().reshape(place.digits, len(SPOTS), 3, 2)
    for digit, spots in enumerate(points):
        for spot, at in enumerate(spots):
            color = _MIDDLE if spot >= 7 else _LIT if lit[digit, spot] else _DARK
            seen = np.column_stack([at, np.ones(3)]) @ plane.T
            for x, y in np.rint(seen[:, :2] / seen[:, 2:]).astype(int).tolist():
                cv2.circle(flat, (x, y), 3, color, -1, cv2.LINE_AA)
                cv2.circle(flat, (x, y), 4, (255, 255, 255), 1, cv2.LINE_AA)
    return fit(flat, grow=False)


def _histograms(read: Read) -> Image:
    """A small histogram for each bar, digits beside each other."""
    import cv2

    bars = read.readings.bars[~np.array(read.seen.hidden)]
    digits = bars.shape[1]
    wide, tall, gap = WIDTH // digits, 22, 4
    image = np.full((7 * (tall + gap) + gap, WIDTH, 3), GROUND, np.uint8)
    span = wide - 40
    for digit in range(digits):
        for bar in range(7):
            left, bottom = digit * wide + 24, (bar + 1) * (tall + gap)
            counts, _ = np.histogram(np.clip(bars[:, digit, bar], -0.49, 1.49), span, (-0.5, 1.5))
            heights = np.ceil(tall * np.sqrt(counts / max(1, counts.max()))).astype(int)
            for x, height in enumerate(heights.tolist()):
                color = _LIT if x > span * (MIDDLE + 0.5) / 2 else _DARK
                if height:
                    cv2.line(image, (left + x, bottom), (left + x, bottom - height), color, 1)
            for level in SURE_LEVELS:
                x = left + round((level + 0.5) / 2 * span)
                cv2.line(image, (x, bottom), (x, bottom - tall), _MIDDLE, 1)
            write(image, "abcdefg"[bar], (left - 14, bottom - 5))
    return image


def _strip(read: Read, images: dict[int, Image], frames: list[int]) -> Image:
    image = np.full((96, WIDTH, 3), GROUND, np.uint8)
    if not frames:
        write(image, "none", (8, 40))
    wide = WIDTH // _SHOWN
    for n, frame in enumerate(frames):
        place = read.seen.place(frame)
        if place is None:
            continue
        flat, _ = _flat(images[frame], place, 60)
        flat = fit(flat, grow=False, width=wide - 6)
        image[4 : 4 + len(flat), n * wide + 3 : n * wide + 3 + flat.shape[1]] = flat
        number, sure = read.readings.numbers[frame], read.readings.confidence[frame]
        told = "-" if number < 0 else str(number)
        write(image, f"#{frame}", (n * wide + 3, 76))
        write(image, f"{told}  {sure:.2f}", (n * wide + 3, 92))
    return image
