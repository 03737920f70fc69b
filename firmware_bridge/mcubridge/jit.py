"""Compiling kernels once and keeping them: numba's cache where a folder can be written."""

import logging
from collections.abc import Callable
from pathlib import Path
from types import CellType, FunctionType
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])

_log = logging.getLogger(__name__)


def kernel(signature: Any, family: str = "") -> Callable[[Function], Function]:
    """Compile a function for one signature while its module is imported, so that no sample waits.

    What is kept is used again while the function's own file stays as it is. A kernel that calls
    others, or takes constants, of files beside its own names these files by a pattern: `family`.

    numba looks for a folder in NUMBA_CACHE_DIR, beside the module and in the user's cache, makes
    it if need be, and raises where none of them can be written: a service without a home must
    start all the same.
    """

    def compiled(function: Function) -> Function:
        if family:
            function = _stamped(function, family)
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


def part(function: Function) -> Function:
    """A piece of kernels, compiled into each that uses it: a call with arrays costs 50 ns."""
    return cast(Function, njit(inline="always")(function))


def _stamped(function: Function, family: str) -> Function:
    """The same function with the state of its family's files as a closure, which keys the cache."""
    code = function.__code__
    folder = Path(code.co_filename).parent
    stamp = [(p.name, p.stat().st_mtime_ns, p.stat().st_size) for p in sorted(folder.glob(family))]
    stamped = FunctionType(
        code.replace(co_freevars=(*code.co_freevars, "_stamp")),
        function.__globals__,
        function.__name__,
        closure=(CellType(repr(stamp)),),
    )
    stamped.__module__, stamped.__qualname__ = function.__module__, function.__qualname__
    return cast(Function, stamped)
