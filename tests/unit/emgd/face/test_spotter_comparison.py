"""The rules by which other detectors' bursts become movements, in `make compare-spotters`."""

from dataclasses import dataclass
from typing import Any

from emgd.face.match import Span

from tests.spotters.fuse import fuse, joined
from tests.spotters.tuning import spot_all, tuned


def test_short_holes_are_closed_before_short_bursts_are_dropped() -> None:
    bursts = [(100, 130), (150, 180), (300, 340), (600, 700)]
    assert joined(bursts, 20, 50) == [(100, 180), (600, 700)]
    assert joined(bursts, 0, 0) == bursts
    assert joined([(5, 50), (10, 20)], 0, 0) == [(5, 50)]


def test_bursts_that_overlap_on_two_channels_are_one_movement() -> None:
    spans = fuse([[(100, 300), (2000, 2900)], [(250, 500)], []], 1000.0)
    assert [(span.onset, span.offset, span.kind) for span in spans] == [
        (100, 500, "ME"),
        (2000, 2900, "MaE"),
    ]


@dataclass(frozen=True)
class FakeStream:
    seed: int
    truth: tuple[Span, ...]
    minutes: float = 1.0


class FakeDetector:
    """Finds the truth, later by its parameter; fails at one of its values."""

    def __init__(self) -> None:
        self.name = "fake"
        self.defaults = {"late": 200}
        self.choices = {"late": (200, 90, 10, 40, None)}

    def spot(self, stream: Any, params: Any) -> list[Span]:
        late = params["late"]
        if late is None:
            raise IndexError("no such thing")
        return [Span(span.onset + late, span.offset + late) for span in stream.truth]


STREAMS: Any = [FakeStream(1, (Span(0, 299),)), FakeStream(2, (Span(10, 309), Span(5000, 5299)))]


def test_streams_are_scored_together_and_not_mixed() -> None:
    report = spot_all(FakeDetector(), STREAMS, {"late": 0})
    assert (report.main.true, report.main.hits, report.main.false) == (3, 3, 0)
    assert report.iou_of_hits == 1.0
    assert report.minutes == 2.0


def test_the_search_finds_the_best_value_and_survives_failures() -> None:
    assert tuned(FakeDetector(), STREAMS, 40) == {"late": 10}
    assert tuned(FakeDetector(), STREAMS, 1) == {"late": 200}
