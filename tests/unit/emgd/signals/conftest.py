"""Opening a file and looking at all of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from emgd.signals import Signal, Wanted, open_signal


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
def see() -> Callable[..., Seen]:
    def seen(path: Path, **wanted: Any) -> Seen:
        return Seen(open_signal(path, Wanted(**wanted)))

    return seen
