"""The lists of annotations of EDF+ and BDF+: records' times, and stretches that were filled in."""

import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

_NOTE = re.compile(rb"([+-]\d+(?:\.\d*)?)(?:\x15(\d+(?:\.\d*)?))?\x14([^\0]*)\0")


def record_times(notes: list[bytes], record_s: float) -> NDArray[np.float64]:
    """When each record begins; one that does not tell follows the one before."""
    times = np.empty(len(notes))
    due = 0.0
    for i, note in enumerate(notes):
        told = _NOTE.match(note)
        times[i] = float(told[1]) if told and told[3].startswith(b"\x14") else due
        due = times[i] + record_s
    return times


def holes_in(notes: list[bytes], text: str) -> Iterator[tuple[float, float]]:
    """Onset and duration of the annotations with this text."""
    wanted = text.encode()
    for note in notes:
        if wanted in note:
            for onset, lasts, texts in _NOTE.findall(note):
                if lasts and wanted in texts.split(b"\x14"):
                    yield float(onset), float(lasts)
