"""Parquet: the table of the CSV export in columns; needs the extra `export`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from emgd.export.outfile import fresh
from emgd.export.table import EVENT_COLUMNS, column_names, event_row, values_of
from emgd.export.timeline import ExportFault
from emgd.recording import Recording
from emgd.recording.event import Event
from emgd.recording.samples import Samples

if TYPE_CHECKING:
    import pyarrow as pa

_GROUP = 1 << 11  # blocks and events in a row group


def write_parquet(recording: Recording, path: Path, unit: str) -> None:
    """Samples in one file, events in a second one; units stand in the files' own metadata."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as fault:
        raise ExportFault(
            "Parquet needs pyarrow, which is not installed: run `pip install 'emgd[export]'`"
            " in the environment of emgd. csv, bdf, bids and mat need nothing more."
        ) from fault
    schema = _schema(recording, unit)
    texts = {"topic", "text", "header"}
    kinds = [(name, pa.string() if name in texts else pa.int64()) for name in EVENT_COLUMNS]
    beside = path.with_name(f"{path.stem}_events.parquet")
    with (
        fresh(path),
        fresh(beside),
        parquet.ParquetWriter(path, schema) as out,
        parquet.ParquetWriter(beside, pa.schema(kinds)) as events_out,
    ):
        samples: list[Samples] = []
        events: list[Event] = []
        for item in recording.items():
            if isinstance(item, Event):
                events.append(item)
            else:
                samples.append(item)
            if len(samples) + len(events) >= _GROUP:
                _write(out, events_out, samples, events, unit)
        _write(out, events_out, samples, events, unit)


def _schema(recording: Recording, unit: str) -> "pa.Schema":
    import pyarrow as pa

    kind = pa.int32() if unit == "count" else pa.float64()
    fields = [pa.field("sample", pa.int64()), pa.field("t_ns", pa.int64())]
    fields += [pa.field(name, kind, metadata={"unit": unit}) for name in column_names(recording)]
    about = {"name": recording.name, "rate_hz": str(recording.rate_hz)}
    return pa.schema(fields, metadata=about)


def _write(
    out: Any, events_out: Any, samples: list[Samples], events: list[Event], unit: str
) -> None:
    """A row group of each, as far as there is anything."""
    import pyarrow as pa

    if samples:
        width = len(out.schema) - 2
        index = np.concatenate([np.arange(s.first, s.end, dtype=np.int64) for s in samples])
        times = np.concatenate([s.times() for s in samples])
        values = np.concatenate([values_of(s, unit, width) for s in samples])
        columns = [np.ascontiguousarray(column) for column in values.T]
        out.write_table(pa.table([index, times, *columns], schema=out.schema))
        samples.clear()
    if events:
        told = [list(column) for column in zip(*map(event_row, events), strict=True)]
        events_out.write_table(pa.table(told, schema=events_out.schema))
        events.clear()
