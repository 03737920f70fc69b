"""Readings of the display in video frames -> when each frame was taken, and how sure that is."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgd.align import bounds, cuts, line, pieces, steps, track, verdict
from emgd.align.cuts import Cut
from emgd.align.shown import Candidates, Floats, Ints, Shown, candidates_of
from emgd.align.verdict import Verdict

_KNOWN_RATE = 5e-5  # how far a camera's rate wanders about what was found
_LEAST = 4  # good readings
_LEAST_SHARE = 0.4  # of the readings that lie within the recording
_STEP_EVERY_S = 1.5  # steps that come more often are no dropped frames
_BEGIN_EVERY_S = 60.0  # a camera that begins again more often has no constant rate
_BLURS = 4.0  # of the edges' softness: about where good readings end
_SLACK_S = 1e-4
_WIDER = 1.1  # than what the softness was found to be
_TURNS = 2
_SIGMAS = 3.0
_MANY = 200
_FLOOR_S = 1e-4  # nobody knows better when a number was lit
_SAME = 0.9  # of the readings: another placement that explains so many is as good


class FitFault(Exception):
    """Readings that do not say when the frames were taken; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Camera:
    """What is known of the video."""

    fps: float
    exposure_s: float | None = None
    start_s: float | None = None  # about when the first frame was taken
    wrap_s: float | None = None  # after so long the display shows the same numbers again


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
        many = self.verdicts.count(Verdict.GOOD)
        for number, room in enumerate(self.rooms):
            mine = group == number
            result[mine] = room.at(taken[mine])
            if many >= _MANY:  # enough that errors at the edges of changes average out
                formal = _SIGMAS * self.line.error_s(taken[mine], group[mine])
                result[mine] = np.minimum(result[mine], formal)
        for cut in self.cuts:
            unsure = (frames >= cut.earliest) & (frames < cut.latest)
            if unsure.any():
                ends = np.array([cut.frame - 1, cut.frame])
                step_s = float(np.diff(self.times(ends))[0]) - self.line.frame_s
                result[unsure] += abs(step_s)
        return result + _FLOOR_S


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
    rough, elsewhere_s = _placed(frames, shown, candidates, camera)
    progress(0.3)
    ahead_s = steps.ahead(frames, shown, rough, period_s)
    fits = steps.windows(frames, shown, candidates, ahead_s, period_s)
    half = (camera.exposure_s or 0.0) / 2
    path = steps.path(frames, fits.wider(half), ahead_s, period_s, track.RATE_OFF)
    if camera.exposure_s is None:
        off = np.maximum(fits.lo - path.ahead_s, path.ahead_s - fits.hi)
        half = verdict.softness_s(np.maximum(off, 0.0), shown.tick_s)
    rate = pieces.rate_of(frames, path)
    period_s += rate
    ahead_s = path.ahead_s - rate * frames
    progress(0.5)
    fits = steps.windows(frames, shown, candidates, ahead_s, period_s)
    path = steps.path(frames, fits.wider(half), ahead_s, period_s, _KNOWN_RATE)
    found = pieces.pieces_of(frames, fits.wider(half), path, period_s)
    _check_constant(frames, found, period_s)
    progress(0.7)
    lo, hi = fits.lo + frames * period_s, fits.hi + frames * period_s
    fitted, places = _lined(frames, lo, hi, found, period_s + found.rate)
    progress(0.9)
    times = fitted.times(*cuts.counted(frames, places))
    off = verdict.residuals(times, shown, candidates)
    slack = _slack(fitted, off, shown, camera)
    judged = verdict.verdicts(numbers, times, off, shown, slack)
    rooms = _rooms(fitted, places, frames, times, judged, shown, slack)
    result = Fit(fitted, places, rooms, slack, times, off, judged, elsewhere_s)
    _check(result, frames, shown)
    progress(1.0)
    return result


