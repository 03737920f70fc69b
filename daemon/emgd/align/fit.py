"""Readings of the display in video frames -> when each frame was taken, and how sure that is."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgd.align import bounds, cuts, line, verdict
from emgd.align.camera import LEAST, LEAST_SHARE, Camera, FitFault
from emgd.align.course import course, inconstant, wander_s
from emgd.align.cuts import Cut
from emgd.align.placing import placed
from emgd.align.shown import Floats, Ints, Shown, candidates_of
from emgd.align.verdict import Verdict

_SLACK_S = 1.5e-4
_WIDER = 1.05  # than what the softness was found to be
_SIGMAS = 5.0
_MANY = 200
_WANDERING = 0.25  # of all whiles beside the line: it is no line
_FLOOR_S = 1e-4  # nobody knows better when a number was lit


@dataclass(frozen=True, slots=True)
class Fit:
    """When the frames were taken, in seconds of the recording's own zero."""

    line: line.Line
    cuts: list[Cut]
    rooms: list[bounds.Room]  # of each group
    slack_s: float  # how far from its window a good reading may lie
    aside_s: float  # how far the readings of a while lie beside the line, at most
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
        return result + self.aside_s + _FLOOR_S


def fit(
    frames: Ints,
    numbers: Ints,
    shown: Shown,
    camera: Camera,
    progress: Callable[[float], None] = lambda _: None,
) -> Fit:
    """Fit the readings (frames sorted); FitFault where they do not determine the line."""
    candidates = candidates_of(numbers, shown)
    rough, elsewhere_s = placed(frames, shown, candidates, camera)
    progress(0.2)
    found = course(frames, shown, candidates, rough, camera)
    aside_s, share = wander_s(frames, shown, candidates, found)
    if share > _WANDERING:
        raise inconstant("The camera's clock wanders")
    fitted, places, times = found.line, found.cuts, found.times(frames)
    progress(0.9)
    off = verdict.residuals(times, shown, candidates)
    slack = _slack(fitted, off, shown, camera)
    judged = verdict.verdicts(numbers, times, off, shown, slack)
    rooms = _rooms(fitted, places, frames, times, judged, shown, slack)
    result = Fit(fitted, places, rooms, slack, aside_s, times, off, judged, elsewhere_s)
    _check(result, frames, shown)
    progress(1.0)
    return result


def _slack(fitted: line.Line, off: Floats, shown: Shown, camera: Camera) -> float:
    """How far from its window a good reading may lie."""
    formal = float(np.median(fitted.error_s(fitted.middle, np.zeros(1, np.int64))))
    if camera.exposure_s is not None:
        half = camera.exposure_s / 2
    else:
        half = verdict.softness_s(off, shown.tick_s) * _WIDER
    return half + min(3 * formal, _SLACK_S)


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
    if mine.sum() < LEAST:
        return bounds.Room(np.array([0.0, 1.0]), np.full(2, shown.tick_s))
    place = shown.at(times[mine]).clip(0)
    down = np.maximum(times[mine] - shown.lo[place], 0) + slack
    up = np.maximum(shown.hi[place] - times[mine], 0) + slack
    first, last = float(taken[mine].min()), float(taken[mine].max())
    beyond = (last - first) / 2
    reach = np.linspace(first - beyond, last + beyond, 13)
    return bounds.room_of(taken[mine].astype(float), down, up, frame_s, reach)


def _check(result: Fit, frames: Ints, shown: Shown) -> None:
    """FitFault where the readings do not say when the frames were taken."""
    good = np.array([one is Verdict.GOOD for one in result.verdicts])
    inside = np.array([one is not Verdict.OUTSIDE for one in result.verdicts])
    if good.sum() < max(LEAST, LEAST_SHARE * inside.sum()):
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
