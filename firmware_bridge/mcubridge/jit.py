"""Compiling kernels once and keeping them: numba's cache where a folder can be written."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from types import CellType, FunctionType
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])
_njit: Any = numba.njit

# Kernels make no arrays, so none need be counted: each count is a locked instruction, some at each
# call and at each part that a kernel is made of.
_BARE = {"_nrt": False}

_log = logging.getLogger(__name__)


def kernel(signature: Any, family: Sequence[str] = ()) -> Callable[[Function], Function]:
    """Compile a function for one signature while its module is imported, so that no sample waits.

    What is kept is used again while the function's own file stays as it is. A kernel that calls
    others, or takes constants, of files beside its own names these files by patterns: `family`.

    numba looks for a folder in NUMBA_CACHE_DIR, beside the module and in the user's cache, makes
    it if need be, and raises where none of them can be written: a service without a home must
    start all the same.
    """

    def compiled(function: Function) -> Function:
        if family:
            function = _stamped(function, family)
        try:
            return cast(Function, _njit(signature, cache=True, **_BARE)(function))
        except (RuntimeError, OSError) as error:
            _log.warning(
                "no folder for compiled kernels can be written (%s): %s is compiled at every "
                "start, which takes seconds. Set NUMBA_CACHE_DIR to a folder this user may write.",
                error,
                function.__name__,
            )
            return cast(Function, _njit(signature, **_BARE)(function))

    return compiled


def part(function: Function) -> Function:
    """A piece of kernels, compiled into each that uses it: a call with arrays costs 50 ns."""
    return cast(Function, _njit(inline="always", **_BARE)(function))


def _stamped(function: Function, family: Sequence[str]) -> Function:
    """The same function with the state of its family's files as a closure, which keys the cache."""
    code = function.__code__
    folder = Path(code.co_filename).parent
    files = sorted(path for pattern in family for path in folder.glob(pattern))
    stamp = [(p.name, p.stat().st_mtime_ns, p.stat().st_size) for p in files]
    stamped = FunctionType(
        code.replace(co_freevars=(*code.co_freevars, "_stamp")),
        function.__globals__,
        function.__name__,
        closure=(CellType(repr(stamp)),),
    )
    stamped.__module__, stamped.__qualname__ = function.__module__, function.__qualname__
    return cast(Function, stamped)
