"""The paper's own figures, and why its overlap is no target."""

from math import sqrt

import pytest
from emgd.face.match import Span
from emgd.face.paper_score import Differences, paper_figures
from hypothesis import given
from hypothesis import strategies as st

# Samples of 1 ms; ends are points in time, as in the authors' code.
TRUTH = [Span(1000, 1300), Span(5000, 6000), Span(9000, 9300), Span(15000, 15200)]
FOUND = [
    Span(1100, 1200),
    Span(1350, 1400),  # the same clip: together 1100 to 1400, of which 200 of 300 in common
    Span(5100, 5300),  # inside: 200 of 200 in common
    Span(8100, 8600),  # reaches 100 into the clip, before the expression: 0 in common
]


def test_the_figures_of_an_example() -> None:
    figures = paper_figures(TRUTH, FOUND, 1000.0)
    assert (figures.clips, figures.misses) == (4, 1)
    assert figures.mean_overlap == pytest.approx((2 / 3 + 1 + 0) / 3)  # the miss left out
    assert figures.share_above_half == 2 / 4
    assert figures.share_above_half_of_380 == 2 / 380
    onsets = [100, 100, 500]
    mean = sum(onsets) / 3
    spread = sqrt(sum((each - mean) ** 2 for each in onsets) / 2)
    assert figures.onset == Differences(
        pytest.approx(mean),
        pytest.approx(spread / sqrt(3)),
        pytest.approx(sqrt(sum(each**2 for each in onsets) / 3)),
    )
    assert figures.offset is not None
    assert figures.offset.mean_ms == pytest.approx((100 + 700 + 700) / 3)


def test_steps_are_told_in_milliseconds() -> None:
    figures = paper_figures([Span(200, 250)], [Span(210, 250)], 200.0)
    assert figures.onset == Differences(50.0, None, 50.0)


def test_nothing_found() -> None:
    figures = paper_figures(TRUTH, [], 1000.0)
    assert (figures.misses, figures.mean_overlap, figures.share_above_half) == (4, None, 0.0)
    assert paper_figures([], FOUND, 1000.0).share_above_half is None


@given(st.lists(st.tuples(st.integers(600, 2000), st.integers(1, 3000)), min_size=1, max_size=6))
def test_marking_every_whole_clip_scores_one(movements: list[tuple[int, int]]) -> None:
    truth, at = [], 0
    for pause, length in movements:
        at += pause
        truth.append(Span(at, at + length))
        at += length + 500
    figures = paper_figures(truth, [Span(0, at + 1000)], 1000.0)
    assert figures.mean_overlap == 1.0
    assert figures.share_above_half == 1.0
    assert figures.misses == 0
