"""What a score consists of: counts, errors, latencies, and all of them in one report."""

from dataclasses import asdict, dataclass
from typing import Any

from emgd.face.match import Span
from emgd.face.paper_score import PaperFigures

THRESHOLDS = (0.5, 0.4, 0.3, 0.2)
MAIN = 0.5  # errors, latencies and false events are of hits at this IoU


@dataclass(frozen=True, slots=True)
class Counts:
    """Hits and failures of one kind at one IoU."""

    true: int
    hits: int
    false: int  # found, but neither a hit nor on a blink or swallow
    on_nuisance: int  # found, no hit, and half of it or more on a true blink or swallow

    @property
    def misses(self) -> int:
        """True ones that were not found."""
        return self.true - self.hits

    @property
    def precision(self) -> float | None:
        """Share of the found ones that are hits; those on blinks and swallows left out."""
        return _share(self.hits, self.hits + self.false)

    @property
    def recall(self) -> float | None:
        """Share of the true ones that were found."""
        return _share(self.hits, self.true)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of both."""
        return _share(2 * self.hits, self.true + self.hits + self.false)

    @property
    def precision_counted(self) -> float | None:
        """Precision where those on blinks and swallows are false."""
        return _share(self.hits, self.hits + self.false + self.on_nuisance)

    @property
    def f1_counted(self) -> float | None:
        """F1 where those on blinks and swallows are false."""
        return _share(2 * self.hits, self.true + self.hits + self.false + self.on_nuisance)

    def __add__(self, other: "Counts") -> "Counts":
        mine, theirs = asdict(self), asdict(other)
        return Counts(**{key: mine[key] + theirs[key] for key in mine})

    def as_map(self) -> dict[str, float | None]:
        """All of it by name."""
        derived = ("misses", "precision", "recall", "f1", "precision_counted", "f1_counted")
        return {**asdict(self), **{name: getattr(self, name) for name in derived}}


@dataclass(frozen=True, slots=True)
class Errors:
    """How far the hits' places are from the true ones: found less true, in ms."""

    mean_absolute_ms: float
    bias_ms: float  # below 0: found too early


@dataclass(frozen=True, slots=True)
class Latency:
    """How long after the true moment it was told, in ms."""

    n: int
    p50_ms: float
    p90_ms: float


@dataclass(frozen=True, slots=True)
class Report:
    """What `emgd score` tells."""

    minutes: float | None
    by_iou: dict[float, dict[str, Counts]]
    # rows: `expressions` of either kind, ME, MaE, their sum ME+MaE, and blink, swallow if any
    iou_of_hits: float | None
    iou_of_all: float | None  # best match of every true expression, 0 where there is none
    onset: Errors | None
    apex: Errors | None
    offset: Errors | None
    onset_latency: Latency | None
    interval_latency: Latency | None  # after the true offset
    on_rest: int  # found expressions that touch no true movement at all
    on_speech: int  # flagged ones on true speech, which are left out: the flag says what they are
    flagged: int
    void: int  # true ones without an end, left out with what lies on them
    kinds: dict[str, dict[str, int]]  # true kind or `nothing` -> found kind or `missed`
    paper: PaperFigures
    retracted: int | None  # onsets that came to nothing; None where onsets are not listed
    missed: tuple[Span, ...]
    false: tuple[Span, ...]
    called_expressions: tuple[Span, ...]  # found expressions that are blinks or swallows

    @property
    def main(self) -> Counts:
        """Expressions of either kind at IoU 0.5."""
        return self.by_iou[MAIN]["expressions"]

    @property
    def false_per_min(self) -> float | None:
        """Found expressions that are no hits at IoU 0.5, blinks and swallows left out."""
        return self.main.false / self.minutes if self.minutes else None

    @property
    def on_rest_per_min(self) -> float | None:
        """Found expressions that touch no true movement at all."""
        return self.on_rest / self.minutes if self.minutes else None

    @property
    def retracted_per_min(self) -> float | None:
        """Onsets that came to nothing: what a subscriber of `onset` alone would take for real."""
        if self.retracted is None or not self.minutes:
            return None
        return self.retracted / self.minutes

    def as_map(self) -> dict[str, Any]:
        """All of it by name, for JSON."""
        told = asdict(self)
        told["retracted_per_min"] = self.retracted_per_min
        told["false_per_min"] = self.false_per_min
        told["on_rest_per_min"] = self.on_rest_per_min
        told["by_iou"] = {
            str(at): {name: counts.as_map() for name, counts in rows.items()}
            for at, rows in self.by_iou.items()
        }
        return told


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
