"""Any numbers as counts of 24 bits, which the chain takes, with nothing lost that matters."""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from emgd.signals.model import Piece, Signal, Values

_LOWEST, _HIGHEST = -(1 << 23), (1 << 23) - 1  # at these, a count is clipped
_LEVELS = _HIGHEST - 1  # above and below the middle: none is at an end
_COARSEST_UV = 0.1  # of a step, whatever a single outlier asks for

Counts = NDArray[np.int32]
Convert = Callable[[Values], Counts]


def counts_of(
    signal: Signal, pieces: Callable[[], Iterable[Piece]]
) -> tuple[Convert, NDArray[np.float64]]:
    """How to make counts of a signal's values, and microvolts per count.

    Whole numbers that fit stay as they are, and those at the ends of 24 bits are clipped, as from
    the chip. Of all else the middle is taken off, and each channel gets the finest steps in which
    it fits: 2.4 nV where it reaches 20 mV up and down.
    """
    uv_per_unit = signal.uv_per_unit()
    if signal.counts_24 or _fit(pieces()):
        return _as_they_are, uv_per_unit
    middle, reach = _extent(pieces(), len(uv_per_unit))
    step_uv = np.clip(reach * np.abs(uv_per_unit) / _LEVELS, 1e-12, _COARSEST_UV)
    per_unit = uv_per_unit / step_uv

    def scaled(values: Values) -> Counts:
        levels = np.rint((values - middle) * per_unit)
        np.clip(levels, -_LEVELS, _LEVELS, out=levels)
        whole: Counts = levels.astype(np.int32)
        return whole

    return scaled, step_uv


def _as_they_are(values: Values) -> Counts:
    return np.ascontiguousarray(values, np.int32)


def _fit(pieces: Iterable[Piece]) -> bool:
    return all(
        piece.values.dtype == np.int32
        and piece.values.min() >= _LOWEST
        and piece.values.max() <= _HIGHEST
        for piece in pieces
    )


def _extent(
    pieces: Iterable[Piece], channels: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The middle of the first piece, and how far any value lies from it."""
    middle: NDArray[np.float64] | None = None
    reach = np.zeros(channels)
    for piece in pieces:
        if middle is None:
            middle = np.median(piece.values, axis=0)
        np.maximum(reach, np.abs(piece.values - middle).max(axis=0), out=reach)
    return (np.zeros(channels) if middle is None else middle), reach
