"""Films of a seven-segment display, made from light: what each frame shows is known exactly.

Nothing here comes from the reader. The digits have their own outline, a frame is the light that
fell in while its shutter was open, and the camera's clipping, gamma and noise come after that.
"""

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import imageio_ffmpeg
import numpy as np

Image = np.ndarray[Any, np.dtype[Any]]
Corners = tuple[tuple[float, float], ...]

# Lit bars of each digit: top, upper right, lower right, bottom, lower left, upper left, middle.
_LIT = ("1111110", "0110000", "1101101", "1111001", "0110011", "1011011", "1011111")
_LIT += ("1110000", "1111111", "1111011")
_BARE = {"6": "0011111", "9": "1110011"}
_W, _H, _PITCH = 100, 180, 140  # one digit, in units of the drawing
_MARGIN = 40  # the black case around the digits


def upright(x: float, y: float, width: float, digits: int = 4) -> Corners:
    """Corners of a display seen straight on, from its left upper corner and its width."""
    height = width * _H / ((digits - 1) * _PITCH + _W)
    return ((x, y), (x + width, y), (x + width, y + height), (x, y + height))


@dataclass(frozen=True)
class Film:
    """A scene, a camera and a file."""

    corners: Corners = field(default_factory=lambda: upright(180, 150, 100))
    digits: int = 4
    first: int = 100
    blank_leading: bool = False
    color: tuple[float, float, float] = (0.05, 0.08, 1.0)  # blue, green, red, in light
    light: float = 1.2  # 1.0 just fills the camera's range
    glow: float = 0.06
    slant: float = 0.08
    bar: float = 22.0  # how thick bars are, of a digit's 100
    tails: bool = True  # 6 and 9 with their tails
    shows: Callable[[int], int] = lambda number: number  # what is lit for a number
    tick_s: float = 0.04
    first_tick_s: float = 0.013
    fps: float = 30.0
    seconds: float = 6.0
    shutter_s: float = 0.01
    size: tuple[int, int] = (320, 240)
    blur: float = 0.6
    noise: float = 2.5
    seed: int = 1
    scene: Callable[[float, tuple[int, int]], Image] | None = None
    shake: Callable[[float], tuple[float, float]] = lambda t: (0.0, 0.0)
    exposure: Callable[[float], float] = lambda t: 1.0
    encoder: tuple[str, ...] = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "23")

    @property
    def frames(self) -> int:
        return round(self.fps * self.seconds)

    def number_at(self, t: float) -> int:
        """What the display shows at this time."""
        ticks = int(np.floor((t - self.first_tick_s) / self.tick_s)) + 1
        return self.shows(self.first + ticks) % 10**self.digits

    def shown(self, frame: int) -> dict[int, float]:
        """The numbers that this frame's exposure saw, and how much of it each had."""
        start = frame / self.fps
        end = start + self.shutter_s
        edges = [start, end]
        tick = np.ceil((start - self.first_tick_s) / self.tick_s)
        while (at := self.first_tick_s + tick * self.tick_s) < end:
            edges.insert(-1, at)
            tick += 1
        parts: dict[int, float] = {}
        for a, b in pairwise(edges):
            if b - a > 1e-9:
                parts[self.number_at((a + b) / 2)] = (b - a) / self.shutter_s
        return parts

    def clean(self) -> list[int]:
        """The frames that show one number only."""
        return [frame for frame in range(self.frames) if len(self.shown(frame)) == 1]

    def write(self, path: Path, rate: str | None = None) -> "Film":
        """Render and encode it."""
        width, height = self.size
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-f", "rawvideo"]
        command += ["-pix_fmt", "bgr24", "-s", f"{width}x{height}", "-r", rate or str(self.fps)]
        command += ["-i", "-", "-threads", "1", *self.encoder, "-pix_fmt", "yuv420p", str(path)]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as encoder:
            assert encoder.stdin is not None
            for image in self.images():
                encoder.stdin.write(image.tobytes())
            encoder.stdin.close()
        assert encoder.returncode == 0
        return self

    def images(self) -> Iterator[Image]:
        """The frames as the camera gives them."""
        rng = np.random.default_rng(self.seed)
        grain = rng.normal(0, self.noise, (8, self.size[1] + 64, self.size[0] + 64, 1))
        grain = np.repeat(grain.astype(np.float32), 3, axis=-1)
        for frame in range(self.frames):
            t = frame / self.fps
            light = self._light(t, self.shown(frame)) * np.float32(self.exposure(t))
            if self.blur:
                light = cv2.GaussianBlur(light, (0, 0), self.blur)
            image = cv2.pow(np.clip(light, 0, 1), 1 / 2.2) * np.float32(255)
            dy, dx = rng.integers(0, 64, 2)
            image += grain[frame % 8, dy : dy + self.size[1], dx : dx + self.size[0]]
            yield np.clip(np.rint(image), 0, 255).astype(np.uint8)

    def _light(self, t: float, parts: dict[int, float]) -> Image:
        """What falls on the sensor, 1.0 filling its range."""
        scene = dim_room(t, self.size) if self.scene is None else self.scene(t, self.size)
        moved = np.array(self.shake(t), np.float32)
        if moved.any():
            shift = np.column_stack([np.eye(2), moved]).astype(np.float32)
            scene = cv2.warpAffine(scene, shift, self.size, borderMode=cv2.BORDER_REPLICATE)
        corners = np.array(self.corners, np.float32) + moved
        low = np.clip(corners.min(0) - 50, 0, self.size).astype(int)
        high = np.clip(corners.max(0) + 50, 0, self.size).astype(int)
        if (high - low).min() > 0:
            part = scene[low[1] : high[1], low[0] : high[0]]
            part[:] = self._lit(part, (corners - low).astype(np.float32), parts)
        return scene

    def _lit(self, scene: Image, corners: Image, parts: dict[int, float]) -> Image:
        """A part of the scene, with the display in it."""
        drawing = sum(self._drawing(number) * np.float32(share) for number, share in parts.items())
        height, width = drawing.shape
        inner = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        inner += np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]], np.float32) * _MARGIN
        size = scene.shape[1::-1]
        # Twice the size and halved: thin bars of a small display stay as bright as they are wide.
        warp = cv2.getPerspectiveTransform(inner, corners * 2)
        scale = np.hypot(*(corners[1] - corners[0])) * 2 / (width - 2 * _MARGIN)
        soft = cv2.GaussianBlur(drawing, (0, 0), max(0.5 / scale, 0.5))
        bars, case = (
            cv2.resize(
                cv2.warpPerspective(flat, warp, (2 * size[0], 2 * size[1])),
                size,
                interpolation=cv2.INTER_AREA,
            )
            for flat in (soft, np.ones_like(drawing))
        )
        reach = max(1.0, 0.12 * float(np.hypot(*(corners[3] - corners[0]))))
        shine = bars + np.float32(6 * self.glow) * cv2.GaussianBlur(bars, (0, 0), reach)
        color = np.array(self.color, np.float32) * np.float32(self.light)
        case = case[..., None]
        return scene * (1 - np.float32(0.97) * case) + 0.004 * case + shine[..., None] * color

    def _drawing(self, number: int) -> Image:
        """The display's face with its lit bars, straight on."""
        text = str(number).rjust(self.digits, " " if self.blank_leading else "0")
        width = (self.digits - 1) * _PITCH + _W + 2 * _MARGIN
        image = np.zeros((_H + 2 * _MARGIN, width), np.float32)
        for place, sign in enumerate(text):
            if sign != " ":
                lit_bars = _LIT[int(sign)] if self.tails else _BARE.get(sign, _LIT[int(sign)])
                for bar, lit in enumerate(lit_bars):
                    if lit == "1":
                        corner = np.array([_MARGIN + place * _PITCH, _MARGIN])
                        outline = self._bar(bar) + corner
                        cv2.fillConvexPoly(image, np.int32(np.rint(outline)), 1.0, cv2.LINE_AA)
        return image

    def _bar(self, bar: int) -> Image:
        """The six corners of a bar."""
        b, gap = self.bar / 2, 3.0
        nodes = [(b, b), (_W - b, b), (_W - b, _H / 2), (_W - b, _H - b), (b, _H - b), (b, _H / 2)]
        ends = ((0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0), (5, 2))[bar]
        p, q = (np.array(nodes[end], float) for end in ends)
        along = (q - p) / np.hypot(*(q - p))
        across = np.array([-along[1], along[0]]) * b
        p, q = p + along * gap, q - along * gap
        shape = np.array(
            [
                p,
                p + along * b + across,
                q - along * b + across,
                q,
                q - along * b - across,
                p + along * b - across,
            ]
        )
        shape[:, 0] += self.slant * (_H / 2 - shape[:, 1])
        return shape


