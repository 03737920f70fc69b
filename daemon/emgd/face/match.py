"""Intervals beside intervals: how much two overlap, and which belongs to which."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

ME_LONGEST_MS = 500.0
EXPRESSIONS = ("ME", "MaE")
NUISANCES = ("blink", "swallow")
SPEECH = "speech"


@dataclass(frozen=True, slots=True)
class Span:
    """A movement, true or found, in samples or frames; both ends belong to it."""

    onset: int
    offset: int
    kind: str = "ME"
    apex: int | None = None
    channels: tuple[int, ...] = ()  # the strongest first
    clip: str = ""  # which recording it is in: only those of the same one are compared
    told: int | None = None  # the newest sample there was when its onset was told
    closed: int | None = None  # and when its interval was
    flagged: bool = False  # looks like talking or movement, says the spotter
    void: bool = False  # a true one without an end: neither it nor what lies on it counts


def kind_of(kind: object, onset: int, offset: int, rate_hz: float) -> str:
    """The kind as told; where nobody told, micro up to 500 ms and macro above."""
    if isinstance(kind, str) and kind:
        return kind
    return "ME" if (offset - onset) * 1000.0 / rate_hz <= ME_LONGEST_MS else "MaE"


def span_of(event: Mapping[str, Any], rate_hz: float = 1000.0) -> Span:
    """The span of an `interval` map as the daemon publishes it."""
    onset, offset = int(event["onset"]), int(event["offset"])
    channel = event.get("channel")
    strongest = () if channel is None else (int(channel),)
    return Span(
        onset,
        offset,
        kind_of(event.get("kind"), onset, offset, rate_hz),
        event.get("apex"),
        (*strongest, *(int(other) for other in event.get("also") or ())),
        told=event.get("told"),
        closed=event.get("closed"),
        flagged=bool(event.get("flags")),
    )


def iou(a: Span, b: Span) -> float:
    """Intersection over union, ends counted inclusively; 0 where they do not meet."""
    common = min(a.offset, b.offset) - max(a.onset, b.onset) + 1
    if common <= 0:
        return 0.0
    return common / (max(a.offset, b.offset) - min(a.onset, b.onset) + 1)


def meeting(
    a: Sequence[Span], b: Sequence[Span], by_channel: bool = False
) -> Iterator[tuple[int, int]]:
    """Places of all pairs that share a sample (and a channel, if asked) in the same recording."""
    by_clip: dict[str, list[int]] = {}
    for place in sorted(range(len(b)), key=lambda place: b[place].onset):
        by_clip.setdefault(b[place].clip, []).append(place)
    starts = {clip: [b[p].onset for p in places] for clip, places in by_clip.items()}
    reach = {
        clip: list(accumulate((b[p].offset for p in places), max))
        for clip, places in by_clip.items()
    }
    for i, one in enumerate(a):
        if (places := by_clip.get(one.clip)) is None:
            continue
        low = bisect_left(reach[one.clip], one.onset)
        high = bisect_right(starts[one.clip], one.offset)
        for j in places[low:high]:
            other = b[j]
            if other.offset >= one.onset and (
                not by_channel or set(one.channels) & set(other.channels)
            ):
                yield i, j


@dataclass(frozen=True, slots=True)
class Pair:
    """A true span, the found one that belongs to it, and how well they agree."""

    true: int
    found: int
    iou: float


def match(
    truth: Sequence[Span], found: Sequence[Span], at_least: float, by_channel: bool = False
) -> list[Pair]:
    """One to one: as many pairs of that IoU as there can be, and of those the best ones."""
    pairs = [
        Pair(i, j, overlap)
        for i, j in meeting(truth, found, by_channel)
        if (overlap := iou(truth[i], found[j])) >= at_least
    ]
    taken: list[Pair] = []
    for group in _groups(pairs):
        taken += group if len(group) == 1 else _best(group)
    return sorted(taken, key=lambda pair: pair.true)


def _groups(pairs: list[Pair]) -> list[list[Pair]]:
    """Pairs that compete with each other, apart from those that do not."""
    above: dict[tuple[str, int], tuple[str, int]] = {}

    def root(end: tuple[str, int]) -> tuple[str, int]:
        while above.setdefault(end, end) != end:
            end = above[end]
        return end

    for pair in pairs:
        above[root(("found", pair.found))] = root(("true", pair.true))
    groups: dict[tuple[str, int], list[Pair]] = {}
    for pair in pairs:
        groups.setdefault(root(("true", pair.true)), []).append(pair)
    return list(groups.values())


def _best(group: list[Pair]) -> list[Pair]:
    """The assignment with the most pairs and, of those, the largest sum of IoU."""
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    rows = {place: n for n, place in enumerate(sorted({pair.true for pair in group}))}
    columns = {place: n for n, place in enumerate(sorted({pair.found for pair in group}))}
    gain = np.zeros((len(rows), len(columns)))
    one_more = min(gain.shape) + 1.0  # worth more than any gain in IoU
    for pair in group:
        gain[rows[pair.true], columns[pair.found]] = one_more + pair.iou
    chosen = set(zip(*(line.tolist() for line in linear_sum_assignment(-gain)), strict=True))
    return [pair for pair in group if (rows[pair.true], columns[pair.found]) in chosen]
