"""Levels of bars as a camera might give them, made by hand: what is believed and what is not."""

import hypothesis.extra.numpy as arrays
import numpy as np
from emgd.video.decide import NOTHING, SURE, Readings, decide
from hypothesis import given, settings
from hypothesis import strategies as some

# MAX7219 data sheet, table 5 (Code B font): data bits D6 to D0 are the bars A to G.
CODE_B = (0x7E, 0x30, 0x6D, 0x79, 0x33, 0x5B, 0x5F, 0x70, 0x7F, 0x7B)
FPS, TICKS_S, DIGITS = 30.0, 25.0, 4
DARK, LIT = 40.0, 200.0


def spots(number: int) -> np.ndarray:
    """Seven bars and two holes of each digit."""
    rows = []
    for sign in str(number).zfill(DIGITS):
        bars = [LIT if CODE_B[int(sign)] >> bit & 1 else DARK for bit in range(6, -1, -1)]
        rows.append([*bars, DARK, DARK])
    return np.array(rows)


def counting(first: int, frames: int) -> list[int]:
    return [(first + int(n / FPS * TICKS_S)) % 10**DIGITS for n in range(frames)]


def decided(numbers: list[int], levels: np.ndarray | None = None) -> Readings:
    if levels is None:
        levels = np.array([spots(number) for number in numbers])
    noise = np.random.default_rng(5).normal(0, 3, levels.shape)
    hidden = np.zeros(len(levels), bool)
    return decide(levels + noise, hidden, np.arange(len(levels)) / FPS, FPS)


def sure(readings: Readings) -> np.ndarray:
    return readings.confidence >= SURE


def test_all_of_a_steady_count_is_read() -> None:
    numbers = counting(9950, 150)  # past the last number, too
    readings = decided(numbers)
    assert sure(readings).all()
    assert readings.numbers.tolist() == numbers


def test_a_single_wrong_number_is_left_out_and_not_mended() -> None:
    numbers = counting(1230, 150)
    for frame in (20, 77, 78, 120):
        numbers[frame] = 8888
    readings = decided(numbers)
    assert readings.numbers.tolist() == numbers
    assert np.flatnonzero(~sure(readings)).tolist() == [20, 77, 78, 120]
    assert np.flatnonzero(readings.alone).tolist() == [20, 77, 78, 120]


def test_a_counter_that_starts_again_is_believed() -> None:
    numbers = counting(5417, 90) + counting(0, 90)
    readings = decided(numbers)
    assert sure(readings).all()
    assert readings.numbers.tolist() == numbers


def test_a_bar_at_half_its_light_makes_a_frame_unsure() -> None:
    numbers = counting(300, 150)
    levels = np.array([spots(number) for number in numbers])
    levels[60, 2, 4] = (DARK + LIT) / 2
    readings = decided(numbers, levels)
    assert np.flatnonzero(~sure(readings)).tolist() == [60]


def test_a_display_that_stands_still_is_left_out_while_it_does() -> None:
    numbers = counting(300, 120) + [400] * 90 + counting(401, 120)
    readings = decided(numbers)
    assert not sure(readings)[135:195].any()
    assert readings.still[135:195].all()
    assert sure(readings)[:105].all()
    assert sure(readings)[225:].all()


def test_digits_whose_holes_shine_are_left_out() -> None:
    numbers = counting(300, 150)
    levels = np.array([spots(number) for number in numbers])
    levels[70:80, 1, 7:] = LIT
    readings = decided(numbers, levels)
    assert np.flatnonzero(readings.burnt).tolist() == list(range(70, 80))
    assert np.flatnonzero(~sure(readings)).tolist() == list(range(70, 80))


def test_a_hidden_display_is_left_out_and_teaches_nothing() -> None:
    numbers = counting(300, 150)
    levels = np.array([spots(number) for number in numbers])
    levels[40:60] = 0
    hidden = np.zeros(150, bool)
    hidden[40:60] = True
    readings = decide(levels, hidden, np.arange(150) / FPS, FPS)
    assert np.flatnonzero(~sure(readings)).tolist() == list(range(40, 60))


def test_three_frames_are_too_few_to_be_sure() -> None:
    assert not sure(decided([1, 2, 3])).any()


@settings(max_examples=40, deadline=None)
@given(
    arrays.arrays(np.float64, some.tuples(some.integers(1, 40), some.integers(1, 5), some.just(9)),
                  elements=some.floats(0, 255)),
    some.floats(1, 240),
)  # fmt: skip
def test_any_levels_give_numbers_that_fit_the_display(levels: np.ndarray, fps: float) -> None:
    count, digits = levels.shape[:2]
    readings = decide(levels, np.zeros(count, bool), np.arange(count) / fps, fps)
    assert readings.numbers.shape == readings.confidence.shape == (count,)
    assert ((readings.numbers >= 0) | (readings.numbers == NOTHING)).all()
    assert (readings.numbers < 10**digits).all()
    assert ((readings.confidence >= 0) & (readings.confidence <= 1)).all()
