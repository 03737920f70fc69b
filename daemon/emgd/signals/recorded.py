"""Our own recordings, torn ones and those that went on in a later file."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from emgd.recorder.entry import whole
from emgd.recording import Recording, RecordingFault
from emgd.recording import open as open_recording
from emgd.recording.samples import ChannelInfo, Samples
from emgd.signals.choice import chosen
from emgd.signals.model import (
    Column,
    Found,
    Piece,
    Signal,
    SignalFault,
    Wanted,
    Watch,
)

_SAMPLES = 1 << 13  # in a piece, of many packets


class Times:
    """When samples were taken, as the packets told."""

    def __init__(self) -> None:
        self._packets: list[Samples] = []
