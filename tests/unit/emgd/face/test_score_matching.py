"""Which found interval belongs to which true one: against matchers that try everything."""

import pytest
from emgd.face.match import Span, iou, kind_of, match, meeting, span_of
from hypothesis import given, settings
from hypothesis import strategies as st


def span(onset: int, offset: int, clip: str = "") -> Span:
    return Span(onset, offset, clip=clip)


@st.composite
def spans(draw: st.DrawFn, most: int = 5) -> list[Span]:
    ends = st.tuples(st.integers(0, 40), st.integers(0, 25), st.sampled_from(["", "b"]))
    return [span(a, a + n, clip) for a, n, clip in draw(st.lists(ends, max_size=most))]


@st.composite
def disjoint(draw: st.DrawFn) -> list[Span]:
    at, out = 0, []
    for gap, length in draw(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), max_size=8)):
        at += gap
        out.append(span(at, at + length))
        at += length
    return out


def frames(one: Span) -> set[int]:
    return set(range(one.onset, one.offset + 1))


def iou_by_sets(a: Span, b: Span) -> float:
    """As the evaluation of the challenges writes it: frames in common over frames in either."""
    if a.clip != b.clip:
        return 0.0
    return len(frames(a) & frames(b)) / len(frames(a) | frames(b))


def try_everything(truth: list[Span], found: list[Span], at_least: float) -> tuple[int, float]:
    """The most pairs, and the largest sum of IoU that so many can have."""
    if not truth:
        return 0, 0.0
    best = try_everything(truth[1:], found, at_least)
    for place, other in enumerate(found):
        overlap = iou_by_sets(truth[0], other)
        if overlap and overlap >= at_least:
            n, total = try_everything(truth[1:], found[:place] + found[place + 1 :], at_least)
            best = max(best, (n + 1, total + overlap))
    return best


def in_their_order(truth: list[Span], found: list[Span], at_least: float) -> int:
    """Hits as the challenges count: each found one takes the first true one that is left."""
    left, hits = list(truth), 0
    for one in found:
        fit = next((other for other in left if iou_by_sets(one, other) >= at_least), None)
        if fit is not None:
            left.remove(fit)
            hits += 1
    return hits


def test_both_ends_belong_to_an_interval() -> None:
    assert iou(span(10, 19), span(10, 19)) == 1.0
    assert iou(span(10, 19), span(15, 24)) == 5 / 15
    assert iou(span(10, 19), span(19, 28)) == 1 / 19  # the frame that they share
    assert iou(span(10, 19), span(20, 29)) == 0.0
    assert iou(span(7, 7), span(7, 7)) == 1.0


@settings(deadline=None)
@given(spans(), spans())
def test_overlap_is_that_of_the_sets_of_frames(truth: list[Span], found: list[Span]) -> None:
    for a in truth:
        for b in found:
            assert iou(a, b) == pytest.approx(
                len(frames(a) & frames(b)) / len(frames(a) | frames(b))
            )
            assert iou(a, b) == iou(b, a)


@settings(deadline=None)
@given(spans(), spans())
def test_meeting_pairs_are_those_with_a_frame_in_common(a: list[Span], b: list[Span]) -> None:
    common = {(i, j) for i, x in enumerate(a) for j, y in enumerate(b) if iou_by_sets(x, y) > 0}
    met = list(meeting(a, b))
    assert len(met) == len(set(met))
    assert set(met) == common


@settings(deadline=None)
@given(spans(), spans(), st.sampled_from([0.05, 0.2, 0.3, 0.4, 0.5, 0.9]))
def test_no_other_matching_has_more_or_better_pairs(
    truth: list[Span], found: list[Span], at_least: float
) -> None:
    pairs = match(truth, found, at_least)
    assert len({pair.true for pair in pairs}) == len({pair.found for pair in pairs}) == len(pairs)
    for pair in pairs:
        assert pair.iou == pytest.approx(iou_by_sets(truth[pair.true], found[pair.found]))
        assert pair.iou >= at_least
    n, total = try_everything(truth, found, at_least)
    assert len(pairs) == n
    assert sum(pair.iou for pair in pairs) == pytest.approx(total)


@settings(deadline=None)
@given(disjoint(), disjoint(), st.sampled_from([0.5, 0.7]))
def test_at_one_half_every_matcher_finds_the_same_hits(
    truth: list[Span], found: list[Span], at_least: float
) -> None:
    assert len(match(truth, found, at_least)) == in_their_order(truth, found, at_least)


def test_a_better_pair_does_not_cost_a_hit() -> None:
    truth = [span(0, 9), span(10, 19)]
    found = [span(4, 15), span(16, 19)]  # the first is better for either, the second for one
    assert [(p.true, p.found) for p in match(truth, found, 0.3)] == [(0, 0), (1, 1)]


def test_channels_tell_movements_at_the_same_time_apart() -> None:
    truth = [Span(0, 9, channels=(1,)), Span(0, 9, channels=(2,))]
    found = [Span(0, 9, channels=(2, 4)), Span(0, 9, channels=(5,))]
    assert len(match(truth, found, 0.5)) == 2
    assert [(p.true, p.found) for p in match(truth, found, 0.5, by_channel=True)] == [(1, 0)]


def test_a_kind_that_nobody_told_goes_by_the_duration() -> None:
    assert kind_of(None, 0, 500, 1000.0) == "ME"
    assert kind_of("", 0, 501, 1000.0) == "MaE"
    assert kind_of(None, 0, 15, 30.0) == "ME"
    assert kind_of("blink", 0, 900, 1000.0) == "blink"


def test_a_published_interval_becomes_a_span() -> None:
    told = {"id": 7, "channel": 4, "also": [2], "onset": 100, "apex": 180, "offset": 420}
    assert span_of({**told, "kind": "ME"}) == Span(100, 420, "ME", 180, (4, 2))
    assert span_of({"onset": 1, "offset": 900}) == Span(1, 900, "MaE")
