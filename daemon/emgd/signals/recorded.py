"""Our own recordings, torn ones and those that went on in a later file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from ads1299.source import ChipError
from ads1299.status import ElectrodeWatch

from emgd.recording import Recording, RecordingFault
from emgd.recording import open as open_recording
from emgd.recording.samples import ChannelInfo
from emgd.replay import board_of, mvc_of
from emgd.signals.choice import chosen
from emgd.signals.model import Column, Found, Signal, SignalFault, Told, Wanted
from emgd.signals.packets import Packets


def open_recorded(path: Path, wanted: Wanted) -> Signal:
    """A recording with all its parts; nothing is kept in memory."""
    try:
        first = open_recording(path)
        recordings = [first, *map(open_recording, first.later_parts)]
        mvc_uv = mvc_of(first.meta, len(first.channels))
        columns = [
            _column(first, channel, uv) for channel, uv in zip(first.channels, mvc_uv, strict=True)
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

    def told(meta: Mapping[str, Any]) -> Told:
        known_uv = mvc_of(meta, len(columns))
        return Told(meta, wanted.mvc_uv or [known_uv[place] for place in places])

    packets = Packets(recordings, places, _electrodes(first), told, remarks)
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


def _electrodes(recording: Recording) -> ElectrodeWatch | None:
    """What the chips' status says of the electrodes, where the recording tells of the chips."""
    try:
        return ElectrodeWatch(board_of(recording.meta, str(recording.path)))
    except ChipError:
        return None
