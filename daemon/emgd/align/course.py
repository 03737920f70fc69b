"""The course of a video: its camera's clock, and the frames at which the count steps.

Two looks: the first allows any camera and finds its clock, the second holds to that clock and finds
each single step. Both judge by all readings at once.
"""

from dataclasses import dataclass

import numpy as np

from emgd.align import cuts, line, pieces, steps, track, verdict
from emgd.align.camera import Camera, FitFault
from emgd.align.cuts import Cut
from emgd.align.shown import Candidates, Floats, Ints, Shown

_KNOWN_RATE = 5e-5  # how far a camera's rate wanders about what was found
_BLURS = 4.0  # of the edges' softness: about where good readings end
_SLACK_S = 1e-4
_TURNS = 2
_STEP_EVERY_S = 1.5  # steps that come more often are no dropped frames
_BEGIN_EVERY_S = 60.0  # a camera that begins again more often has no constant rate


@dataclass(frozen=True, slots=True)
class Course:
    """The line, and where frames are missing."""

    line: line.Line
    cuts: list[Cut]

    def times(self, frames: Ints) -> Floats:
        """When frames were taken: the middle of their exposure."""
        return self.line.times(*cuts.counted(frames, self.cuts))


def course(
    frames: Ints, shown: Shown, candidates: Candidates, rough: track.Track, camera: Camera
) -> Course:
    """The course that agrees with most readings."""
    period_s = 1 / camera.fps
    half = (camera.exposure_s or 0.0) / 2
    ahead_s = steps.ahead(frames, shown, rough, period_s)
    for rate_off in (track.RATE_OFF, _KNOWN_RATE):
        fits = steps.windows(frames, shown, candidates, ahead_s, period_s)
        path = steps.path(frames, fits.wider(half), ahead_s, period_s, rate_off)
        found = pieces.pieces_of(frames, fits.wider(half), path, period_s)
        _check_constant(frames, found, period_s)
        lo, hi = fits.lo + frames * period_s, fits.hi + frames * period_s
        result = _lined(frames, lo, hi, found, period_s + found.rate)
        times = result.times(frames)
        if camera.exposure_s is None:
            off = np.maximum(np.maximum(lo - times, times - hi), 0.0)
            half = verdict.softness_s(off, shown.tick_s)
        period_s = result.line.frame_s
        ahead_s = times - frames * period_s
    return result


def _lined(frames: Ints, lo: Floats, hi: Floats, found: pieces.Pieces, period_s: float) -> Course:
    """The line and the exact places of the steps, each found with the other."""
    known = np.isfinite(lo)
    where = cuts.cuts_of(frames, found)
    for _ in range(_TURNS):
        taken, group = cuts.counted(frames[known], where)
        fitted = line.fit_line(taken, group, lo[known], hi[known], found.offset_s, period_s)
        slack = _BLURS * fitted.blur_s + _SLACK_S
        where = cuts.refined(where, frames, fitted.times, lo - slack, hi + slack)
    return Course(fitted, where)


def _check_constant(frames: Ints, found: pieces.Pieces, period_s: float) -> None:
    """FitFault where time and frame count part too often, or not by whole frames."""
    seconds = float(np.ptp(frames)) * period_s
    steps_found = int((np.diff(found.skipped) != 0).sum())
    begun = int(found.group[-1])
    if steps_found > 5 + seconds / _STEP_EVERY_S or begun > 2 + seconds / _BEGIN_EVERY_S:
        raise FitFault(
            f"Time and frame count part at {steps_found + begun} places: the video has no"
            " constant frame rate. Convert it first (ffmpeg -i IN -fps_mode cfr -r 30 OUT) and"
            " read the digits again."
        )
