"""Any numbers as the whole ones that the chain takes, with nothing lost that matters."""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from emgd.signals.model import Piece, Values

_COARSEST_UV = 0.01  # of a step: a twentieth of the chip's own at gain 1
_LEVELS = 1 << 29  # above and below the middle

Counts = NDArray[np.int32]


def whole_numbers(
    pieces: Callable[[], Iterable[Piece]], uv_per_unit: NDArray[np.float64]
) -> tuple[Callable[[Values], Counts], NDArray[np.float64]]:
    """How to make counts of a signal's values, and microvolts per count.

    Whole numbers stay as they are: those of a recording at the ends of 24 bits are clipped ones.
    """
    first = next(iter(pieces()), None)
    if first is None or first.values.dtype == np.int32:
        return lambda values: np.ascontiguousarray(values, np.int32), uv_per_unit
    middle = np.median(first.values, axis=0)
    reach = np.zeros(len(uv_per_unit))
    for piece in pieces():
        np.maximum(reach, np.abs(piece.values - middle).max(axis=0), out=reach)
    step_uv = np.clip(reach * uv_per_unit / _LEVELS, 1e-12, _COARSEST_UV)
    per_unit = uv_per_unit / step_uv

    def counts(values: Values) -> Counts:
        levels = np.rint((values - middle) * per_unit)
        np.clip(levels, 1 - _LEVELS, _LEVELS - 1, out=levels)
        # fourfold and 2: a number that the chain could take for the end of the chip's range
        # (0x7FFFFF, -0x800000) does not occur
        levels *= 4
        levels += 2
        return levels.astype(np.int32)

    return counts, step_uv / 4
