"""A video laid on a recording: every frame's time and sample, and moments as frames."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgd.align.camera import Camera
from emgd.align.fit import Fit, fit
from emgd.align.readings import Reading, Readings
from emgd.align.ticks import Told

_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Film:
    """All frames of a video with their times."""

    told: Told
    readings: Readings
    fitted: Fit
    fps: float
    digits: int
    t_ns: NDArray[np.int64]  # of each frame, UTC: the middle of its exposure
    sample: NDArray[np.int64]  # -1 outside the recording
    error_s: NDArray[np.float64]

    @property
    def rows(self) -> tuple[Reading, ...]:
        """The readings in the order of the fit's arrays."""
        return self.readings.readings

    def place_at(self, t_ns: NDArray[np.int64]) -> NDArray[np.float64]:
        """The frame count at each time, with fractions: seconds in the video times `fps`."""
        steps = self.t_ns - self.t_ns[0]
        frames = np.arange(len(steps), dtype=float)
        since = (t_ns - self.t_ns[0]).astype(float)
        period = self.fitted.line.frame_s * _NS
        inside = np.interp(since, steps.astype(float), frames)
        before, after = since / period, frames[-1] + (since - float(steps[-1])) / period
        result: NDArray[np.float64] = np.where(
            since < 0, before, np.where(since > steps[-1], after, inside)
        )
        return result


def lay(
    told: Told,
    readings: Readings,
    camera: Camera,
    digits: int,
    frames: int | None,
    progress: Callable[[float], None],
) -> Film:
    """Lay a video of so many frames (or up to the last one read) on a recording."""
    numbers = np.array([one.number for one in readings.readings], np.int64)
    read_in = np.array([one.frame for one in readings.readings], np.int64)
    fitted = fit(read_in, numbers, told.shown(digits), camera, progress)
    count = readings.last_frame + 1 if frames is None else frames
    every = np.arange(count)
    seconds = np.maximum.accumulate(fitted.times(every))
    t_ns = np.rint(seconds * _NS).astype(np.int64) + told.zero_ns
    samples = told.clock.samples(t_ns)
    return Film(told, readings, fitted, camera.fps, digits, t_ns, samples, fitted.errors(every))
