"""Stretches that look like talking are flagged, and single movements of the mouth are not."""

from collections.abc import Sequence

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


def syllables(places: Sequence[float]) -> Spot:
    """Two muscles of the mouth move together at these seconds."""
    signal = rest(18, 7)
    for i, at in enumerate(places):
        for channel, uv in ((ZYGOMATICUS, 40), (ORIS, 30)):
            lay(signal, at, burst(0.25, uv, seed=9 * i + channel), channel)
    return spot(signal, SEVEN)


def test_slow_talking_is_known_from_its_first_syllable_on_and_told_as_soon_as_it_is() -> None:
    first, second, third = syllables((10.0, 10.9, 12.0)).intervals
    assert [i["flags"] for i in (first, second, third)] == [["speech"]] * 3
    assert all(12_000 < i["closed"] < 12_200 for i in (first, second))
    assert third["closed"] - third["offset"] < 250


def test_a_mouth_that_moves_twice_does_not_talk_and_is_told_of_when_it_is_still() -> None:
    first, second = syllables((10.0, 10.9)).intervals
    assert (first["flags"], second["flags"]) == ([], [])
    for each in (first, second):
        assert 1000 <= each["closed"] - second["offset"] < 1250


def test_a_smile_that_goes_on_holds_back_what_was_before_it_for_so_long_as_talking_could_be() -> (
    None
):
    signal = rest(18, 7)
    for channel in (ZYGOMATICUS, ORIS):
        lay(signal, 4.0, burst(0.25, 40, seed=channel), channel)
        lay(signal, 4.7, burst(8.0, 60, hold=0.8, seed=channel), channel)
    first, _ = spot(signal, SEVEN).intervals
    assert first["flags"] == []
    assert first["closed"] - first["onset"] == 3500
