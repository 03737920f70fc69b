"""GPIO levels -> marks: which, and at which sample, however the samples are cut into blocks."""

import logging
from collections.abc import Iterable

import numpy as np
import pytest
from ads1299.block import Block, Gap
from emgd.gpio import GpioMarks, PinMark
from emgd.settings import Gpio
from hypothesis import given
from hypothesis import strategies as st

Marks = list[tuple[int, str, int]]
LEVELS = st.lists(
    st.tuples(st.integers(0, 15), st.integers(1, 6)), min_size=1, max_size=30
).map(lambda runs: [level for level, length in runs for _ in range(length)])  # fmt: skip
CUTS = st.lists(st.integers(1, 20), min_size=1, max_size=5)


def block(first: int, levels: Iterable[int], gap: Gap | None = None, chips: int = 1) -> Block:
    """Status as the chip sends it: the pins are the low nibble; a second chip's differ."""
    words = [bytes((0xC0, 0, level)) + bytes((0xC0, 0, 0xF)) * (chips - 1) for level in levels]
    counts = np.zeros((len(words), 8 * chips), np.int32)
    return Block(first, counts, b"".join(words), None, 0, 0, gap)


def blocks(levels: list[int], cuts: list[int]) -> Iterable[Block]:
    at = 0
    while at < len(levels):
        size = cuts[at % len(cuts)]
        yield block(at, levels[at : at + size])
        at += size


def plain(marks: Iterable[PinMark]) -> Marks:
    return [(mark.sample, mark.label, mark.value) for mark in marks]


def taken(settings: Gpio, levels: list[int], cuts: list[int]) -> Marks:
    watch = GpioMarks(settings, 1000, 1)
    return [mark for each in blocks(levels, cuts) for mark in plain(watch.take(each))]


def steady_changes(values: list[int], hold: int) -> list[tuple[int, int]]:
    """By the words of the setting: a value counts if it is there `hold` samples in a row."""
    found = []
    counted = values[0]
    for at, value in enumerate(values):
        begins = at == 0 or values[at - 1] != value
        if begins and value != counted and values[at : at + hold] == [value] * hold:
            found.append((at, value))
            counted = value
    return found


@given(LEVELS, CUTS, st.integers(1, 4))
def test_codes_whatever_the_cuts(levels: list[int], cuts: list[int], steady: int) -> None:
    settings = Gpio("code", codes={"1": "baseline", "2": "film"}, steady_samples=steady)
    names = {1: "baseline", 2: "film"}
    assert taken(settings, levels, cuts) == [
        (at, names.get(code, f"unexpected code {code}"), code)
        for at, code in steady_changes(levels, steady)
        if code
    ]


@given(LEVELS, CUTS, st.integers(0, 4))
def test_lines_whatever_the_cuts(levels: list[int], cuts: list[int], pulse_ms: int) -> None:
    settings = Gpio(
        "lines",
        names=("trigger", "", "lamp"),
        edges=("rising", "both", "both", "falling"),
        min_pulse_ms=pulse_ms,
    )
    expected = []
    for line, (name, edges) in enumerate(
        (("trigger", (1,)), ("", ()), ("lamp", (0, 1)), ("gpio4", (0,)))
    ):
        values = [level >> line & 1 for level in levels]
        expected += [
            (at, name, value)
            for at, value in steady_changes(values, max(1, pulse_ms))
            if value in edges
        ]
    assert sorted(taken(settings, levels, cuts)) == sorted(expected)


def test_a_code_counts_at_its_first_sample_once_it_is_steady() -> None:
    """Bits that settle one after the other make no mark on the way; 0 is where it rests."""
    watch = GpioMarks(Gpio("code"), 1000, 1)
    assert plain(watch.take(block(0, [0, 0, 0, 1, 3, 7]))) == []
    assert plain(watch.take(block(6, [7, 7, 0]))) == [(5, "code 7", 7)]
    assert plain(watch.take(block(9, [0, 5, 0, 0, 0]))) == []
    assert watch.words() == {"marks": 1, "unexpected": 0, "brief": 3}


def test_a_glitch_in_a_long_code_is_no_second_mark() -> None:
    watch = GpioMarks(Gpio("code"), 1000, 1)
    levels = [0, 5, 5, 5, 4, 5, 5, 5, 0, 0, 5, 5]
    assert plain(watch.take(block(0, levels))) == [(1, "code 5", 5), (10, "code 5", 5)]


def test_pulses_that_are_too_short_make_no_mark() -> None:
    watch = GpioMarks(Gpio("code", min_pulse_ms=5), 500, 1)  # 2.5 samples: 3
    assert plain(watch.take(block(0, [0, 9, 9, 0, 0, 9, 9, 9, 0]))) == [(5, "code 9", 9)]


def test_a_named_zero_is_a_code_like_any_other() -> None:
    watch = GpioMarks(Gpio("code", codes={"0": "rest", "3": "film"}), 1000, 1)
    assert plain(watch.take(block(0, [0, 0, 3, 3, 0, 0]))) == [(2, "film", 3), (4, "rest", 0)]


def test_what_is_there_at_the_start_is_no_mark() -> None:
    watch = GpioMarks(Gpio("code"), 1000, 1)
    assert plain(watch.take(block(0, [6, 6, 6, 6, 0, 0, 6, 6]))) == [(6, "code 6", 6)]


def test_only_the_first_chip_counts() -> None:
    watch = GpioMarks(Gpio("code"), 1000, 2)
    assert plain(watch.take(block(0, [0, 2, 2, 2], chips=2))) == [(1, "code 2", 2)]


def test_over_a_gap(caplog: pytest.LogCaptureFixture) -> None:
    """A code that goes on makes no second mark; one that came unseen is said to be late."""
    watch = GpioMarks(Gpio("code", codes={"2": "film", "4": "rest"}), 1000, 1)
    assert plain(watch.take(block(0, [0, 0, 2, 2]))) == [(2, "film", 2)]
    assert plain(watch.take(block(24, [2, 2, 2], Gap(4, 20, "lost")))) == []
    assert not caplog.records
    assert plain(watch.take(block(127, [4, 4, 4], Gap(27, 100, "lost")))) == [(127, "rest", 4)]
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "it may be up to 100 samples late" in record.getMessage()


def test_a_code_that_began_before_a_gap_keeps_its_sample() -> None:
    watch = GpioMarks(Gpio("code"), 1000, 1)
    assert plain(watch.take(block(0, [0, 0, 2]))) == []
    assert plain(watch.take(block(10, [2, 2], Gap(3, 7, "lost")))) == [(2, "code 2", 2)]


def test_unexpected_codes_are_counted_and_warned_of_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    watch = GpioMarks(Gpio("code", codes={"1": "film"}, steady_samples=1), 1000, 1)
    watch.take(block(0, [0, 1, 0, 5, 0, 5, 0, 6]))
    assert watch.words() == {"marks": 4, "unexpected": 3, "brief": 0}
    warned = [record.getMessage() for record in caplog.records]
    assert [words[:29] for words in warned] == [
        "GPIO: code 5 at sample 3 is n",
        "GPIO: code 6 at sample 7 is n",
    ]
