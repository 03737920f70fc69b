"""Readings of the display in video frames -> when each frame was taken, and how sure that is."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from emgd.align import bounds, cuts, line, pieces, steps, track, verdict
from emgd.align.cuts import Cut
from emgd.align.shown import Candidates, Floats, Ints, Shown, candidates_of
from emgd.align.verdict import Verdict

_KNOWN_RATE = 5e-5  # how far a camera's rate wanders about what was found
_LEAST = 4  # good readings
_LEAST_SHARE = 0.4  # of the readings that lie within the recording
_MOST_STEPS = 400
_BLURS = 4.0  # of the edges' softness: further from a change no good reading lies
_SLACK_S = 1e-4


class FitFault(Exception):
    """Readings that do not say when the frames were taken; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Camera:
    """What is known of the video."""

    fps: float
    exposure_s: float | None = None
    start_s: float | None = None  # about when the first frame was taken


@dataclass(frozen=True, slots=True)
class Fit:
    """When the frames were taken, in seconds of the recording's own zero."""

    line: line.Line
    cuts: list[Cut]
    rooms: list[bounds.Room]  # of each group
    slack_s: float  # how far from its window a good reading may lie
    times_s: Floats  # of the readings' frames
    off_s: Floats  # how far each reading lies outside its window
    verdicts: list[Verdict]
    elsewhere_s: list[float]  # shifts by which the readings would nearly fit as well

    def times(self, frames: Ints) -> Floats:
        """When frames were taken: the middle of their exposure."""
        return self.line.times(*cuts.counted(frames, self.cuts))

    def errors(self, frames: Ints) -> Floats:
        """By how much these times can be off."""
        taken, group = cuts.counted(frames, self.cuts)
        result = np.zeros(len(frames))
        for number, room in enumerate(self.rooms):
            mine = group == number
            result[mine] = room.at(taken[mine])
        for cut in self.cuts:
            unsure = (frames >= cut.earliest) & (frames < cut.latest)
            if unsure.any():
                ends = np.array([cut.frame - 1, cut.frame])
                step_s = float(np.diff(self.times(ends))[0]) - self.line.frame_s
                result[unsure] += abs(step_s)
        return result


def fit(
    frames: Ints,
    numbers: Ints,
    shown: Shown,
    camera: Camera,
    progress: Callable[[float], None] = lambda _: None,
) -> Fit:
    """Fit the readings (frames sorted); FitFault where they do not determine the line."""
    period_s = 1 / camera.fps
    candidates = candidates_of(numbers, shown)
    rough = _rough(frames, shown, candidates, camera)
    progress(0.3)
    ahead_s = steps.ahead(frames, shown, rough, period_s)
    fits = steps.windows(frames, shown, candidates, ahead_s, period_s)
    path = steps.path(frames, fits, ahead_s, period_s, track.RATE_OFF)
    rate = pieces.rate_of(frames, path)
    period_s += rate
    ahead_s = path.ahead_s - rate * frames
    progress(0.5)
    fits = steps.windows(frames, shown, candidates, ahead_s, period_s)
    path = steps.path(frames, fits, ahead_s, period_s, _KNOWN_RATE)
    if len(path.steps) > _MOST_STEPS:
        raise FitFault(
            f"Time and frame count part at {len(path.steps)} places: the video has no constant"
            " frame rate. Convert it first (ffmpeg -i IN -fps_mode cfr -r 30 OUT) and read the"
            " digits again."
        )
    found = pieces.pieces_of(frames, fits, path, period_s)
    progress(0.7)
    lo, hi = fits.lo + frames * period_s, fits.hi + frames * period_s
    fitted, places = _lined(frames, lo, hi, found, period_s + found.rate)
    progress(0.9)
    result = _judged(frames, shown, candidates, camera, fitted, places)
    _sure(result, frames, shown)
    progress(1.0)
    return result


def _rough(frames: Ints, shown: Shown, candidates: Candidates, camera: Camera) -> track.Track:
    """The rough track, of the placement that is meant."""
    rough = track.track(frames, shown, candidates, 1 / camera.fps)
    if len(rough.reading) < max(_LEAST, _LEAST_SHARE * len(np.unique(candidates.reading))):
        raise FitFault(
            f"Of {len(frames)} readings no more than {len(rough.reading)} agree with the numbers"
            " of the recording and with each other: is it the right recording, and are --fps and"
            " --digits right?"
        )
    return rough


def _lined(
    frames: Ints, lo: Floats, hi: Floats, found: pieces.Pieces, period_s: float
) -> tuple[line.Line, list[Cut]]:
    """The line and the exact places of the steps, each found with the other."""
    known = np.isfinite(lo)
    where = cuts.cuts_of(frames, found)
    offsets, zero = found.offset_s, frames
    fitted: line.Line | None = None
    for _ in range(2):
        taken, group = cuts.counted(frames, where)
        fitted = line.fit_line(
            taken[known], group[known], lo[known], hi[known], offsets, period_s
        )
        slack = _BLURS * fitted.blur_s + _SLACK_S
        edges = [cut.frame for cut in where]
        better = []
        for i, cut in enumerate(where):
            left = edges[i - 1] if i else frames[0]
            right = edges[i + 1] if i + 1 < len(edges) else frames[-1] + 1
            mine = (frames >= left) & (frames < right)
            a, b = np.array([cut.frame - 1]), np.array([cut.frame])
            (before, old), (after, new) = cuts.counted(a, where), cuts.counted(b, where)
            times = [
                fitted.times(zero[mine] + int(taken_[0] - f[0]), np.repeat(g, mine.sum()))
                for taken_, f, g in ((before, a, old), (after, b, new))
            ]
            fit_before, fit_after = (
                (lo[mine] - slack <= t) & (t <= hi[mine] + slack) for t in times
            )
            better.append(cuts.placed(cut, frames[mine], fit_before, fit_after))
        where = better
    assert fitted is not None
    return fitted, where


def _judged(
    frames: Ints,
    shown: Shown,
    candidates: Candidates,
    camera: Camera,
    fitted: line.Line,
    where: list[Cut],
) -> Fit:
    """Which readings are good, and how much room they leave."""
    taken, group = cuts.counted(frames, where)
    times = fitted.times(taken, group)
    off = verdict.residuals(times, shown, candidates)
    slack = _BLURS * fitted.blur_s + _SLACK_S
    change = slack
    if camera.exposure_s is not None:
        change = camera.exposure_s / 2
        slack = change + 2 * min(fitted.blur_s, 2 * _SLACK_S) + _SLACK_S
    judged = verdict.verdicts(times, off, shown, slack, change)
    good = np.array([one is Verdict.GOOD for one in judged])
    place = shown.at(times)
    rooms = []
    for number in range(fitted.groups):
        mine = good & (group == number)
        if mine.sum() < _LEAST:
            raise FitFault("BAD")
        near = np.clip(place[mine], 0, None)
        down = np.maximum(times[mine] - shown.lo[near], 0) + slack
        up = np.maximum(shown.hi[near] - times[mine], 0) + slack
        reach = np.linspace(float(taken[mine].min()), float(taken[mine].max()), 9)
        rooms.append(bounds.room_of(taken[mine].astype(float), down, up, fitted.frame_s, reach))
    return Fit(fitted, where, rooms, slack, times, off, judged, [])


def _sure(result: Fit, frames: Ints, shown: Shown) -> None:
    pass
