"""CSV: a row per sample that was really taken, a column per channel."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emgd.export.outfile import fresh_text
from emgd.export.timeline import ExportFault
from emgd.recording import Recording
from emgd.recording.event import Event
from emgd.recording.samples import Samples

EVENT_COLUMNS = ("sample", "t_ns", "topic", "text", "samples", "header")


def write_csv(recording: Recording, path: Path, unit: str) -> None:
    """`sample,t_ns,` and a column per channel; events go to a second file beside it."""
    number = "%d" if unit == "count" else "%.4f"  # 4 decimals tell counts apart at any gain
    names = column_names(recording)
    line = ",".join(["%d", "%d", *[number] * len(names)]) + "\n"
    with fresh_text(path) as out:
        csv.writer(out, lineterminator="\n").writerow(["sample", "t_ns", *names])
        for samples in _with_events(recording, path):
            index = range(samples.first, samples.end)
            values = values_of(samples, unit, len(names)).T.tolist()
            out.writelines(
                line % row for row in zip(index, samples.times().tolist(), *values, strict=True)
            )


def column_names(recording: Recording) -> list[str]:
    """The channels' names, each of its own."""
    names: list[str] = ["sample", "t_ns"]
    for number, channel in enumerate(recording.channels, 1):
        names.append(f"{channel.name}_{number}" if channel.name in names else channel.name)
    return names[2:]


def values_of(samples: Samples, unit: str, width: int) -> NDArray[np.float64] | NDArray[np.int32]:
    """The numbers of a block in the unit asked for."""
    if samples.counts.shape[1] != width:
        raise ExportFault("The number of channels changes within the recording.")
    if unit == "count":
        return samples.counts
    if not np.isfinite(samples.uv_per_count).all():
        raise ExportFault(
            "The recording does not say how large a count is (it has no `meta`):"
            " export it with --unit count."
        )
    return samples.counts * samples.uv_per_count


def event_row(event: Event) -> tuple[int | None, int, str, str, int, str]:
    """An event in the columns of `EVENT_COLUMNS`."""
    header = json.dumps(dict(event.header), default=repr)
    return event.sample, event.t_ns, event.topic, event.text, event.samples, header


def _with_events(recording: Recording, path: Path) -> Iterator[Samples]:
    """The samples; events are written to the file beside on the way."""
    with fresh_text(path.with_name(f"{path.stem}_events.csv")) as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(EVENT_COLUMNS)
        for item in recording.items():
            if isinstance(item, Event):
                rows.writerow(event_row(item))
            else:
                yield item
