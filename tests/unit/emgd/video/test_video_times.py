"""What the time stamps of a container say of its frame rate."""

import numpy as np
import pytest
from emgd.video.open import Times


def test_whole_milliseconds_are_a_constant_rate() -> None:
    times = Times(30000 / 1001, [round(n * 1001 / 30000, 3) for n in range(300)])
    assert not times.variable()
    assert times.uneven() == 0
    assert times.frame_rate == 30000 / 1001


def test_a_frame_that_is_missing_does_not_change_the_rate() -> None:
    times = Times(60.0, [n / 60 for n in range(600) if n != 200])
    assert times.uneven() == 1
    assert not times.variable()
    assert times.frame_rate == 60.0


def test_a_phone_varies_its_rate() -> None:
    steps = np.random.default_rng(1).choice([1 / 30, 1 / 24, 1 / 20], 300, p=[0.6, 0.2, 0.2])
    assert Times(30.0, np.cumsum(steps).tolist()).variable()


def test_a_container_that_tells_a_rate_which_its_stamps_contradict() -> None:
    times = Times(90.0, [n / 25 for n in range(100)])
    assert times.frame_rate == pytest.approx(25)
    assert not times.variable()


@pytest.mark.parametrize("stamps", [[], [0.0], [0.0] * 50])
def test_stamps_that_tell_nothing(stamps: list[float]) -> None:
    times = Times(25.0, stamps)
    assert times.frame_rate == 25.0
    assert not times.variable()
    assert times.seconds().tolist() == [n / 25 for n in range(len(stamps))]
