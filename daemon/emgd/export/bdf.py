"""BDF+: 24-bit counts as they were, one record after the other.

Written by hand: edfio wants all samples in memory at once, and pyedflib cuts annotations short.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from emgd.export.bdf_head import DIGITAL_MAX, DIGITAL_MIN, Layout, head, labels_of
from emgd.export.bdf_notes import Budget, Pending, clock_bytes, note_bytes
from emgd.export.outfile import fresh
from emgd.export.timeline import ExportFault, Note, Timeline
from emgd.recording import Recording
from emgd.recording.event import SKIPPED
from emgd.recording.samples import Samples

_CLOCK_BYTES = 24  # of the longest record time


def write_bdf(recording: Recording, path: Path, discontinuous: bool = False) -> int:
    """Write a recording: continuous, its gaps filled and annotated, unless asked otherwise.

    Gives the number of events that lie outside the samples and have no place in the file.
    """
    plan = _plan(recording, discontinuous)
    with fresh(path), path.open("wb") as out:
        out.write(head(plan.layout))
        _write_records(recording, plan, out)
    return plan.left_out


@dataclass(slots=True)
class _Plan:
    """What the first pass found."""

    layout: Layout
    end: int  # of the last record, in samples from the first; notes from there on have no place
    left_out: int

    @property
    def fraction_s(self) -> float:
        """The head tells the start in whole seconds; all times in the file carry the rest."""
        return self.layout.start_ns % 1_000_000_000 / 1e9

    def clock(self, at: int) -> bytes:
        """What a record begins with."""
        return clock_bytes(self.fraction_s + at / self.layout.rate_hz)

    def note(self, note: Note) -> bytes:
        """An annotation."""
        return _note(note, self.layout.rate_hz, self.fraction_s)


def _plan(recording: Recording, discontinuous: bool) -> _Plan:
    """Find out how many records there are and how much room their annotations need."""
    rate_hz = recording.rate_hz
    if rate_hz <= 0 or not all(np.isfinite(c.uv_per_count) for c in recording.channels):
        raise ExportFault(
            f"{recording.path} does not say how large a count is and how fast samples come"
            " (it has no `meta`): export it to csv with --unit count."
        )
    most = round(rate_hz)
    record_samples = _common(recording, most) if discontinuous else most
    timeline, budget = Timeline(recording), Budget()
    notes_at: list[int] = []
    samples = 0
    for item in timeline:
        if isinstance(item, Note):
            size = len(_note(item, rate_hz, 0.0)) + 12  # the fraction makes it longer
            budget.add(samples // record_samples, size)
            notes_at = [at for at in notes_at if at >= timeline.samples] + [item.at]
        elif not (discontinuous and item.filled):
            samples += len(item.counts)
    if not samples:
        raise ExportFault(f"{recording.path} holds no samples: there is nothing to export.")
    records = -(-samples // record_samples)
    end = timeline.samples if discontinuous else records * record_samples
    budget.add(records - 1, len(note_bytes(1e6, 1e6, SKIPPED)))
    layout = Layout(
        channels=recording.channels,
        labels=labels_of(recording.channels),
        rate_hz=rate_hz,
        record_samples=record_samples,
        note_bytes=budget.size(records, _CLOCK_BYTES),
        records=records,
        start_ns=timeline.start_ns,
        continuous=not discontinuous,
        person=str(recording.info.get("participant", "")),
        electrodes=str(recording.study.get("electrode_material", "")),
    )
    return _Plan(layout, end, timeline.outside + sum(at >= end for at in notes_at))


def _write_records(recording: Recording, plan: _Plan, out: BinaryIO) -> None:
    layout = plan.layout
    pending, rows = Pending(layout.note_bytes), _Rows(layout)

    def put(at: int, record: NDArray[np.int32]) -> None:
        out.write(_packed(record) + pending.record(plan.clock(at)))

    timeline = Timeline(recording)
    for item in timeline:
        if isinstance(item, Note):
            if item.at < plan.end and (layout.continuous or item.event is not None):
                pending.add(plan.note(item))
        elif layout.continuous or not item.filled:
            for at, record in rows.add(item.counts, item.first - timeline.origin):
                put(at, record)
    at, record, missing = rows.last()
    if missing:
        pending.add(plan.note(Note(plan.end - missing, missing, SKIPPED, None)))
    put(at, record)
    assert not pending.left, "the plan left too little room for annotations"


def _note(note: Note, rate_hz: float, fraction_s: float) -> bytes:
    lasts_s = note.samples / rate_hz if note.samples else None
    return note_bytes(fraction_s + note.at / rate_hz, lasts_s, note.text)


class _Rows:
    """Samples as they come -> records of one length; the last one is held back until the end."""

    def __init__(self, layout: Layout) -> None:
        self._rows = np.zeros((layout.record_samples, len(layout.channels)), np.int32)
        self._filled = 0
        self._at = 0

    def add(self, counts: NDArray[np.int32], at: int) -> Iterator[tuple[int, NDArray[np.int32]]]:
        """Give each full record that has another one after it, and where it begins."""
        if counts.shape[1] != self._rows.shape[1]:
            raise ExportFault("The number of channels changes within the recording.")
        done = 0
        while done < len(counts):
            if self._filled == len(self._rows):
                yield self._at, self._rows
                self._filled = 0
            if self._filled == 0:
                self._at = at + done
            fits = min(len(counts) - done, len(self._rows) - self._filled)
            self._rows[self._filled : self._filled + fits] = counts[done : done + fits]
            self._filled += fits
            done += fits

    def last(self) -> tuple[int, NDArray[np.int32], int]:
        """The last record, filled up with its last sample; and how much was filled up."""
        self._rows[self._filled :] = self._rows[self._filled - 1]
        return self._at, self._rows, len(self._rows) - self._filled


def _packed(rows: NDArray[np.int32]) -> bytes:
    """Channel after channel, 3 bytes a sample."""
    if rows.min() < DIGITAL_MIN or rows.max() > DIGITAL_MAX:
        raise ExportFault("The recording holds counts of more than 24 bits: they do not fit BDF.")
    words = np.ascontiguousarray(rows.T, "<i4").view(np.uint8).reshape(rows.shape[1], -1, 4)
    return words[:, :, :3].tobytes()


def _common(recording: Recording, most: int) -> int:
    """The longest record that fits between all gaps: no record of BDF+D may reach over one."""
    common = math.gcd(*_lengths(recording.blocks()))
    return next(n for n in range(max(1, min(most, common)), 0, -1) if not common % n)


def _lengths(blocks: Iterable[Samples]) -> Iterator[int]:
    begin: int | None = None
    end = 0
    for block in blocks:
        if begin is None or block.first > end:
            if begin is not None:
                yield end - begin
            begin = block.first
        end = max(end, block.end)
    if begin is not None:
        yield end - begin