def dim_room(t: float, size: tuple[int, int]) -> Image:
    """A grey wall."""
    del t
    return np.full((size[1], size[0], 3), 0.08, np.float32)


def lively_room(t: float, size: tuple[int, int]) -> Image:
    """A face that nods and talks, a lamp, a window blind, and a lamp of a device that blinks."""
    width, height = size
    image = np.full((height, width, 3), 0.12, np.float32)
    image[: height // 3, : width // 4] = 0.9
    for y in range(4, height // 3, 9):
        image[y : y + 3, : width // 4] = 0.3
    x = int(width * (0.3 + 0.02 * np.sin(2.1 * t)))
    y = int(height * (0.5 + 0.03 * np.sin(3.3 * t)))
    cv2.ellipse(
        image, (x, y), (width // 7, height // 4), 0, 0, 360, (0.25, 0.32, 0.5), -1, cv2.LINE_AA
    )
    for side in (-1, 1):
        eye = (x + side * width // 18, y - height // 16)
        cv2.ellipse(image, eye, (6, 3), 0, 0, 360, (0.7, 0.7, 0.7), -1, cv2.LINE_AA)
        cv2.circle(image, (eye[0] + int(2 * np.sin(5 * t)), eye[1]), 2, (0.02, 0.02, 0.02), -1)
    mouth = (width // 20, 2 + int(5 * abs(np.sin(9 * t))))
    cv2.ellipse(image, (x, y + height // 9), mouth, 0, 0, 360, (0.1, 0.08, 0.3), -1, cv2.LINE_AA)
    cv2.circle(image, (int(width * 0.9), int(height * 0.15)), 14, (2.0, 2.0, 2.0), -1, cv2.LINE_AA)
    if int(t * 4) % 2:
        cv2.circle(image, (int(width * 0.55), int(height * 0.9)), 4, (0.1, 1.5, 0.1), -1)
    return image


def by_hand(amount: float) -> Callable[[float], tuple[float, float]]:
    """How a hand holds a camera: slow sway and a faint tremor, in pixels."""

    def shake(t: float) -> tuple[float, float]:
        sway = amount * np.array([np.sin(2.3 * t + 1), np.sin(3.1 * t)])
        tremor = 0.15 * amount * np.array([np.sin(45 * t), np.sin(51 * t + 2)])
        return tuple(sway + tremor)

    return shake
