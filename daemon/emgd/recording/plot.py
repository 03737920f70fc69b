"""A recording on one picture: each channel's activity, gaps and marks. Needs the extra `plot`."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emgd.export.timeline import ExportFault, Note, Timeline
from emgd.recording import Recording
from emgd.recording.event import SKIPPED
from emgd.recording.fill import Stretch

_COLUMNS = 1600
_MARKS = 60  # labels beyond that cannot be read


class Picture:
    """The lowest and highest value of each channel in each column, about the column's mean."""

    def __init__(self, samples: int, channels: int) -> None:
        self.per_column = max(1, -(-samples // _COLUMNS))
        columns = max(1, -(-samples // self.per_column))
        self.low = np.full((columns, channels), np.inf)
        self.high = np.full((columns, channels), -np.inf)
        self._sum = np.zeros((columns, channels))
        self._count = np.zeros((columns, 1))

    def add(self, at: int, values: NDArray[np.float64]) -> None:
        """Samples from this place on."""
        while len(values):
            column = min(at // self.per_column, len(self.low) - 1)
            fits = min(len(values), max(1, (column + 1) * self.per_column - at))
            piece, values, at = values[:fits], values[fits:], at + fits
            self.low[column] = np.minimum(self.low[column], piece.min(axis=0))
            self.high[column] = np.maximum(self.high[column], piece.max(axis=0))
            self._sum[column] += piece.sum(axis=0)
            self._count[column] += len(piece)

    def lines(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lower and upper edge; not a number where there are no samples."""
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = self._sum / self._count
            return self.low - mean, self.high - mean


def plot(recording: Recording, path: Path) -> None:
    """Draw a recording to a PNG."""
    try:
        from matplotlib.figure import Figure
    except ImportError as fault:
        raise ExportFault(
            "Drawing needs matplotlib, which is not installed: run `pip install 'emgd[plot]'`"
            " in the environment of emgd."
        ) from fault
    timeline = Timeline(recording)
    notes = [item for item in timeline if isinstance(item, Note) and _drawn(item)]
    picture = Picture(timeline.samples, len(recording.channels))
    again = Timeline(recording)
    for item in again:
        if isinstance(item, Stretch) and not item.filled:
            picture.add(item.first - again.origin, item.counts * item.uv_per_count)
    rate_hz = recording.rate_hz or 1.0
    seconds = np.arange(len(picture.low)) * picture.per_column / rate_hz
    low, high = picture.lines()
    height = 1.2 * max(1, len(recording.channels)) + 1.2
    figure = Figure(figsize=(14, height), layout="constrained")
    axes = figure.subplots(max(1, len(recording.channels)), sharex=True, squeeze=False)[:, 0]
    for c, channel in enumerate(recording.channels):
        axes[c].fill_between(seconds, low[:, c], high[:, c], step="post", linewidth=0.3)
        axes[c].set_ylabel(f"{channel.name}\nµV", rotation=0, ha="right", va="center")
        axes[c].set_title(channel.muscle, loc="left", fontsize=8, pad=2)
        for note in notes:
            if note.text == SKIPPED:
                axes[c].axvspan(note.at / rate_hz, (note.at + note.samples) / rate_hz, color="0.8")
    marks = [note for note in notes if note.event is not None]
    for note in marks[:_MARKS]:
        for axis in axes:
            axis.axvline(note.at / rate_hz, color="tab:red", linewidth=0.6)
        axes[0].annotate(
            note.text,
            (note.at / rate_hz, 1.0),
            xycoords=("data", "axes fraction"),
            rotation=60,
            fontsize=7,
        )
    axes[-1].set_xlabel("seconds from the first sample")
    figure.suptitle(recording.name)
    figure.savefig(path, dpi=100)


def _drawn(note: Note) -> bool:
    return note.text == SKIPPED if note.event is None else note.event.topic == "mark"
