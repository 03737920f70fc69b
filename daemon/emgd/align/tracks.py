"""Envelopes in the time of the video: the table that ELAN draws under the face."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emgd.align.envelope import envelopes
from emgd.align.film import Film
from emgd.export.outfile import fresh_text
from emgd.recording.samples import ChannelInfo

RATE_HZ = 100
_FINE = 4  # samples of the envelope for each row
_HOLE = 3.0  # rows; a wider hole between samples is left out, not bridged
_PIECE = 4096


def channels_of(film: Film) -> list[tuple[int, ChannelInfo]]:
    """The channels that are worth a track."""
    channels = film.told.parts[0].channels
    return [(place, channel) for place, channel in enumerate(channels) if channel.active]


def write_tracks(film: Film, path: Path, force: bool) -> NDArray[np.float64]:
    """Seconds of the video and an envelope per channel, 100 rows a second; the largest of each.

    ELAN takes a line that begins with # for a comment, a point for a decimal point, and times with
    a point for seconds.
    """
    channels = channels_of(film)
    places = [place for place, _ in channels]
    names = [channel.name.replace(",", " ") for _, channel in channels]
    largest = np.zeros(len(places))
    line = ",".join(["%.3f", *["%.3f"] * len(places)]) + "\n"
    with fresh_text(path, force) as out:
        out.write("# " + ",".join(["seconds of the video", *(f"{name} uV" for name in names)]))
        out.write("\n")
        for seconds, values in _rows(film, places):
            largest = np.maximum(largest, values.max(axis=0))
            for row, told in zip(seconds.tolist(), values.tolist(), strict=True):
                out.write(line % (row, *told))
    return largest


def _rows(
    film: Film, places: Sequence[int]
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Rows at fixed seconds, interpolated between the samples on both sides."""
    moments, values = _samples(film, places)
    if not len(moments):
        return
    seconds = film.place_at(moments) / film.fps
    begin = max(0, int(np.ceil(seconds[0] * RATE_HZ)))
    end = int(np.floor(min(seconds[-1], len(film.t_ns) / film.fps) * RATE_HZ))
    for first in range(begin, end + 1, _PIECE):
        grid = np.arange(first, min(first + _PIECE, end + 1)) / RATE_HZ
        after = np.searchsorted(seconds, grid).clip(1, len(seconds) - 1)
        near = seconds[after] - seconds[after - 1] <= _HOLE / RATE_HZ
        if near.any():
            columns = [np.interp(grid[near], seconds, column) for column in values.T]
            yield grid[near], np.column_stack(columns)


def _samples(film: Film, places: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The envelope of all parts, thinned: it holds nothing above some 10 Hz."""
    moments: list[NDArray[np.int64]] = []
    values: list[NDArray[np.float32]] = []
    for part in film.told.parts:
        every = max(1, int(part.rate_hz // (_FINE * RATE_HZ)))
        skip = 0
        for piece in envelopes(part):
            moments.append(piece.t_ns[skip::every])
            values.append(piece.values[skip::every][:, list(places)])
            skip = (skip - len(piece.t_ns)) % every
    if not moments:
        return np.zeros(0, np.int64), np.zeros((0, len(places)))
    return np.concatenate(moments), np.concatenate(values).astype(float)
