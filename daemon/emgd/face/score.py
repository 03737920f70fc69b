"""How well movements were found: truth beside events, in the figures of the field."""

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import fmean, median, quantiles

from emgd.face.figures import MAIN, THRESHOLDS, Counts, Errors, Latency, Report
from emgd.face.match import EXPRESSIONS, NUISANCES, SPEECH, Pair, Span, iou, match, meeting
from emgd.face.paper_score import paper_figures


def score(
    truth: Sequence[Span],
    found: Sequence[Span],
    minutes: float | None = None,
    rate_hz: float = 1000.0,
    *,
    by_channel: bool = False,
    retracted: int | None = None,
) -> Report:
    """Score what was found against the truth; `rate_hz` is samples or frames a second."""
    scorer = _Scorer(truth, found, by_channel)
    by_iou = {at: scorer.rows(at) for at in THRESHOLDS}
    true, mine = scorer.true, scorer.mine
    hits = match(true, mine, MAIN, by_channel)
    left = _without(mine, (pair.found for pair in hits))
    false, nuisance, talking = scorer.sorted_out(left)
    touched = {i for i, _ in meeting(false, truth)}
    errors = _Distances(true, mine, hits, 1000.0 / rate_hz)
    return Report(
        minutes=minutes,
        by_iou=by_iou,
        iou_of_hits=fmean(pair.iou for pair in hits) if hits else None,
        iou_of_all=_iou_of_all(true, mine, by_channel),
        onset=errors.of("onset", "onset"),
        apex=errors.of("apex", "apex"),
        offset=errors.of("offset", "offset"),
        onset_latency=errors.latency("told", "onset"),
        interval_latency=errors.latency("closed", "offset"),
        on_rest=len(false) - len(touched),
        on_speech=len(talking),
        flagged=sum(span.flagged for span in found),
        void=sum(span.void for span in truth),
        kinds=_kinds(truth, found, by_channel),
        paper=paper_figures(true, mine, rate_hz),
        retracted=retracted,
        missed=tuple(_without(true, (pair.true for pair in hits))),
        false=tuple(false),
        called_expressions=tuple(nuisance),
    )


class _Scorer:
    """The expressions among both, and what to leave out."""

    def __init__(self, truth: Sequence[Span], found: Sequence[Span], by_channel: bool) -> None:
        self._by_channel = by_channel
        self.true = [s for s in truth if s.kind in EXPRESSIONS and not s.void]
        self._nuisances = [s for s in truth if s.kind in NUISANCES and not s.void]
        self._speech = [s for s in truth if s.kind == SPEECH and not s.void]
        known = (*EXPRESSIONS, *NUISANCES, SPEECH)
        self._void = [s for s in truth if s.void or s.kind not in known]
        self._found = found
        self.mine = [s for s in found if s.kind in EXPRESSIONS]

    def rows(self, at: float) -> dict[str, Counts]:
        """All rows at one IoU; in those of one kind the kind has to be right, too."""
        rows = {"expressions": self._counts(self.true, self.mine, at)}
        rows |= {kind: self._of_kind(kind, at) for kind in EXPRESSIONS}
        rows["ME+MaE"] = rows["ME"] + rows["MaE"]
        for kind in NUISANCES:
            counts = self._of_kind(kind, at)
            if counts.true or counts.false:
                rows[kind] = counts
        return rows

    def _of_kind(self, kind: str, at: float) -> Counts:
        true = [span for span in (*self.true, *self._nuisances) if span.kind == kind]
        return self._counts(true, [span for span in self._found if span.kind == kind], at)

    def _counts(self, true: list[Span], mine: list[Span], at: float) -> Counts:
        hits = match(true, mine, at, self._by_channel)
        false, nuisance, _ = self.sorted_out(_without(mine, (pair.found for pair in hits)))
        return Counts(len(true), len(hits), len(false), len(nuisance))

    def sorted_out(self, left: list[Span]) -> tuple[list[Span], list[Span], list[Span]]:
        """What is no hit: false ones, those on blinks and swallows, flagged ones on speech."""
        left = _without(left, _half_inside(left, self._void))
        on = _half_inside(left, self._nuisances)
        nuisance = {place for place in on if left[place].kind in EXPRESSIONS}
        on = _half_inside(left, self._speech) - nuisance
        talking = {place for place in on if left[place].flagged}
        return _without(left, nuisance | talking), _only(left, nuisance), _only(left, talking)


class _Distances:
    """Differences over the hits, in ms."""

    def __init__(
        self, true: list[Span], found: list[Span], hits: list[Pair], step_ms: float
    ) -> None:
        self._pairs = [(true[pair.true], found[pair.found]) for pair in hits]
        self._step_ms = step_ms

    def _between(self, of_found: str, of_true: str) -> list[float]:
        places = ((getattr(f, of_found), getattr(t, of_true)) for t, f in self._pairs)
        return [(f - t) * self._step_ms for f, t in places if f is not None and t is not None]

    def of(self, of_found: str, of_true: str) -> Errors | None:
        """The errors of one place."""
        ms = self._between(of_found, of_true)
        return Errors(fmean(abs(each) for each in ms), fmean(ms)) if ms else None

    def latency(self, of_found: str, of_true: str) -> Latency | None:
        """How late one place was told."""
        ms = self._between(of_found, of_true)
        if not ms:
            return None
        p90 = quantiles(ms, n=10, method="inclusive")[-1] if len(ms) > 1 else ms[0]
        return Latency(len(ms), median(ms), p90)


def _half_inside(spans: Sequence[Span], others: Sequence[Span]) -> set[int]:
    """Places of those that lie on one of the others with half of their length or more."""
    return {
        i
        for i, j in meeting(spans, others)
        if 2 * (min(spans[i].offset, others[j].offset) - max(spans[i].onset, others[j].onset) + 1)
        >= spans[i].offset - spans[i].onset + 1
    }


def _iou_of_all(true: list[Span], mine: list[Span], by_channel: bool) -> float | None:
    best = [0.0] * len(true)
    for i, j in meeting(true, mine, by_channel):
        best[i] = max(best[i], iou(true[i], mine[j]))
    return fmean(best) if best else None


def _kinds(
    truth: Sequence[Span], found: Sequence[Span], by_channel: bool
) -> dict[str, dict[str, int]]:
    """What movements of each true kind were found as, and what was found where nothing was."""
    known = (*EXPRESSIONS, *NUISANCES)
    whole = [span for span in truth if span.kind in known and not span.void]
    pairs = match(whole, found, MAIN, by_channel)
    found_as = {pair.true: found[pair.found].kind for pair in pairs}
    table: dict[str, Counter[str]] = {}
    for place, span in enumerate(whole):
        table.setdefault(span.kind, Counter())[found_as.get(place, "missed")] += 1
    table["nothing"] = Counter(s.kind for s in _without(found, (pair.found for pair in pairs)))
    return {kind: dict(counter) for kind, counter in table.items()}


def _without(spans: Sequence[Span], places: Iterable[int]) -> list[Span]:
    gone = set(places)
    return [span for place, span in enumerate(spans) if place not in gone]


def _only(spans: Sequence[Span], places: Iterable[int]) -> list[Span]:
    return [spans[place] for place in sorted(places)]
