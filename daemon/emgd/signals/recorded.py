"""Our own recordings, torn ones and those that went on in a later file."""

from bisect import bisect_right
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from ads1299.source import ChipError
from ads1299.status import ElectrodeWatch
from numpy.typing import NDArray

from emgd.recorder.entry import positive, whole
from emgd.recording import Recording, RecordingFault
from emgd.recording import open as open_recording
from emgd.recording.event import Event
from emgd.recording.samples import ChannelInfo, Samples
from emgd.replay import board_of
from emgd.signals.choice import chosen
from emgd.signals.model import Column, Found, Piece, Signal, SignalFault, Wanted, Watch

_SAMPLES = 1 << 13  # in a piece, of many packets
_TOPICS = frozenset({"meta", "raw", "gap"})


def open_recorded(path: Path, wanted: Wanted) -> Signal:
    """A recording with all its parts; nothing is kept in memory."""
    try:
        first = open_recording(path)
        recordings = [first, *map(open_recording, first.later_parts)]
        told = first.meta.get("mvc_uv")
        mvc_uv = told if isinstance(told, list) else []
        columns = [
            _column(first, channel, positive(mvc_uv[i]) if i < len(mvc_uv) else None)
            for i, channel in enumerate(first.channels)
        ]
        remarks: list[str] = []
    except RecordingFault as fault:
        raise SignalFault(str(fault)) from fault
    found = Found(columns, [], remarks=remarks)
    try:
        choice = chosen(found, wanted)
    except SignalFault as fault:
        raise SignalFault(f"{path}: {fault}") from None
    places = [columns.index(column) for column in choice.columns]
    packets = _Packets(recordings, places, _electrodes(first), remarks)
    return Signal(
        path=path,
        rate_hz=choice.rate_hz,
        channels=choice.channels,
        samples=None,
        pieces=packets.pieces,
        t_ns=packets.t_ns,
        counts_24=True,
        meta=first.meta,
        remarks=remarks,
    )


def _column(recording: Recording, channel: ChannelInfo, mvc_uv: float | None) -> Column:
    known = bool(np.isfinite(channel.uv_per_count))
    return Column(
        load=lambda: np.zeros(0),  # its numbers come packet by packet
        name=channel.name,
        muscle=channel.muscle,
        unit="uV" if known else "",
        scale=channel.uv_per_count if known else 1.0,
        rate_hz=recording.rate_hz or None,
        mvc_uv=mvc_uv,
        active=channel.active,
    )


class _Packets:
    """The packets of a recording and its later parts, joined to pieces."""

    def __init__(
        self,
        recordings: list[Recording],
        places: list[int],
        electrodes: ElectrodeWatch | None,
        remarks: list[str],
    ) -> None:
        self._recordings = recordings
        self._places = places
        self._every = places == list(range(len(recordings[0].channels)))
        self._electrodes = electrodes
        self._remarks = remarks
        self._scale: NDArray[np.float64] | None = None
        self._firsts: list[int] = []
        self._times: list[tuple[int, float]] = []

    def t_ns(self, sample: int) -> int | None:
        """When a sample was taken, by the packet that held it, as far as they were read."""
        at = bisect_right(self._firsts, sample) - 1
        if at < 0:
            return None
        t_ns, step_ns = self._times[at]
        return t_ns + round((sample - self._firsts[at]) * step_ns)

    def pieces(self, watch: Watch) -> Iterator[Piece]:
        """Packet after packet, as long as the board stayed as it was."""
        self._firsts.clear()
        self._times.clear()
        waiting: list[Samples] = []
        end = held = 0
        bridged = False
        for item in self._items(watch):
            if isinstance(item, Event):
                gap = _is_gap(item)
                goes_on = not gap
            elif item.uv_per_count is not self._scale and not self._same(item):
                break
            else:
                gap = False
                goes_on = item.first == end and held < _SAMPLES
            if not goes_on:
                yield from self._joined(waiting, bridged)
                waiting, held, bridged = [], 0, gap or (bridged and not waiting)
            if isinstance(item, Event):
                continue
            if item.first < end:
                item = _later(item, end)
            self._firsts.append(item.first)
            self._times.append((item.t_ns, item.step_ns))
            waiting.append(item)
            n = len(item.counts)
            held += n
            end = item.first + n
        yield from self._joined(waiting, bridged)

    def _items(self, watch: Watch) -> Iterator[Samples | Event]:
        count = len(self._recordings)
        for number, recording in enumerate(self._recordings):
            recording.watch = partial(_tell, watch, number, count)
            try:
                yield from recording.items(_TOPICS)
            except (RecordingFault, OSError) as fault:
                raise SignalFault(str(fault)) from fault
            if recording.torn:
                self._remarks.append(f"{recording.path.name}: {recording.torn}")

    def _same(self, samples: Samples) -> bool:
        """Whether a packet comes from the board as it was before."""
        before, self._scale = self._scale, samples.uv_per_count
        if before is None or np.array_equal(before, self._scale, equal_nan=True):
            return True
        self._remarks.append(
            f"the board was set up otherwise at sample {samples.first}: what follows is left out."
        )
        return False

    def _joined(self, waiting: list[Samples], bridged: bool) -> Iterator[Piece]:
        counts = [samples.counts for samples in waiting if len(samples.counts)]
        if not counts:
            return
        joined = np.concatenate(counts)
        off = None
        if self._electrodes is not None:
            off = self._electrodes.each(b"".join([samples.status for samples in waiting]))
            off = off if off is None or len(off) == len(joined) else None
        if not self._every:
            joined = joined[:, self._places]
            off = None if off is None else off[:, self._places]
        yield Piece(waiting[0].first, joined, bridged, off)


def _electrodes(recording: Recording) -> ElectrodeWatch | None:
    """What the chips' status says of the electrodes, where the recording tells of the chips."""
    try:
        return ElectrodeWatch(board_of(recording.meta, str(recording.path)))
    except ChipError:
        return None


def _tell(watch: Watch, number: int, count: int, done: float) -> None:
    """How much of all parts is done, by how much of one is."""
    watch((number + done) / count)


def _later(samples: Samples, end: int) -> Samples:
    """What of a packet lies behind those before; packets do not overlap unless a file is odd."""
    known = end - samples.first
    if known <= 0:
        return samples
    octets = len(samples.status) // len(samples.counts)
    return samples._replace(
        first=end,
        t_ns=samples.t_ns + round(known * samples.step_ns),
        counts=samples.counts[known:],
        status=samples.status[known * octets :],
    )


def _is_gap(event: Event) -> bool:
    """Whether samples are missing; the recorder also tells of messages that were none."""
    return event.header.get("by") != "recorder" or bool(whole(event.header.get("missing")))
