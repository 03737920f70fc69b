"""Opening a file and looking at all of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from emgd.signals import Signal, SignalFault, Wanted, open_signal


class Seen:
    """A signal with its pieces side by side, in microvolts."""

    def __init__(self, signal: Signal) -> None:
        self.signal = signal
        self.rate_hz = signal.rate_hz
        self.names = [channel.name for channel in signal.channels]
        self.muscles = [channel.muscle for channel in signal.channels]
        self.remarks = signal.remarks
        pieces = list(signal.pieces(lambda done: None))
        self.dtypes = {piece.values.dtype for piece in pieces}
        self.uv = np.concatenate([piece.values * signal.uv_per_unit() for piece in pieces])
        self.index = np.concatenate(
            [np.arange(piece.first, piece.first + len(piece.values)) for piece in pieces]
        )


@pytest.fixture
def read_or_refused() -> Callable[..., None]:
    """A file of any content gives numbers, or one sentence that names it."""

    def tried(path: Path, **wanted: Any) -> None:
        said = str(path)
        pieces = []
        try:
            pieces = list(open_signal(path, Wanted(**wanted)).pieces(lambda done: None))
        except SignalFault as fault:
            said = str(fault)
        assert str(path) in said
        assert all(np.isfinite(piece.values).all() and piece.first >= 0 for piece in pieces)

    return tried


@pytest.fixture
def see() -> Callable[..., Seen]:
    def seen(path: Path, **wanted: Any) -> Seen:
        return Seen(open_signal(path, Wanted(**wanted)))

    return seen
