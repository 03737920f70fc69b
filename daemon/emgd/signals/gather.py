"""The chosen columns side by side, in pieces without gaps."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from emgd.dsp.runs import runs
from emgd.signals.choice import Choice
from emgd.signals.model import Found, Piece, Run, Signal, SignalChannel, SignalFault, Values, Watch

_ROWS = 1 << 13  # samples in a piece at most: it stays in the cache, and progress is seen
_EMPTY = 0.5  # a channel that lacks more of its samples than this is left out


def gather(path: Path, choice: Choice, found: Found) -> Signal:
    """The signal of a file whose columns fit into memory (or are mapped into it)."""
    columns, channels = _present_columns(choice, found)
    per_row = choice.columns[0].per_row
    whole = [
        Run(round(run.at * per_row), run.begin * per_row, run.end * per_row) for run in found.runs
    ]
    kept = list(_without(whole, found.holes_s, choice.rate_hz))
    if not kept:
        raise SignalFault("it holds no samples.")
    return Signal(
        path=path,
        rate_hz=choice.rate_hz,
        channels=channels,
        samples=round(kept[-1].at) + kept[-1].end - kept[-1].begin,
        pieces=partial(_pieces, columns, kept),
        t_ns=found.t_ns,
        remarks=found.remarks,
    )


def _present_columns(
    choice: Choice, found: Found
) -> tuple[list[Values], tuple[SignalChannel, ...]]:
    """The numbers of each channel; one that was hardly ever there would make a gap of all."""
    columns: list[Values] = []
    channels: list[SignalChannel] = []
    for column, channel in zip(choice.columns, choice.channels, strict=True):
        values = column.load()
        share = _missing_share(values)
        if share > _EMPTY:
            found.remarks.append(
                f"{channel.name} is left out: {share:.0%} of its samples are missing."
            )
            continue
        if share and len(choice.columns) > 1:
            found.remarks.append(
                f"{share:.2%} of the samples of {channel.name} are missing: a gap in one channel"
                " is taken as one in all."
            )
        columns.append(values)
        channels.append(channel)
    if not columns:
        raise SignalFault("its channels hold hardly any numbers.")
    return columns, tuple(channels)


def _without(whole: list[Run], holes_s: list[tuple[float, float]], rate_hz: float) -> Iterator[Run]:
    """The runs as far as no hole lies in them."""
    holes = [(round(at * rate_hz), round((at + lasts) * rate_hz)) for at, lasts in sorted(holes_s)]
    for run in whole:
        first, begin = round(run.at), run.begin
        for hole, hole_end in holes:
            at = min(max(hole - first + run.begin, begin), run.end)
            if at > begin:
                yield Run(first + begin - run.begin, begin, at)
            begin = max(begin, min(hole_end - first + run.begin, run.end))
        if run.end > begin:
            yield Run(first + begin - run.begin, begin, run.end)


def _missing_share(values: Values) -> float:
    if values.dtype.kind != "f" or not len(values):
        return 0.0
    missing = sum(
        int(np.count_nonzero(~np.isfinite(values[at : at + _ROWS])))
        for at in range(0, len(values), _ROWS)
    )
    return missing / len(values)


def _pieces(columns: list[Values], kept: list[Run], watch: Watch) -> Iterator[Piece]:
    whole = sum(run.end - run.begin for run in kept)
    done = 0
    for run in kept:
        for at in range(run.begin, run.end, _ROWS):
            rows = _side_by_side(columns, at, min(run.end, at + _ROWS))
            yield from _present(round(run.at) + at - run.begin, rows)
            done += len(rows)
            watch(done / whole)


def _side_by_side(columns: list[Values], begin: int, end: int) -> Values:
    """Counts stay whole numbers, all else becomes floating point."""
    parts = [values[begin:end] for values in columns]
    whole = all(np.can_cast(part.dtype, np.int32) for part in parts)
    return np.column_stack(parts).astype(np.int32 if whole else np.float64, copy=False)


def _present(first: int, rows: Values) -> Iterator[Piece]:
    """The stretches in which no channel lacks a sample."""
    if rows.dtype.kind != "f" or np.isfinite(rows).all():
        yield Piece(first, rows)
        return
    begins, ends = runs(np.asarray(np.isfinite(rows).all(axis=1)))
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        yield Piece(first + begin, rows[begin:end])
