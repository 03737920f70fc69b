"""What is known of a video beforehand, and the fault where its readings do not say the rest."""

from dataclasses import dataclass

LEAST = 4  # readings that agree: fewer say nothing
LEAST_SHARE = 0.4  # of the readings that lie within the recording


class FitFault(Exception):
    """Readings that do not say when the frames were taken; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Camera:
    """What is known of the video."""

    fps: float
    exposure_s: float | None = None
    start_s: float | None = None  # about when the first frame was taken
    wrap_s: float | None = None  # after so long the display shows the same numbers again
