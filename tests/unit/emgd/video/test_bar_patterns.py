"""Patterns of bars against the table that a display driver's data sheet prints."""

import numpy as np
import pytest
from emgd.video.decide import styles
from emgd.video.segments import BLANK, NOTHING, key, pattern, table

# MAX7219 data sheet, table 5 (Code B font): data bits D6 to D0 are the bars A to G.
CODE_B = (0x7E, 0x30, 0x6D, 0x79, 0x33, 0x5B, 0x5F, 0x70, 0x7F, 0x7B)


def lit(code: int) -> np.ndarray:
    return np.array([bool(code >> bit & 1) for bit in range(6, -1, -1)])


@pytest.mark.parametrize("digit", range(10))
def test_each_digit_of_the_driver_is_known(digit: int) -> None:
    assert table()[pattern(lit(CODE_B[digit]))] == digit


def test_nothing_else_is_a_digit() -> None:
    signs = table()
    known = {int(pattern(lit(code))) for code in CODE_B}
    others = [int(signs[n]) for n in range(1, 128) if n not in known]
    assert set(others) == {NOTHING}
    assert signs[0] == BLANK


def test_a_six_without_its_tail_is_one_only_where_the_display_writes_it_so() -> None:
    bare = lit(0x1F)  # c d e f g
    usual = np.tile(lit(CODE_B[6]), (20, 1, 1))
    once = np.concatenate([usual, bare[None, None]])
    assert styles(once) == frozenset()
    always = np.tile(bare, (20, 1, 1))
    assert styles(always) == {"cdefg"}
    assert table(styles(always))[key("cdefg")] == 6
