"""The spotter on a simulated face: however the samples are cut, and against the truth."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest
from boardsim.render import render, to_microvolts
from boardsim.simboard import Settings
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from support.muscle import SEVEN, Spot, overlap, place_of

MUSCLES = (*SEVEN, "")
EXPRESSIONS = ("ME", "MaE")
Truth = list[dict[str, Any]]


@cache
def face(seed: int, seconds: int) -> tuple[NDArray[np.float32], Truth]:
    """Microvolts of eight channels, and the movements that lie in them whole."""
    board = Settings(seed=seed)
    counts, lines = render(board, seconds * 1000, 1000)
    return to_microvolts(counts, board, 1000), [
        line for line in lines if line["type"] == "event" and line["complete"]
    ]


def cut_at(places: Sequence[int]) -> list[tuple[str, dict[str, Any]]]:
    """What is told of half a minute in pieces."""
    signal, _ = face(501, 30)
    spot = Spot(MUSCLES)
    for a, b in zip((0, *places), (*places, len(signal)), strict=True):
        if b > a:
            spot.take(signal[a:b])
    return spot.finish().told


@given(st.lists(st.integers(0, 30_000), max_size=60))
@settings(max_examples=15, deadline=None)
def test_events_are_the_same_however_the_samples_are_cut(places: list[int]) -> None:
    whole = cut_at([])
    assert {topic for topic, _ in whole} >= {"onset", "interval"}
    assert cut_at(sorted(places)) == whole


def test_events_are_the_same_in_packets_of_a_board() -> None:
    assert cut_at(range(20, 30_000, 20)) == cut_at([])


def pairs(truth: Truth, found: list[dict[str, Any]], least: float) -> list[tuple[int, int, float]]:
    """One to one, the best first: places of the true and the found one, and their overlap."""
    candidates = sorted(
        (
            (overlap(place_of(t), place_of(f)), i, j)
            for i, t in enumerate(truth)
            for j, f in enumerate(found)
            if t["onset"] < f["offset"] and f["onset"] < t["offset"]
        ),
        reverse=True,
    )
    out: list[tuple[int, int, float]] = []
    for share, i, j in candidates:
        if share >= least and all(i != a and j != b for a, b, _ in out):
            out.append((i, j, share))
    return out


def met(one: dict[str, Any], others: Truth) -> bool:
    """Whether half of it or more lies on any of the others."""
    return any(
        2 * (min(one["offset"], t["offset"]) - max(one["onset"], t["onset"]))
        >= one["offset"] - one["onset"]
        for t in others
    )


class Tally:
    """Two people, five minutes each, spotted with the usual settings."""

    def __init__(self) -> None:
        self.true = self.false = self.called = 0
        self.shares: list[float] = []
        self.onsets: list[int] = []
        self.offsets: list[int] = []
        self.late: list[int] = []
        self.nuisances: list[bool] = []
        for seed in (502, 503):
            self.add(*face(seed, 300))

    def add(self, signal: NDArray[np.float32], truth: Truth) -> None:
        told = Spot(MUSCLES).take(signal).finish()
        expressions = [t for t in truth if t["kind"] in EXPRESSIONS]
        nuisances = [t for t in truth if t["kind"] in ("blink", "swallow")]
        talking = [t for t in truth if t["kind"] == "speech"]
        found = [f for f in told.intervals if f["kind"] in EXPRESSIONS]
        hits = pairs(expressions, found, 0.5)
        self.true += len(expressions)
        for i, j, share in hits:
            self.shares.append(share)
            self.onsets.append(found[j]["onset"] - expressions[i]["onset"])
            self.offsets.append(found[j]["offset"] - expressions[i]["offset"])
            self.late.append(found[j]["told"] - expressions[i]["onset"])
        left = [f for j, f in enumerate(found) if j not in {hit[1] for hit in hits}]
        left = [f for f in left if not (f["flags"] and met(f, talking))]
        called = [f for f in left if met(f, nuisances)]
        self.called += len(called)
        self.false += len(left) - len(called)
        self.nuisances += [
            any(
                f["kind"] == t["kind"] and overlap(place_of(f), place_of(t)) > 0.3
                for f in told.intervals
            )
            for t in nuisances
        ]

    def f1(self, false: int) -> float:
        return 2 * len(self.shares) / (self.true + len(self.shares) + false)


@pytest.fixture(scope="module")
def tally() -> Tally:
    return Tally()


def test_expressions_are_found(tally: Tally) -> None:
    """Ten minutes of two people: the limits of an hour, with a margin for so few."""
    assert tally.true > 80
    assert tally.f1(tally.false) >= 0.91
    assert tally.f1(tally.false + tally.called) >= 0.88
    assert tally.false <= 5


def test_their_times_are_right_and_told_soon(tally: Tally) -> None:
    assert np.mean(tally.shares) >= 0.80
    assert np.mean(np.abs(tally.onsets)) <= 50
    assert np.mean(np.abs(tally.offsets)) <= 70
    assert np.median(tally.late) <= 150


def test_blinks_and_swallows_are_called_by_their_names(tally: Tally) -> None:
    assert np.mean(tally.nuisances) > 0.75
