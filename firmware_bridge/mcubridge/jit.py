"""Compiling kernels once and keeping them: numba's cache where a folder can be written."""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])

_log = logging.getLogger(__name__)


def kernel(signature: Any) -> Callable[[Function], Function]:
    """Compile a function for one signature while its module is imported, so that no sample waits.

    numba looks for a folder in NUMBA_CACHE_DIR, beside the module and in the user's cache, makes
    it if need be, and raises where none of them can be written: a service without a home must
    start all the same.
    """

    def compiled(function: Function) -> Function:
        try:
            return njit(signature, cache=True)(function)  # type: ignore[no-any-return]  # numba has no types
        except (RuntimeError, OSError) as error:
            _log.warning(
                "no folder for compiled kernels can be written (%s): %s is compiled at every "
                "start, which takes seconds. Set NUMBA_CACHE_DIR to a folder this user may write.",
                error,
                function.__name__,
            )
            return njit(signature)(function)  # type: ignore[no-any-return]  # numba has no types

    return compiled