def _placed(
    frames: Ints, shown: Shown, candidates: Candidates, camera: Camera
) -> tuple[track.Track, list[float]]:
    """The rough track of the placement that is meant, and the shifts to those nearly as good."""
    if camera.start_s is not None and camera.wrap_s is not None:
        expected = camera.start_s + frames[candidates.reading] / camera.fps
        near = np.abs(shown.lo[candidates.place] - expected) <= camera.wrap_s / 2
        candidates = Candidates(candidates.reading[near], candidates.place[near])
    rough = track.track(frames, shown, candidates, 1 / camera.fps)
    if len(rough.reading) < max(_LEAST, _LEAST_SHARE * len(np.unique(candidates.reading))):
        raise FitFault(
            f"Of {len(frames)} readings no more than {len(rough.reading)} agree with the numbers"
            " of the recording and with each other: is it the right recording, and are --fps and"
            " --digits right?"
        )
    fps = track.rate_hz(frames, shown, rough, camera.fps)
    if fps is not None:
        raise FitFault(
            f"The numbers go up as in a video of about {fps:.2f} frames a second, not"
            f" {camera.fps:.2f}: give the right --fps."
        )
    shifts = track.elsewhere(shown, candidates, rough)
    same = [shift for shift, share in shifts if share >= _SAME]
    if same and camera.start_s is None:
        starts = sorted([0.0, *same])
        raise FitFault(
            f"The readings fit at {len(starts)} places of the recording, about"
            f" {min(np.diff(starts)):.0f} s apart, because the display shows the same numbers"
            " again: say about when the first frame was taken, with --start."
        )
    return rough, [shift for shift, share in shifts if share < _SAME]


def _lined(
    frames: Ints, lo: Floats, hi: Floats, found: pieces.Pieces, period_s: float
) -> tuple[line.Line, list[Cut]]:
    """The line and the exact places of the steps, each found with the other."""
    known = np.isfinite(lo)
    where = cuts.cuts_of(frames, found)
    for _ in range(_TURNS):
        taken, group = cuts.counted(frames[known], where)
        fitted = line.fit_line(taken, group, lo[known], hi[known], found.offset_s, period_s)
        slack = _BLURS * fitted.blur_s + _SLACK_S
        where = cuts.refined(where, frames, fitted.times, lo - slack, hi + slack)
    return fitted, where


def _slack(fitted: line.Line, off: Floats, shown: Shown, camera: Camera) -> float:
    """How far from its window a good reading may lie."""
    formal = float(np.median(fitted.error_s(fitted.middle, np.zeros(1, np.int64))))
    if camera.exposure_s is not None:
        half = camera.exposure_s / 2
    else:
        half = verdict.softness_s(off, shown.tick_s) * _WIDER
    return half + min(2 * formal, _SLACK_S)


def _rooms(
    fitted: line.Line,
    places: list[Cut],
    frames: Ints,
    times: Floats,
    judged: list[Verdict],
    shown: Shown,
    slack: float,
) -> list[bounds.Room]:
    """What the good readings leave open, group by group."""
    taken, group = cuts.counted(frames, places)
    good = np.array([one is Verdict.GOOD for one in judged])
    return [
        _room(times, taken, good & (group == number), shown, slack, fitted.frame_s)
        for number in range(fitted.groups)
    ]


def _room(
    times: Floats, taken: Ints, mine: NDArray[np.bool_], shown: Shown, slack: float, frame_s: float
) -> bounds.Room:
    """What the good readings of a group leave open; a tick where there are next to none."""
    if mine.sum() < _LEAST:
        return bounds.Room(np.array([0.0, 1.0]), np.full(2, shown.tick_s))
    place = shown.at(times[mine]).clip(0)
    down = np.maximum(times[mine] - shown.lo[place], 0) + slack
    up = np.maximum(shown.hi[place] - times[mine], 0) + slack
    first, last = float(taken[mine].min()), float(taken[mine].max())
    beyond = (last - first) / 2
    reach = np.linspace(first - beyond, last + beyond, 13)
    return bounds.room_of(taken[mine].astype(float), down, up, frame_s, reach)


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


def _check(result: Fit, frames: Ints, shown: Shown) -> None:
    """FitFault where the readings do not say when the frames were taken."""
    good = np.array([one is Verdict.GOOD for one in result.verdicts])
    inside = np.array([one is not Verdict.OUTSIDE for one in result.verdicts])
    if good.sum() < max(_LEAST, _LEAST_SHARE * inside.sum()):
        raise FitFault(
            f"Only {good.sum()} of {len(good)} readings fit one line through the recording: is it"
            " the right recording, and are --fps and --digits right?"
        )
    worst_s = float(result.errors(frames[good]).min())
    if worst_s > shown.tick_s:
        raise FitFault(
            f"{good.sum()} good readings leave the times of the frames open by"
            f" {1e3 * worst_s:.0f} ms: read more frames, and far apart."
        )
