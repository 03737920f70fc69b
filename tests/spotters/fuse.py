"""Bursts of single channels to movements of the face: the same rule for every detector."""

from collections.abc import Iterable, Sequence

from emgd.face.match import Span, kind_of

Burst = tuple[int, int]


def joined(bursts: Iterable[Burst], join: int, shortest: int) -> list[Burst]:
    """Close the holes up to `join`, then drop what is shorter than `shortest` (samples)."""
    whole: list[Burst] = []
    for first, last in sorted(bursts):
        if whole and first - whole[-1][1] <= join:
            whole[-1] = (whole[-1][0], max(whole[-1][1], last))
        else:
            whole.append((first, last))
    return [(first, last) for first, last in whole if last - first >= shortest]


def fuse(bursts: Sequence[Iterable[Burst]], rate_hz: float) -> list[Span]:
    """Bursts that overlap are one movement, from the first onset to the last offset.

    None of these detectors tells blinks apart or flags talking: the kind goes by the duration, and
    what they find in talking is taken as flagged, so that it is not held against them.
    """
    whole = joined((burst for channel in bursts for burst in channel), 0, 0)
    return [
        Span(first, last, kind_of(None, first, last, rate_hz), flagged=True)
        for first, last in whole
    ]
