"""Real recordings: the bursts that a person sees are found, and rest gives nothing."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from support.muscle import Spot, overlap

REAL = Path(__file__).parents[2] / "data/real"
FACE = ("corrugator supercilii", "zygomaticus major", "levator labii superioris alaeque nasi")

# Bursts of the limb as two people marked them on a picture, in seconds
SEEN = [
    (1.45, 1.85),
    (15.5, 16.95),
    (23.1, 23.9),
    (25.6, 25.87),
    (26.4, 26.65),
    (35.9, 36.4),
    (38.1, 39.5),
    (40.0, 41.0),
    (44.9, 45.17),
]


def limb() -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    lines = (REAL / "biosppy_emg_1.txt").read_text().splitlines()
    return np.array([[float(line.split()[-1])] for line in lines if line and line[0] != "#"])


def test_the_limb_moves_where_a_person_sees_it_and_nowhere_in_its_long_rest() -> None:
    found = Spot().take(limb()).finish().places
    for begins, ends in SEEN:
        assert max(overlap(p, (round(1000 * begins), round(1000 * ends))) for p in found) > 0.5
    assert len(found) <= len(SEEN) + 3
    assert not [place for place in found if place[0] > 46_000 or place[1] < 1400]
    for one, next_ in itertools.pairwise(found):
        assert one[1] <= next_[0]


def test_the_face_smiles_once_at_the_end() -> None:
    lines = (REAL / "countenance_femg_raw_exported_sample.txt").read_text().splitlines()
    rows = [line.split(",") for line in lines if line.count(",") >= 14]
    signal = np.array([[float(value) for value in row[:3]] for row in rows[2:]]) * 1000
    (interval,) = Spot(FACE).take(signal).finish().intervals
    assert (interval["channel"], interval["kind"]) == (1, "ME")
    assert interval["onset"] == pytest.approx(12_450, abs=100)
    assert 0 < interval["iemg"] <= interval["duration_ms"]
