"""MAT, version 5: MATLAB and Octave load it, EEGLAB takes it as a dataset.

scipy writes the small variables; the two long ones are written by hand behind them, because they
may be larger than the memory.
"""

import struct
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emgd.export.outfile import fresh
from emgd.export.timeline import ExportFault, Note, Timeline
from emgd.recording import Recording
from emgd.recording.event import SKIPPED
from emgd.recording.fill import Stretch

_MAX_BYTES = (1 << 31) - 1024  # of one variable, what MATLAB and scipy take


class _Kind(NamedTuple):
    """How numbers are told in the file (MAT-File Format, tables 1-1 and 1-3)."""

    data_type: int
    array_class: int
    dtype: str


_SINGLE = _Kind(7, 7, "<f4")
_INT32 = _Kind(5, 12, "<i4")
_INT64 = _Kind(12, 14, "<i8")
_MATRIX = 14


def write_mat(recording: Recording, path: Path, unit: str) -> int:
    """Write `data` [channels, samples], `t_ns`, and what EEGLAB wants to know.

    Gives the number of events that lie outside the samples.
    """
    plan = _plan(recording, unit)
    channels, samples = len(recording.channels), plan.samples
    if max(channels * 4, 8) * samples > _MAX_BYTES:
        raise ExportFault(
            f"{recording.path} is too long for a MAT file: MATLAB reads 2 GB per variable."
            " Export it to bdf, csv or parquet."
        )
    with fresh(path):
        _write_short(path, plan.variables)
        with path.open("ab") as out:
            _write_data(out, recording, unit, (channels, samples))
    return plan.left_out


def _write_data(out: BinaryIO, recording: Recording, unit: str, shape: tuple[int, int]) -> None:
    """The two long variables."""
    data = (_values(s, unit) for s in _stretches(recording))
    _write_long(out, "data", _INT32 if unit == "count" else _SINGLE, shape, data)
    times = (s.times() for s in _stretches(recording))
    _write_long(out, "t_ns", _INT64, (1, shape[1]), times)


class _Plan(NamedTuple):
    variables: dict[str, Any]
    samples: int
    left_out: int


def _plan(recording: Recording, unit: str) -> _Plan:
    """The first pass: how long it is, and what happened."""
    timeline = Timeline(recording)
    notes: list[tuple[int, int, str]] = []
    ticks, gaps = array("q"), array("q")
    for item in timeline:
        if not isinstance(item, Note):
            continue
        if item.event is not None and item.event.topic == "tick":
            ticks.extend((item.at + 1, int(item.event.header.get("number") or 0)))
            continue
        if item.text == SKIPPED:
            gaps.extend((item.at + 1, item.samples))
        notes.append((item.at + 1, item.samples, item.text))
    samples, rate_hz = timeline.samples, recording.rate_hz
    kept = sorted(note for note in notes if note[0] <= samples)
    variables = {
        "setname": recording.name,
        "comments": f"emgd recording {recording.path.name}; data in {unit}",
        "unit": unit,
        "nbchan": float(len(recording.channels)),
        "pnts": float(samples),
        "trials": 1.0,
        "srate": float(rate_hz),
        "xmin": 0.0,
        "xmax": max(0, samples - 1) / rate_hz if rate_hz else 0.0,
        "ref": "common",
        "chanlocs": _struct(
            labels=[channel.name for channel in recording.channels],
            type=["EMG" for _ in recording.channels],
            muscle=[channel.muscle for channel in recording.channels],
            uv_per_count=[channel.uv_per_count for channel in recording.channels],
        ),
        "event": _struct(
            type=[text for _, _, text in kept],
            latency=[float(at) for at, _, _ in kept],
            duration=[float(lasts) for _, lasts, _ in kept],
        ),
        "ticks": np.frombuffer(ticks, np.int64).reshape(-1, 2),
        "gaps": np.frombuffer(gaps, np.int64).reshape(-1, 2),
        **{name: np.zeros((0, 0)) for name in ("icawinv", "icasphere", "icaweights", "epoch")},
    }
    return _Plan(variables, samples, timeline.outside + len(notes) - len(kept))


def _struct(**columns: list[Any]) -> NDArray[np.void]:
    """A MATLAB struct array, 1 x n."""
    rows = np.zeros((1, len(next(iter(columns.values())))), [(name, object) for name in columns])
    for name, values in columns.items():
        for at, value in enumerate(values):
            rows[name][0, at] = value
    return rows


def _write_short(path: Path, variables: dict[str, Any]) -> None:
    """The head of the file and all variables that fit into memory."""
    from scipy.io import savemat

    savemat(str(path), variables, format="5", oned_as="row", appendmat=False)


def _stretches(recording: Recording) -> Iterator[Stretch]:
    for item in Timeline(recording):
        if isinstance(item, Stretch):
            yield item


def _values(stretch: Stretch, unit: str) -> NDArray[Any]:
    """In the order of the file: all channels of a sample stand together."""
    if unit == "count":
        return stretch.counts
    if not np.isfinite(stretch.uv_per_count).all():
        raise ExportFault(
            "The recording does not say how large a count is (it has no `meta`):"
            " export it with --unit count."
        )
    return stretch.counts * stretch.uv_per_count


def _write_long(
    out: BinaryIO,
    name: str,
    kind: _Kind,
    shape: tuple[int, int],
    pieces: Iterator[NDArray[Any]],
) -> None:
    """One variable, piece by piece (MAT-File Format, `miMATRIX`)."""
    size = np.dtype(kind.dtype).itemsize * shape[0] * shape[1]
    head = struct.pack("<IIII", 6, 8, kind.array_class, 0)
    head += struct.pack("<IIii", 5, 8, *shape)
    head += struct.pack("<II", 1, len(name)) + _padded(name.encode())
    head += struct.pack("<II", kind.data_type, size)
    padding = bytes(-size % 8)
    out.write(struct.pack("<II", _MATRIX, len(head) + size + len(padding)) + head)
    for piece in pieces:
        out.write(np.ascontiguousarray(piece, kind.dtype).tobytes())
    out.write(padding)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 8)
