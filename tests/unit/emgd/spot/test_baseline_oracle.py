"""The paper's baseline against the authors' own code, and against its description, loop by loop."""

from pathlib import Path

import numpy as np
import pytest
from emgd.dsp.baseline import Clip, Parameters, merged
from emgd.dsp.filters import FilterPlan
from emgd.dsp.zero_phase import envelope
from hypothesis import given, settings
from hypothesis import strategies as st

ORACLE = Path(__file__).parents[3] / "data" / "oracle" / "baseline.npz"


def clips():
    with np.load(ORACLE) as told:
        lengths = told["clip_len"]
        assert told["params"].tolist() == [60, 30, 1, 5, 2, 6]
        ends = np.cumsum(lengths)
        onsets = np.split(told["onset"], np.cumsum(told["n_onset"])[:-1])
        offsets = np.split(told["offset"], np.cumsum(told["n_offset"])[:-1])
        for i, (length, end) in enumerate(zip(lengths, ends, strict=True)):
            at = slice(end - length, end)
            yield told["clips"][at], told["envelope"][at], onsets[i], offsets[i]


def test_all_20_clips_as_the_authors_code():
    seen = 0
    for signal, env, onsets, offsets in clips():
        mine = envelope(signal, 1000.0, FilterPlan())
        np.testing.assert_allclose(mine, env, rtol=1e-9, atol=1e-9)
        found = Clip(mine).candidates(Parameters())
        assert (found[:, 0] + 1).tolist() == onsets.tolist()
        assert (found[:, 1] + 1).tolist() == offsets.tolist()
        seen += 1
    assert seen == 20


def by_the_book(env: np.ndarray, p: Parameters) -> list[tuple[int, int]]:
    """Section 6.2 with what the code does where it differs, one window at a time."""
    starts = range(0, len(env) - p.L, p.S)
    marks = [np.mean(env[s : s + p.L + 1]) >= p.k * np.mean(env) for s in starts]
    found, w = [], 1
    while w < len(marks) - 1:  # the last window opens nothing
        run = 0
        while w + run < len(marks) and marks[w + run]:
            run += 1
        if run >= p.Sn:
            before = w - p.Wf if w - p.Wf >= 0 else w
            last = w + run - 1
            behind = last + p.Wb if last + p.Wb < len(marks) else last
            found.append(
                tuple(
                    starts[v] + int(np.argmin(env[starts[v] : starts[v] + p.L + 1]))
                    for v in (before, behind)
                )
            )
        w += max(run, 1)
    return found


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 1 << 30),
    length=st.integers(1, 900),
    parameters=st.builds(
        Parameters,
        L=st.integers(1, 90),
        S=st.integers(1, 60),
        k=st.sampled_from([0.5, 0.8, 1.0, 1.3]),
        Sn=st.integers(1, 8),
        Wf=st.integers(0, 6),
        Wb=st.integers(0, 8),
    ),
)
def test_any_parameters_as_the_description(seed, length, parameters):
    env = np.abs(np.random.default_rng(seed).normal(size=length).cumsum()) + 0.5
    found = Clip(env).candidates(parameters)
    assert [tuple(pair) for pair in found.tolist()] == by_the_book(env, parameters)


def burst(length=3000, at=(1200, 1800), rate_hz=1000.0, seed=1):
    rng = np.random.default_rng(seed)
    signal = rng.normal(size=length)
    signal[slice(*at)] *= 20
    return signal


def test_one_clip_is_asked_with_many_parameters():
    clip = Clip(envelope(burst(), 1000.0, FilterPlan()))
    wide = clip.candidates(Parameters(Wf=6, Wb=9))
    narrow = clip.candidates(Parameters())
    assert wide[0, 0] < narrow[0, 0] < 1200
    assert wide[0, 1] > narrow[0, 1] > 1800


def test_candidates_of_a_clip_become_one():
    clip = Clip(envelope(burst(), 1000.0, FilterPlan()))
    two = np.array([[100, 300], [250, 900]])
    assert merged(two).tolist() == [[100, 900]]
    assert merged(clip.candidates(Parameters(k=1000.0))).tolist() == []


@pytest.mark.parametrize("length", [0, 1, 5, 12, 13, 60, 61])
def test_a_clip_shorter_than_filters_or_a_window_has_no_candidate(length):
    env = envelope(np.random.default_rng(2).normal(size=length), 1000.0, FilterPlan())
    assert len(env) == length
    assert np.isnan(env).all() == (length <= 12)
    assert not len(Clip(env).candidates(Parameters()))


def test_silence_has_no_candidate():
    for level in (0.0, 1234.5):
        env = envelope(np.full(2000, level), 1000.0, FilterPlan())
        assert not env.any()
        assert not len(Clip(env).candidates(Parameters()))


def test_missing_samples_are_neither_marked_nor_searched():
    signal = burst(length=6000)
    signal[3000:3500] = np.nan
    signal[3490] = 1.0  # alone between gaps: too short for the filters
    env = envelope(signal, 1000.0, FilterPlan())
    assert np.isnan(env[3000:3500]).all()
    whole = [envelope(part, 1000.0, FilterPlan()) for part in (signal[:3000], signal[3500:])]
    np.testing.assert_array_equal(env[:3000], whole[0])
    np.testing.assert_array_equal(env[3500:], whole[1])
    (found,) = Clip(env).candidates(Parameters()).tolist()
    assert found[0] < 1200
    assert 1800 < found[1] < 3000


def test_a_run_up_to_a_gap_ends_there():
    env = np.ones(3000)
    env[1000:2000] = 10.0
    env[1700:] = np.nan
    (found,) = Clip(env).candidates(Parameters()).tolist()
    assert 900 < found[0] <= 1000
    assert 1600 < found[1] < 1700


def test_a_single_window_opens_a_candidate_where_one_is_enough():
    env = np.ones(900)
    env[400:461] = 5.0
    found = Clip(env).candidates(Parameters(L=60, S=60, k=2.0, Sn=1, Wf=1, Wb=1))
    assert len(found) == 1


def test_other_rates_and_mains():
    seconds = np.arange(0, 6, 1 / 250)
    noise = np.random.default_rng(3).normal(size=len(seconds))
    hum = 50 * np.sin(2 * np.pi * 50 * seconds)
    clean = envelope(noise, 250.0, FilterPlan())
    hummed = envelope(noise + hum, 250.0, FilterPlan(mains_hz=50))
    assert np.abs(hummed[250:-250] - clean[250:-250]).max() < 0.5 * clean.mean()
    assert envelope(noise + hum, 250.0, FilterPlan())[250:-250].min() > 20
