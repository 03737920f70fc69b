"""A recording as a part of a dataset in EMG-BIDS 1.11: a folder that grows with each recording."""

import csv
import heapq
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from emgd import __version__
from emgd.export.bdf import write_bdf
from emgd.export.bids_fields import (
    BIDS_VERSION,
    UNKNOWN,
    channel_rows,
    event_columns,
    missing_fields,
    sidecar,
)
from emgd.export.outfile import fresh_text
from emgd.export.timeline import ExportFault, Note, Timeline
from emgd.recorder.name import name_parts
from emgd.recording import Recording

_WINDOW = 4096  # events are put in order of time within so many
_PERSON = ("age", "sex", "handedness")


@dataclass(frozen=True, slots=True)
class Written:
    """What came of it."""

    bdf: Path
    missing: list[str]  # required fields that nobody told
    left_out: int


def write_bids(
    recording: Recording, root: Path, study: Mapping[str, Any], given: Mapping[str, str]
) -> Written:
    """Write a recording into the dataset at `root`, which may hold others already."""
    who = _entities(recording, study, given)
    folder = root / f"sub-{who['participant']}"
    if "session" in who:
        folder /= f"ses-{who['session']}"
    stem = "_".join(f"{short}-{who[key]}" for key, short in _SHORT.items() if key in who)
    bdf = folder / "emg" / f"{stem}_emg.bdf"
    if bdf.exists():
        raise ExportFault(f"{bdf} exists already: give another --run, or another folder.")
    bdf.parent.mkdir(parents=True, exist_ok=True)
    receipt = recording.receipt
    _dataset(root, recording)
    left_out = write_bdf(recording, bdf)
    fields = sidecar(recording, study, who["task"], receipt)
    _write_json(bdf.with_name(f"{stem}_emg.json"), fields)
    rows = channel_rows(recording, study, receipt)
    _write_rows(bdf.with_name(f"{stem}_channels.tsv"), list(rows[0]), rows)
    events = bdf.with_name(f"{stem}_events.tsv")
    kinds: dict[str, str] = {}
    _write_rows(events, list(event_columns({})), _events(recording, kinds))
    _write_json(events.with_suffix(".json"), event_columns(kinds))
    _scan(folder, bdf, who, recording)
    _person(root, who["participant"], recording.info)
    return Written(bdf, missing_fields(study), left_out)


_SHORT = {"participant": "sub", "session": "ses", "task": "task", "run": "run"}


def _entities(
    recording: Recording, study: Mapping[str, Any], given: Mapping[str, str]
) -> dict[str, str]:
    """Who and what it was: as given here, else as named at the start, else as the study says."""
    named = name_parts(recording.name)
    info = {key: str(recording.info[key]) for key in _SHORT if key in recording.info}
    found = {**({"task": study["task"]} if "task" in study else {}), **info, **named, **given}
    found.setdefault("task", "unnamed")
    found.setdefault("participant", recording.name)
    labels = {key: re.sub(r"[^A-Za-z0-9]", "", value) for key, value in found.items()}
    for key, label in labels.items():
        if not label:
            raise ExportFault(f"{key} is empty: give --{key} with letters and digits.")
    return labels


def _dataset(root: Path, recording: Recording) -> None:
    """The files at the top, unless they are there."""
    about = {
        "Name": f"Facial EMG recorded with emgd ({root.name})",
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "raw",
        "GeneratedBy": [{"Name": "emgd", "Version": __version__}],
    }
    if not (root / "dataset_description.json").exists():
        _write_json(root / "dataset_description.json", about)
    if not any(root.glob("README*")):
        text = (
            "# Facial EMG\n\nRecorded with emgd from ADS1299 boards. The signals are unfiltered;"
            " missing samples hold the last value and are marked `BAD_ACQ_SKIP` in the events and"
            " in the annotations of the BDF+ files.\n"
        )
        (root / "README.md").write_text(text, encoding="utf-8")


def _events(recording: Recording, kinds: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Rows of `_events.tsv`; notes in `kinds` which kinds of events there are."""
    timeline = Timeline(recording)
    rate_hz = recording.rate_hz
    notes = (item for item in timeline if isinstance(item, Note))
    for note in _ordered(notes):
        kind, _, value = note.text.partition("/")
        header = note.event.header if note.event is not None else {}
        told = header.get("value") if "value" in header else (value or None)
        name = _cell(header.get("label") or kind)
        topic = note.event.topic if note.event is not None else "gap"
        kinds[name] = topic
        yield {
            "onset": f"{note.at / rate_hz:.6f}",
            "duration": f"{note.samples / rate_hz:.6f}",
            "trial_type": name,
            "value": UNKNOWN if told is None else _cell(told),
            "sample": note.at,
            "topic": topic,
        }


def _ordered(notes: Iterable[Note]) -> Iterator[Note]:
    """In order of time, as far as a window of bounded size allows."""
    heap: list[tuple[int, int, Note]] = []
    for number, note in enumerate(notes):
        heapq.heappush(heap, (note.at, number, note))
        if len(heap) > _WINDOW:
            yield heapq.heappop(heap)[2]
    while heap:
        yield heapq.heappop(heap)[2]


def _scan(folder: Path, bdf: Path, who: Mapping[str, str], recording: Recording) -> None:
    """When it was made, to the microsecond: video is matched by that."""
    first = next(recording.blocks())
    moment = datetime.fromtimestamp(first.t_ns / 1e9, UTC)
    stem = "_".join(f"{_SHORT[key]}-{who[key]}" for key in ("participant", "session") if key in who)
    row = {"filename": f"emg/{bdf.name}", "acq_time": f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"}
    _add_row(folder / f"{stem}_scans.tsv", row)


def _person(root: Path, participant: str, info: Mapping[str, Any]) -> None:
    row = {"participant_id": f"sub-{participant}"}
    row |= {key: _cell(info.get(key, UNKNOWN)) for key in _PERSON}
    path = root / "participants.tsv"
    if path.exists() and any(
        line.split("\t")[0] == row["participant_id"]
        for line in path.read_text(encoding="utf-8").splitlines()
    ):
        return
    _add_row(path, row)


def _add_row(path: Path, row: Mapping[str, str]) -> None:
    """A row more, in the columns the file has."""
    if not path.exists():
        _write_rows(path, list(row), [row])
        return
    columns = path.read_text(encoding="utf-8").splitlines()[0].split("\t")
    with path.open("a", encoding="utf-8", newline="") as out:
        _writer(out).writerow([row.get(column, UNKNOWN) for column in columns])


def _write_rows(path: Path, columns: list[str], rows: Iterable[Mapping[str, Any]]) -> None:
    with fresh_text(path) as out:
        writer = _writer(out)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([row[column] for column in columns])


def _writer(out: Any) -> Any:
    return csv.writer(out, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_MINIMAL)


def _write_json(path: Path, fields: Mapping[str, Any]) -> None:
    with fresh_text(path) as out:
        json.dump(fields, out, indent=2, ensure_ascii=False)
        out.write("\n")


def _cell(value: object) -> str:
    """Text that fits into a cell: no tabs, no line ends, never empty."""
    text = re.sub(r"\s+", " ", str(value)).strip()
    return text or UNKNOWN
