"""What a recording tells: numbers lit, samples taken, parts that follow."""

import numpy as np
import pytest
from emgd.align.ticks import SampleClock, told_of
from support.filmed import Display
from support.ticked import ZERO_NS, recorded, rest

MS = 1_000_000


@pytest.fixture
def clock() -> SampleClock:
    """Three packets of 20 samples, of which the third comes after 100 missing ones."""
    first = np.array([0, 20, 140])
    return SampleClock(first, np.full(3, 20), ZERO_NS + first * MS, np.full(3, 1e6))


@pytest.mark.parametrize(
    ("at_ms", "sample"),
    [(-0.1, -1), (0, 0), (0.6, 1), (19.6, 20), (39.2, 39), (90.4, 90), (159.4, 159), (160, -1)],
)
def test_the_sample_of_a_moment(clock, at_ms, sample):
    """Also within a gap: missing samples keep their place."""
    assert clock.samples(np.array([ZERO_NS + round(at_ms * MS)])).tolist() == [sample]


def test_the_moment_of_a_sample(clock):
    samples = np.array([0, 39, 90, 159])
    assert ((clock.times(samples) - ZERO_NS) // MS).tolist() == samples.tolist()


def test_a_recording_that_goes_on_in_a_second_part(tmp_path):
    lit = np.arange(0.5, 20, 0.04)
    shown = Display(lit, np.arange(len(lit)) + 1)
    early, late = lit < 10, lit >= 10
    whole = recorded(tmp_path, Display(lit[early], shown.numbers[early]), rest(10))
    folder = tmp_path / "second"
    folder.mkdir()
    second = recorded(folder, Display(lit[late], shown.numbers[late]), rest(1))
    second.rename(whole.with_name(f"{whole.stem}_part2.mcap"))
    seen: list[float] = []
    told = told_of(whole, seen.append)
    assert told.numbers.tolist() == shown.numbers.tolist()
    assert np.abs((told.lit_ns - ZERO_NS) / 1e9 - lit).max() < 1e-6
    assert len(told.parts) == 2
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_numbers_without_a_time_are_as_late_as_the_others(tmp_path, monkeypatch):
    """The reply of some is lost: they were lit as long after the tube was told as the others."""
    from support import ticked

    def some_lit(shown, lit=True):
        for number, (t_ns, header, payload) in enumerate(original(shown, lit)):
            told = {**header, "lit_ns": None if number % 5 == 0 else t_ns + 3 * MS}
            if number % 5 == 1:  # a display on the PC: it tells when all was written
                told = {**header, "lit_ns": None, "written_ns": t_ns + 3 * MS}
            yield t_ns, told, payload

    original = ticked.ticks
    monkeypatch.setattr(ticked, "ticks", some_lit)
    lit = np.arange(0.5, 5, 0.04)
    path = recorded(tmp_path, Display(lit, np.arange(len(lit))), rest(5))
    told = told_of(path, lambda _: None)
    assert np.abs((told.lit_ns - ZERO_NS) / 1e9 - lit - 0.003).max() < 1e-6
    assert told.told_only == -(-len(lit) // 5)
