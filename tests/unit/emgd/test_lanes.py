"""Vectors of eight in kernels do what numpy does, lane by lane, and write nothing beside them."""

from typing import Any

import numpy as np
from emgd.dsp import lanes
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numba import njit
from numpy.typing import NDArray

_numbers = st.floats(width=32, allow_subnormal=False)
_rows = arrays(np.float32, (2, 12), elements=_numbers)


@njit("b1(f4[:, ::1], f4[:, ::1], i8)")
def _compute(values: Any, out: Any, column: int) -> bool:
    one, other = lanes.load(values, 0, column), lanes.load(values, 1, column)
    lanes.store(out, 0, column, one + other)
    lanes.store(out, 1, column, one - other)
    lanes.store(out, 2, column, one * other)
    lanes.store(out, 3, column, lanes.size(one))
    lanes.store(out, 4, column, lanes.where_less(one, other, lanes.every(np.float32(3)), other))
    less: bool = lanes.any_less(one, other)
    return less


@given(_rows, st.integers(0, 4))
def test_eight_at_once_are_eight_times_one(values: NDArray[np.float32], column: int) -> None:
    out = np.full((5, 12), -7, np.float32)
    less = _compute(values, out, column)
    with np.errstate(all="ignore"):
        one, other = values[:, column : column + 8]
        expected = np.full((5, 12), -7, np.float32)
        expected[:, column : column + 8] = [
            one + other,
            one - other,
            one * other,
            np.abs(one),
            np.where(one < other, np.float32(3), other),
        ]
        assert less == np.any(one < other)
    np.testing.assert_array_equal(out, expected)
