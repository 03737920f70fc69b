"""The course of a video: its camera's clock, and the frames at which the count steps.

Two looks: the first allows any camera and finds its clock, the second holds to that clock and finds
each single step. Both judge by all readings at once.
"""

from dataclasses import dataclass

import numpy as np

from emgd.align import cuts, line, pieces, steps, track
from emgd.align.camera import Camera, FitFault
from emgd.align.cuts import Cut
from emgd.align.shown import Candidates, Floats, Ints, Shown

_KNOWN_RATE = 5e-5  # how far a camera's rate wanders about what was found
_PRICE = 5.0  # of a step, in powers of e
_BLURS = 4.0  # of the edges' softness: about where good readings end
_SLACK_S = 1e-4
_TURNS = 2
_STEP_EVERY_S = 3.0  # steps that come more often are no dropped frames
_WHILE = 400  # readings
_CLEARLY, _SHARE = 8, 0.03  # so many more readings must fit beside the line than on it
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
    """The course that agrees with most readings.

    Where frames and numbers go in step, a dropped frame and a clock that drifts over a change look
    alike: the second look is taken from both, and what makes the readings likelier is kept.
    """
    half = (camera.exposure_s or 0.0) / 2

    def look(ahead_s: Floats, period_s: float, rate_off: float) -> tuple[Course, steps.Path]:
        fits = steps.windows(frames, shown, candidates, ahead_s, period_s)
        path = steps.path(frames, fits.wider(half), ahead_s, period_s, rate_off)
        found = pieces.pieces_of(frames, fits.wider(half), path, period_s)
        _check_constant(frames, path, found, period_s)
        lo, hi = fits.lo + frames * period_s, fits.hi + frames * period_s
        return _lined(frames, lo, hi, found, period_s + found.rate), path

    period_s = 1 / camera.fps
    ahead_s = steps.ahead(frames, shown, rough, period_s)
    first, path = look(ahead_s, period_s, track.RATE_OFF)
    fitted_s = first.line.frame_s
    rate = pieces.rate_of(frames, path)
    seconds = (
        look(first.times(frames) - frames * fitted_s, fitted_s, _KNOWN_RATE)[0],
        look(path.ahead_s - rate * frames, period_s + rate, _KNOWN_RATE)[0],
    )
    return max(seconds, key=lambda one: one.line.likely - _PRICE * len(one.cuts))


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


def wander_s(
    frames: Ints, shown: Shown, candidates: Candidates, found: Course
) -> tuple[float, float]:
    """How far the readings of a while lie beside the line, at most; and in what share of whiles."""
    times, period_s = found.times(frames), found.line.frame_s
    beside = times - frames * period_s
    fits = steps.windows(frames, shown, candidates, beside, period_s)
    about = steps.Windows(fits.lo - beside, fits.hi - beside)
    aside = []
    begins = range(0, len(frames), _WHILE)
    for begin in begins:
        part = about.part(slice(begin, begin + _WHILE))
        here = int(((part.lo <= 0) & (part.hi >= 0)).sum())
        most, middle = pieces.covered(part)
        if most - here > _CLEARLY + _SHARE * len(part.lo):
            aside.append(abs(middle))
    return max(aside, default=0.0), len(aside) / len(begins)


def _check_constant(frames: Ints, path: steps.Path, found: pieces.Pieces, period_s: float) -> None:
    """FitFault where time and frame count part too often, or not by whole frames."""
    seconds = float(np.ptp(frames)) * period_s
    parted, begun = len(path.steps), int(found.group[-1])
    if parted > 5 + seconds / _STEP_EVERY_S or begun > 2 + seconds / _BEGIN_EVERY_S:
        raise inconstant(f"Time and frame count part at {parted} places")


def inconstant(what: str) -> FitFault:
    """The fault of a video whose frame count tells no time."""
    return FitFault(
        f"{what}: the video has no constant frame rate. Convert it first"
        " (ffmpeg -i IN -fps_mode cfr -r 30 OUT) and read the digits again."
    )
