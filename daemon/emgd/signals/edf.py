"""EDF and BDF, plain or plus, with gaps too; www.edfplus.info/specs and www.biosemi.com/faq.

Read by hand: what stands at hand keeps the records' times to itself (edfio), refuses files with
gaps (pyedflib) or reads them as if nothing were missing (MNE).
"""

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emgd.recording.event import SKIPPED
from emgd.signals.choice import muscle_in
from emgd.signals.edf_head import Head, HeadFault, Lead, read_head
from emgd.signals.edf_notes import holes_in, record_times
from emgd.signals.model import Column, Found, Run, SignalFault, Wanted, Watch

_OURS = "emgd_ADS1299"  # only our own exports say that their clock is UTC


def read(path: Path, wanted: Wanted, watch: Watch) -> Found:
    """The channels of a file; annotations only as far as they tell of gaps."""
    with path.open("rb") as stream:
        try:
            head = read_head(stream)
        except HeadFault as fault:
            raise SignalFault(f"{path} {fault}") from None
    size = path.stat().st_size - head.size
    records = size // head.record_bytes if head.record_bytes else 0
    if not records or not head.leads:
        raise SignalFault(f"{path} holds no samples.")
    data = np.memmap(path, np.uint8, "r", head.size, (records, head.record_bytes))
    found = Found([_column(data, head, lead) for lead in head.leads], [])
    if size % head.record_bytes or (0 <= head.records != records):
        found.remarks.append(
            f"its head tells {head.records} records, the file holds {records} and"
            f" {size % head.record_bytes} bytes."
        )
    _place(found, data, head)
    return found


def _column(data: NDArray[np.uint8], head: Head, lead: Lead) -> Column:
    return Column(
        load=partial(_decode, data, lead.at, head.sample_bytes),
        name=lead.label.removeprefix("EMG ").strip(),
        muscle=muscle_in(f"{lead.label} {lead.transducer}"),
        unit=lead.unit,
        scale=lead.scale,
        rate_hz=lead.samples / head.record_s,
        per_row=lead.samples,
    )


def _decode(data: NDArray[np.uint8], at: slice, sample_bytes: int) -> NDArray[np.signedinteger]:
    """Little-endian words of 2 or 3 bytes."""
    block = np.ascontiguousarray(data[:, at])
    if sample_bytes == 2:
        return block.reshape(-1).view("<i2")
    words = np.zeros((block.size // 3, 4), np.uint8)
    words[:, 1:] = block.reshape(-1, 3)
    whole: NDArray[np.int32] = words.reshape(-1).view("<i4")
    whole >>= 8
    return whole


def _place(found: Found, data: NDArray[np.uint8], head: Head) -> None:
    """Where each record stands in time: one after the other, unless the file tells otherwise."""
    records = len(data)
    if head.notes is None:
        found.runs.append(Run(0, 0, records))
        return
    notes = [row.tobytes() for row in data[:, head.notes]]
    times = record_times(notes, head.record_s)
    places = (times - times[0]) / head.record_s
    # half a sample of the fastest channel
    slack = 0.5 / max(lead.samples for lead in head.leads)
    jumps = np.flatnonzero(np.abs(np.diff(places) - 1) > slack) + 1
    begins = [0, *jumps.tolist()]
    if (np.diff(places[begins]) < 0).any():
        raise SignalFault("its records do not stand in the order of their times.")
    for begin, end in zip(begins, [*begins[1:], records], strict=True):
        found.runs.append(Run(float(places[begin]), begin, end))
    found.holes_s = [(at - float(times[0]), lasts) for at, lasts in holes_in(notes, SKIPPED)]
    if _OURS in head.recording and head.start_ns is not None:
        start_ns = head.start_ns + round(float(times[0]) * 1e9)
        rate_hz = head.leads[0].samples / head.record_s
        found.t_ns = lambda sample: start_ns + round(sample * 1e9 / rate_hz)
