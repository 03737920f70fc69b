"""A video file as frames, and what its container says of their times."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

Image = np.ndarray[Any, np.dtype[np.uint8]]
Array = np.ndarray[Any, np.dtype[np.float64]]

_UNEVEN = 0.25  # a frame off by a quarter of a period is not a matter of rounding
_ROUNDING_S = 1.1e-3  # some containers have whole milliseconds
_ROUGHLY = 0.06  # so far their middle may be off
_SOME = 0.01  # the share of such frames from which the rate is called variable


class VideoFault(Exception):
    """The video cannot be read; says what to do."""


@dataclass
class Times:
    """The time stamps of the frames that were read, in seconds."""

    fps: float  # as the container says
    stamps_s: list[float] = field(default_factory=list)

    def seconds(self) -> Array:
        """When each frame was taken, by its stamp; by its number where the stamps stand still."""
        stamps = np.array(self.stamps_s)
        return stamps if (np.diff(stamps) > 0).all() else np.arange(len(stamps)) / self.fps

    @property
    def frame_rate(self) -> float:
        """Frames a second: the container's, unless its own time stamps contradict it."""
        step_s = self._step_s()
        if step_s is None or abs(step_s * self.fps - 1) < _ROUGHLY:
            return self.fps
        return (len(self.stamps_s) - 1) / (self.stamps_s[-1] - self.stamps_s[0])

    def uneven(self) -> int:
        """How many frames stand at another distance from the one before than is usual."""
        step_s = self._step_s()
        if step_s is None:
            return 0
        off_s = np.abs(np.diff(np.array(self.stamps_s)) - step_s)
        return int(np.count_nonzero(off_s > max(_UNEVEN * step_s, _ROUNDING_S)))

    def _step_s(self) -> float | None:
        """The usual distance from frame to frame."""
        steps = np.diff(np.array(self.stamps_s))
        middle = float(np.median(steps)) if len(steps) else 0.0
        return middle if middle > 0 else None

    def variable(self) -> bool:
        """Is the frame rate variable?"""
        return self.uneven() > max(2, _SOME * len(self.stamps_s))


class Video:
    """A video file that OpenCV can decode."""

    def __init__(self, path: Path) -> None:
        import cv2

        self.path = path
        if not path.is_file():
            raise VideoFault(f"{path} is not there, or no file.")
        capture = self._capture()
        self.fps = float(capture.get(cv2.CAP_PROP_FPS))
        self.frames = max(0, int(capture.get(cv2.CAP_PROP_FRAME_COUNT)))
        good, first = capture.read()
        capture.release()
        if not good:
            raise VideoFault(
                f"{path} is a video of a kind that this OpenCV cannot decode: convert it,"
                f" `ffmpeg -i {path.name} -c:v libx264 -crf 18 {path.stem}.h264.mp4`."
            )
        if not 1 <= self.fps <= 1000:
            raise VideoFault(
                f"{path} tells no frame rate ({self.fps:g}): convert it,"
                f" `ffmpeg -i {path.name} -r 30 {path.stem}.30.mp4`, with its true rate."
            )
        self.height, self.width = first.shape[:2]

    def from_frame(self, start: int = 0, times: Times | None = None) -> Iterator[Image]:
        """The frames from this one on; notes their times, too."""
        import cv2

        capture = self._capture()
        try:
            if start:
                capture.set(cv2.CAP_PROP_POS_FRAMES, start)
            while True:
                good, image = capture.read()
                if not good:
                    return
                if times is not None:
                    times.stamps_s.append(capture.get(cv2.CAP_PROP_POS_MSEC) / 1000)
                yield np.asarray(image, np.uint8)
        finally:
            capture.release()

    def _capture(self) -> Any:
        """Open it anew; what FFmpeg mutters about a file is said better by us."""
        os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # quiet; read by the first capture
        import cv2

        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        capture = cv2.VideoCapture(str(self.path), cv2.CAP_FFMPEG)
        if not capture.isOpened():
            raise VideoFault(f"{self.path} is no video that OpenCV can open.")
        return capture
