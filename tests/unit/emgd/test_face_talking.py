"""Stretches that look like talking are flagged, and single movements of the mouth are not."""

import numpy as np
from emgd.settings import Spotter
from support.muscle import SEVEN, Spot, burst, lay, rest, spot

LEVATOR, ZYGOMATICUS, ORIS, DEPRESSOR = 3, 4, 5, 6


def talk() -> Spot:
    """Three seconds of syllables from the tenth second on, then a smile and a frown."""
    signal = rest(30, 7)
    rng = np.random.default_rng(8)
    for i, at in enumerate(np.arange(10, 13, 0.45)):
        for channel in (ZYGOMATICUS, ORIS, DEPRESSOR):
            lay(signal, at, burst(0.22, rng.uniform(20, 60), seed=9 * i + channel), channel)
    lay(signal, 20.0, burst(1.0, 60, seed=1), ZYGOMATICUS)
    lay(signal, 20.0, burst(1.0, 30, seed=2), DEPRESSOR)
    lay(signal, 25.0, burst(0.4, 30, seed=3), 1)
    return spot(signal, SEVEN)


def test_talking_is_flagged_and_nothing_else_and_all_of_it_is_told() -> None:
    intervals = talk().intervals
    flagged = [i for i in intervals if i["flags"] == ["speech"]]
    assert all(10_000 - 100 < i["onset"] < 13_500 for i in flagged)
    assert len(flagged) >= 4
    others = [i for i in intervals if not i["flags"]]
    assert [i["channel"] for i in others if i["onset"] > 15_000] == [ZYGOMATICUS, 1]
    assert len([i for i in others if i["onset"] < 15_000]) <= 1


def test_an_interval_of_the_mouth_waits_until_it_is_known_unless_nobody_wants_to_know() -> None:
    signal = rest(8, 7)
    lay(signal, 4.0, burst(0.5, 60), ZYGOMATICUS)
    lay(signal, 4.0, burst(0.5, 60), DEPRESSOR)
    for speech, wait_ms in ((True, 1000), (False, 0)):
        (interval,) = spot(signal, SEVEN, settings=Spotter(speech=speech)).intervals
        assert wait_ms <= interval["closed"] - interval["offset"] < wait_ms + 250
