"""The face against the published numbers of CASMEMG, and against its annotations."""

import csv
from pathlib import Path

import numpy as np
import pytest
from boardsim.expressions import Draft, draw_expression
from scipy import stats

ANNOTATIONS = Path(__file__).parents[2] / "data" / "casmemg" / "annotations.csv"
MAIN = {
    "anger": {1, 2, 5},
    "disgust": {1, 2, 3, 5},
    "fear": {1, 2},
    "happiness": {2, 4, 6},
    "sadness": {2, 5, 6},
    "surprise": {0, 2},
    "other": {2},
}


@pytest.fixture(scope="module")
def drafts() -> list[Draft]:
    rng = np.random.default_rng(11)
    return [draw_expression(rng) for _ in range(10_000)]


@pytest.mark.parametrize(
    ("kind", "duration", "interval", "mvc"),
    # Published: mean and SD of the duration in seconds and the 95 % interval of that mean;
    # mean and SD of the strength in percent of MVC.
    [
        ("ME", (0.317, 0.079), (0.307, 0.327), (8.11, 8.54)),
        ("MaE", (1.161, 0.823), (1.027, 1.295), (23.09, 21.27)),
    ],
)
def test_durations_and_strengths(drafts, kind, duration, interval, mvc) -> None:
    chosen = [d for d in drafts if d.kind == kind]
    lengths = np.array([d.duration_s for d in chosen])
    strengths = np.array([max(d.mvc_pct().values()) for d in chosen])
    assert interval[0] < lengths.mean() < interval[1]
    assert lengths.mean() == pytest.approx(duration[0], rel=0.03)
    assert lengths.std() == pytest.approx(duration[1], rel=0.15)
    assert strengths.mean() == pytest.approx(mvc[0], rel=0.05)
    assert strengths.std() == pytest.approx(mvc[1], rel=0.15)
    assert ((lengths <= 0.5) == (kind == "ME")).all()


def test_kinds_and_emotions_as_often_as_published(drafts) -> None:
    published = {  # ME, MaE
        "anger": (49, 31),
        "disgust": (59, 32),
        "fear": (25, 27),
        "happiness": (26, 23),
        "sadness": (42, 23),
        "surprise": (27, 13),
        "other": (2, 1),
    }
    got = [
        sum(d.emotion == emotion and d.kind == kind for d in drafts)
        for emotion in published
        for kind in ("ME", "MaE")
    ]
    expected = np.array(list(published.values())).ravel() * len(drafts) / 380
    assert sum(got) == len(drafts)
    assert stats.chisquare(got, expected * len(drafts) / expected.sum()).pvalue > 0.001


def test_each_emotion_moves_its_main_channels(drafts) -> None:
    for emotion, channels in MAIN.items():
        moved = [set(d.mvc_pct()) for d in drafts if d.emotion == emotion]
        assert set().union(*moved) == channels
    for d in drafts[:500]:
        first, *others = d.mvc_pct().values()
        assert all(0 < value < first for value in others)
        assert all(s.at_s >= 0 and s.at_s + s.duration_s <= d.duration_s for s in d.strokes)


@pytest.fixture(scope="module")
def annotated() -> dict[str, np.ndarray]:
    """Durations in seconds, and the apex as a share of them, of their EMG."""
    with ANNOTATIONS.open() as file:
        rows = [
            [row[f"emg_{n}"] for n in ("onset", "apex", "offset")] for row in csv.DictReader(file)
        ]
    times = np.array([row for row in rows if all(row)], dtype=float)
    durations = times[:, 2] - times[:, 0]
    assert len(durations) > 190
    return {"duration": durations, "apex": (times[:, 1] - times[:, 0]) / durations}


@pytest.mark.parametrize("kind", ["ME", "MaE"])
def test_durations_as_annotated(drafts, annotated, kind) -> None:
    """Neither kind can be told from theirs at the 1 % level, nor can the place of the apex."""
    chosen = (annotated["duration"] <= 0.5) == (kind == "ME")
    made = [d for d in drafts if d.kind == kind]
    theirs = annotated["duration"][chosen]
    assert stats.ks_2samp(theirs, [d.duration_s for d in made]).pvalue > 0.01
    within = chosen & (annotated["apex"] > 0) & (annotated["apex"] < 1)
    apex = [d.strokes[0].apex for d in made]
    assert stats.ks_2samp(annotated["apex"][within], apex).pvalue > 0.01


def test_a_wrong_duration_would_be_told(drafts, annotated) -> None:
    """A fifth longer, or the whole of the soft ends counted: the comparison is sharp enough."""
    theirs = annotated["duration"][annotated["duration"] <= 0.5]
    made = np.array([d.duration_s for d in drafts if d.kind == "ME"])
    whole = [d.total_s for d in drafts if d.kind == "ME"]
    assert stats.ks_2samp(theirs, made * 1.2).pvalue < 1e-4
    assert stats.ks_2samp(theirs, whole).pvalue < 1e-4
