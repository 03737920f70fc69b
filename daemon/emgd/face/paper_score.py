"""The figures of the method's paper, computed as its authors' code does, under their names."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev

from emgd.face.match import Span, meeting

CLIP_MS = 500.0  # their clips begin and end that much before and after the known expression
LABELLED = 380  # expressions in their database: the share above 0.5 is divided by it, always


@dataclass(frozen=True, slots=True)
class Differences:
    """Of the absolute differences between found and true, in ms."""

    mean_ms: float
    se_ms: float | None  # standard error; a single difference has none
    rmse_ms: float


@dataclass(frozen=True, slots=True)
class PaperFigures:
    """What the paper prints. The overlap is no target: marking every whole clip gives 1."""

    clips: int
    misses: int  # clips in which nothing was found
    mean_overlap: float | None  # intersection over the shorter interval; misses left out
    share_above_half: float | None  # of the clips there are
    share_above_half_of_380: float  # as printed: of 380, however many clips there are
    onset: Differences | None
    offset: Differences | None


def paper_figures(truth: Sequence[Span], found: Sequence[Span], rate_hz: float) -> PaperFigures:
    """Cut a clip round each true expression; all that was found in it counts as one interval."""
    margin = round(CLIP_MS * rate_hz / 1000.0)
    clips = [Span(t.onset - margin, t.offset + margin, clip=t.clip) for t in truth]
    spotted: dict[int, tuple[int, int]] = {}
    for i, j in meeting(clips, found):
        first, last = spotted.get(i, (clips[i].offset, clips[i].onset))
        spotted[i] = (
            max(min(first, found[j].onset), clips[i].onset),
            min(max(last, found[j].offset), clips[i].offset),
        )
    overlaps = [_overlap((truth[i].onset, truth[i].offset), ends) for i, ends in spotted.items()]
    above = sum(overlap > 0.5 for overlap in overlaps)
    step_ms = 1000.0 / rate_hz
    return PaperFigures(
        clips=len(clips),
        misses=len(clips) - len(spotted),
        mean_overlap=fmean(overlaps) if overlaps else None,
        share_above_half=above / len(clips) if clips else None,
        share_above_half_of_380=above / LABELLED,
        onset=_differences([abs(a - truth[i].onset) * step_ms for i, (a, _) in spotted.items()]),
        offset=_differences([abs(b - truth[i].offset) * step_ms for i, (_, b) in spotted.items()]),
    )


def _overlap(true: tuple[int, int], found: tuple[int, int]) -> float:
    """Their measure: ends as points in time, the common part over the shorter one."""
    common = max(0, min(true[1], found[1]) - max(true[0], found[0]))
    shorter = min(true[1] - true[0], found[1] - found[0])
    return common / shorter if shorter > 0 else 0.0


def _differences(ms: list[float]) -> Differences | None:
    if not ms:
        return None
    se = stdev(ms) / sqrt(len(ms)) if len(ms) > 1 else None
    return Differences(fmean(ms), se, sqrt(fmean(each * each for each in ms)))
