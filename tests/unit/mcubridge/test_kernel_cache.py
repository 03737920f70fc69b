"""Kernels are kept where a folder can be written; where none can, a warning and no crash."""

import logging
from collections.abc import Callable

import pytest
from mcubridge.jit import kernel
from numba import int64


def test_a_kernel_that_cannot_be_kept_is_told_of_and_works(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """numba finds no folder for a function without a file, as where no folder can be written."""
    names: dict[str, Callable[[int], int]] = {}
    exec("def double(x):\n    return 2 * x\n", names)
    with caplog.at_level(logging.WARNING):
        double = kernel(int64(int64))(names["double"])
    assert double(21) == 42
    assert "NUMBA_CACHE_DIR" in caplog.text
    assert "double" in caplog.text
