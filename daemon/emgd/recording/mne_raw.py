"""A recording as an MNE `Raw`; MNE is imported only here."""

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from emgd.recording.event import SKIPPED, Event
from emgd.recording.fill import Stretch, continuous, skipped

if TYPE_CHECKING:
    import mne

    from emgd.recording import Recording

_LEFT_OUT = frozenset({"gap", "onset", "retract"})


def raw_of(recording: "Recording") -> "mne.io.RawArray":
    """All samples in volts, channels of type EMG, events and gaps as annotations."""
    try:
        import mne
    except ImportError as fault:
        from emgd.recording.reader import RecordingFault

        raise RecordingFault(
            f"MNE is not installed here: {sys.executable} -m pip install mne"
        ) from fault
    stretches: list[Stretch] = []
    events: list[Event] = []
    for item in continuous(recording.items()):
        if isinstance(item, Event):
            events.append(item)
        else:
            stretches.append(item)
    names = [channel.name for channel in recording.channels]
    info = mne.create_info(names, recording.rate_hz, "emg")
    if not stretches:
        return mne.io.RawArray(np.zeros((len(names), 0)), info, verbose="error")
    volts = np.concatenate([s.counts * (s.uv_per_count * 1e-6) for s in stretches])
    raw = mne.io.RawArray(np.ascontiguousarray(volts.T), info, verbose="error")
    raw.set_meas_date(datetime.fromtimestamp(stretches[0].t_ns / 1e9, UTC))
    origin = stretches[0].first
    told = [
        (e.sample - origin, e.samples, e.text)
        for e in events
        if e.topic not in _LEFT_OUT
        and e.sample is not None
        and origin <= e.sample < stretches[-1].end
    ]
    told += [(first - origin, samples, SKIPPED) for first, samples in skipped(stretches)]
    rate_hz = recording.rate_hz
    raw.set_annotations(
        mne.Annotations(
            onset=[at / rate_hz for at, _, _ in told],
            duration=[lasts / rate_hz for _, lasts, _ in told],
            description=[text for _, _, text in told],
            orig_time=raw.info["meas_date"],
        )
    )
    return raw
