"""Where in the recording a video lies: of several places the one that is meant."""

import numpy as np

from emgd.align import track
from emgd.align.camera import LEAST, LEAST_SHARE, Camera, FitFault
from emgd.align.shown import Candidates, Ints, Shown

_SAME = 0.97  # of the readings: another placement that explains so many is as good


def placed(
    frames: Ints, shown: Shown, candidates: Candidates, camera: Camera
) -> tuple[track.Track, list[float]]:
    """The rough track of the placement that is meant, and the shifts to those nearly as good."""
    if camera.start_s is not None and camera.wrap_s is not None:
        expected = camera.start_s + frames[candidates.reading] / camera.fps
        near = np.abs(shown.lo[candidates.place] - expected) <= camera.wrap_s / 2
        candidates = Candidates(candidates.reading[near], candidates.place[near])
    if len(frames) < LEAST:
        raise FitFault(f"{len(frames)} readings determine nothing: read {LEAST} frames or more.")
    rough = track.track(frames, shown, candidates, 1 / camera.fps)
    if len(rough.reading) < max(LEAST, LEAST_SHARE * len(np.unique(candidates.reading))):
        raise FitFault(
            f"Of {len(frames)} readings no more than {len(rough.reading)} agree with the numbers"
            " of the recording and with each other: is it the right recording, and are --fps,"
            " --digits and --start right?"
        )
    fps = track.rate_hz(frames, shown, rough, camera.fps)
    if fps is not None:
        raise FitFault(
            f"The numbers go up as in a video of about {fps:.2f} frames a second, not"
            f" {camera.fps:.2f}: give the right --fps."
        )
    shifts = track.elsewhere(frames, shown, candidates, rough, camera.fps)
    same = [shift for shift, share in shifts if share >= _SAME]
    if same and camera.start_s is None:
        starts = sorted([0.0, *same])
        raise FitFault(
            f"The readings fit in {len(starts)} ways, about {min(np.diff(starts)):.0f} s apart,"
            " because the display shows the same numbers again: say about when the first frame"
            " was taken, with --start."
        )
    return rough, [shift for shift, share in shifts if share < _SAME]
