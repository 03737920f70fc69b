"""The figures of a score, on examples worked by hand."""

from dataclasses import replace

import pytest
from emgd.face.match import Span
from emgd.face.score import score
from hypothesis import given, settings
from hypothesis import strategies as st

# Samples of 1 ms. Hits at 0.5: the first (200 of 300 in common) and the second (1000 of 1200).
TRUTH = [
    Span(1000, 1299, "ME", apex=1150),
    Span(3000, 3999, "MaE", apex=3500),
    Span(5000, 5199, "blink"),
    Span(7000, 7199, "ME"),
    Span(9000, 9500, "ME", void=True),
]
FOUND = [
    Span(1100, 1299, "ME", apex=1170, told=1240, closed=1339),
    Span(2900, 4099, "MaE", apex=3480, told=3100, closed=4119),
    Span(5050, 5249, "ME"),  # three quarters of it on the blink
    Span(7100, 7399, "ME", flagged=True),  # 100 of 400 in common
    Span(9100, 9400, "ME"),  # on the one without an end
    Span(20000, 20299, "ME"),  # on rest
    Span(30000, 30199, "blink"),
]


def test_counts_at_one_half() -> None:
    counts = score(TRUTH, FOUND, 2.0).by_iou[0.5]["expressions"]
    assert (counts.true, counts.hits, counts.misses) == (3, 2, 1)
    assert (counts.false, counts.on_nuisance) == (2, 1)
    assert counts.precision == 2 / 4
    assert counts.recall == 2 / 3
    assert counts.f1 == pytest.approx(4 / 7)
    assert counts.precision_counted == 2 / 5
    assert counts.f1_counted == 4 / 8


def test_a_lower_threshold_takes_the_third_hit() -> None:
    by_iou = score(TRUTH, FOUND, 2.0).by_iou
    assert [by_iou[at]["expressions"].hits for at in (0.5, 0.4, 0.3, 0.2)] == [2, 2, 2, 3]
    assert by_iou[0.2]["expressions"].f1 == pytest.approx(6 / 7)


def test_kinds_apart_and_summed() -> None:
    rows = score(TRUTH, FOUND, 2.0).by_iou[0.5]
    assert (rows["ME"].true, rows["ME"].hits, rows["ME"].false) == (2, 1, 2)
    assert (rows["MaE"].true, rows["MaE"].hits, rows["MaE"].false) == (1, 1, 0)
    assert rows["ME+MaE"] == rows["expressions"]  # no hit has the other kind here


def test_a_hit_of_the_wrong_kind_is_one_miss_and_one_false_where_kinds_count() -> None:
    rows = score([Span(0, 499, "ME")], [Span(0, 519, "MaE")]).by_iou[0.5]
    assert (rows["expressions"].hits, rows["expressions"].false) == (1, 0)
    assert (rows["ME+MaE"].hits, rows["ME+MaE"].misses, rows["ME+MaE"].false) == (0, 1, 1)


def test_errors_are_of_the_hits() -> None:
    report = score(TRUTH, FOUND, 2.0)
    assert report.iou_of_hits == pytest.approx((2 / 3 + 5 / 6) / 2)
    assert report.iou_of_all == pytest.approx((2 / 3 + 5 / 6 + 1 / 4) / 3)
    assert report.onset is not None
    assert (report.onset.mean_absolute_ms, report.onset.bias_ms) == (100, 0)
    assert report.offset is not None
    assert (report.offset.mean_absolute_ms, report.offset.bias_ms) == (50, 50)
    assert report.apex is not None
    assert (report.apex.mean_absolute_ms, report.apex.bias_ms) == (20, 0)


def test_latencies_count_from_the_true_moments() -> None:
    report = score(TRUTH, FOUND, 2.0)
    assert report.onset_latency is not None
    assert (report.onset_latency.n, report.onset_latency.p50_ms) == (2, 170)  # 240 and 100
    assert report.onset_latency.p90_ms == pytest.approx(226)
    assert report.interval_latency is not None
    assert report.interval_latency.p50_ms == 80  # 40 and 120
    assert score(TRUTH, [replace(f, told=None, closed=None) for f in FOUND]).onset_latency is None


def test_false_ones_by_the_minute() -> None:
    report = score(TRUTH, FOUND, 2.0)
    assert report.false_per_min == 1.0
    assert report.on_rest_per_min == 0.5  # the other one touches a true movement
    assert score(TRUTH, FOUND).false_per_min is None
    assert report.false == (FOUND[3], FOUND[5])
    assert report.called_expressions == (FOUND[2],)
    assert report.missed == (TRUTH[3],)


def test_kinds_as_a_table() -> None:
    truth = [*TRUTH, Span(40000, 40199, "blink")]
    report = score(truth, [*FOUND, Span(40000, 40199, "blink")])
    assert report.kinds == {
        "ME": {"ME": 1, "missed": 1},
        "MaE": {"MaE": 1},
        "blink": {"ME": 1, "blink": 1},
        "nothing": {"ME": 3, "blink": 1},
    }
    assert (report.flagged, report.void) == (1, 1)


def test_steps_of_frames_are_told_in_milliseconds() -> None:
    report = score([Span(30, 39)], [Span(33, 39)], 1.0, rate_hz=30.0)
    assert report.onset is not None
    assert report.onset.bias_ms == pytest.approx(100)


def test_nothing_true_and_nothing_found() -> None:
    report = score([], [], 1.0)
    assert (report.main.f1, report.main.precision, report.main.recall) == (None, None, None)
    assert report.false_per_min == 0.0
    assert report.iou_of_hits is report.iou_of_all is report.onset is None


spans = st.lists(
    st.builds(
        lambda a, n, kind: Span(a, a + n, kind),
        st.integers(0, 300),
        st.integers(0, 60),
        st.sampled_from(["ME", "MaE", "blink", "swallow"]),
    ),
    max_size=8,
)


@settings(deadline=None)
@given(spans)
def test_the_truth_itself_is_perfect(truth: list[Span]) -> None:
    report = score(truth, truth, 1.0)
    for rows in report.by_iou.values():
        for counts in rows.values():
            assert counts.hits == counts.true
            assert counts.false == counts.on_nuisance == 0
    assert report.false == report.missed == ()


@settings(deadline=None)
@given(spans, spans)
def test_everything_found_is_counted_once(truth: list[Span], found: list[Span]) -> None:
    report = score(truth, found, 1.0)
    expressions = sum(span.kind in ("ME", "MaE") for span in found)
    last = 0
    for at in sorted(report.by_iou, reverse=True):
        counts = report.by_iou[at]["expressions"]
        assert counts.hits + counts.false + counts.on_nuisance == expressions
        assert counts.hits + counts.misses == counts.true
        assert counts.hits >= last  # a lower threshold never costs a hit
        last = counts.hits


@settings(deadline=None)
@given(spans, spans, st.integers(-500, 500))
def test_only_differences_matter(truth: list[Span], found: list[Span], by: int) -> None:
    def moved(all_of_them: list[Span]) -> list[Span]:
        return [replace(s, onset=s.onset + by, offset=s.offset + by) for s in all_of_them]

    there, here = score(moved(truth), moved(found), 1.0), score(truth, found, 1.0)
    assert there.by_iou == here.by_iou
    assert (there.paper, there.onset, there.kinds) == (here.paper, here.onset, here.kinds)
