"""The packets of a recording and its later parts, joined to pieces. Quick: there are a million."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
from ads1299.status import ElectrodeWatch

from emgd.recorder.entry import positive, whole
from emgd.recording import Message, Recording, RecordingFault
from emgd.recording.samples import channels_of
from emgd.signals.model import Piece, SignalFault, Told, Watch

_SAMPLES = 1 << 13  # in a piece
_TOPICS = frozenset({"meta", "raw", "gap"})
_COUNT_BYTES = 4

Header = Mapping[str, Any]


class Packets:
    """Pass after pass over the packets, as long as the board stays as it was."""

    def __init__(
        self,
        recordings: list[Recording],
        places: list[int],
        electrodes: ElectrodeWatch | None,
        told: Callable[[Header], Told],
        remarks: list[str],
    ) -> None:
        self._recordings = recordings
        self._width = len(recordings[0].channels)
        self._places = None if places == list(range(self._width)) else places
        self._electrodes = electrodes
        self._told = told
        self._remarks = remarks
        self._firsts: list[int] = []
        self._times: list[tuple[object, object]] = []

    def t_ns(self, sample: int) -> int | None:
        """When a sample was taken, by the packet that held it, as far as they were read."""
        at = bisect_right(self._firsts, sample) - 1
        if at < 0:
            return None
        told, step = self._times[at]
        t_ns, step_ns = whole(told), positive(step) or 0.0
        return None if t_ns is None else t_ns + round((sample - self._firsts[at]) * step_ns)

    def pieces(self, watch: Watch) -> Iterator[Piece]:
        """Packet after packet, a piece whenever enough are together, or a gap or `meta` comes."""
        self._firsts.clear()
        self._times.clear()
        row = _Row(self._width * _COUNT_BYTES, self._firsts, self._times)
        for topic, _, header, payload in self._messages(watch):
            if topic == "raw":
                if row.goes_on(header, payload):
                    continue
                yield from self._joined(row)
                row.begin(header, payload)
            elif topic == "gap":
                if _is_gap(header):
                    yield from self._joined(row)
                    row.bridged = True
            elif not self._same(header):
                self._remarks.append(
                    f"the board was set up otherwise at sample {row.end}: what follows is left out."
                )
                break
            else:
                yield from self._joined(row)
                row.told = self._told(header)
        yield from self._joined(row)

    def _messages(self, watch: Watch) -> Iterator[Message]:
        count = len(self._recordings)
        for number, recording in enumerate(self._recordings):
            recording.watch = partial(_tell, watch, number, count)
            try:
                yield from recording.messages(_TOPICS)
            except (RecordingFault, OSError) as fault:
                raise SignalFault(str(fault)) from fault
            if recording.torn:
                self._remarks.append(f"{recording.path.name}: {recording.torn}")

    def _same(self, meta: Header) -> bool:
        """Whether the board still is what it was at first."""
        first = self._recordings[0].meta
        before, after = ([c.uv_per_count for c in channels_of(one)] for one in (first, meta))
        same = len(before) == len(after) and np.array_equal(before, after, equal_nan=True)
        return bool(same) and first.get("rate_hz") == meta.get("rate_hz")

    def _joined(self, row: "_Row") -> Iterator[Piece]:
        """What waits, as one piece."""
        if not row.held:
            return
        counts = np.frombuffer(b"".join(row.payloads), "<i4").reshape(-1, self._width)
        off = None
        if self._electrodes is not None:
            off = self._electrodes.each(b"".join(row.status))
            off = off if off is None or len(off) == len(counts) else None
        if self._places is not None:
            counts = counts[:, self._places]
            off = None if off is None else off[:, self._places]
        piece = Piece(row.end - row.held, counts, row.bridged, off, row.told)
        row.clear()
        yield piece


class _Row:
    """Packets that follow each other without a gap."""

    def __init__(
        self, sample_bytes: int, firsts: list[int], times: list[tuple[object, object]]
    ) -> None:
        self.payloads: list[bytes] = []
        self.status: list[bytes] = []
        self.end = 0
        self.held = 0  # samples
        self.bridged = False
        self.told: Told | None = None
        self._sample_bytes = sample_bytes
        self._firsts = firsts
        self._times = times

    def goes_on(self, header: Header, payload: bytes) -> bool:
        """Take a packet that follows the ones that wait; False where another piece begins."""
        first, n = header.get("first"), header.get("n")
        if first != self.end or self.held >= _SAMPLES or type(n) is not int:
            return False
        if n < 1 or len(payload) != n * self._sample_bytes:
            return False
        self._take(first, n, header, payload)
        return True

    def begin(self, header: Header, payload: bytes) -> None:
        """Begin anew with a packet, if it is sound; what it repeats of those before is cut off."""
        first, n = whole(header.get("first")), whole(header.get("n"))
        if first is None or not n or len(payload) != n * self._sample_bytes:
            return
        known = max(0, self.end - first)
        if known >= n:
            return
        if known:
            header = _later(header, known, n)
        self._take(first + known, n - known, header, payload[known * self._sample_bytes :])

    def _take(self, first: int, n: int, header: Header, payload: bytes) -> None:
        self._firsts.append(first)
        self._times.append((header.get("t_ns"), header.get("step_ns")))
        self.payloads.append(payload)
        status = header.get("status")
        self.status.append(status if type(status) is bytes else b"")
        self.held += n
        self.end = first + n

    def clear(self) -> None:
        """The piece was given out."""
        self.payloads, self.status = [], []
        self.held, self.bridged, self.told = 0, False, None


def _later(header: Header, known: int, n: int) -> Header:
    """The header of what lies behind the first `known` of `n` samples."""
    t_ns, step_ns = whole(header.get("t_ns")), positive(header.get("step_ns")) or 0.0
    status = header.get("status")
    octets = len(status) // n if isinstance(status, bytes) else 0
    return {
        **header,
        "t_ns": None if t_ns is None else t_ns + round(known * step_ns),
        "status": status[known * octets :] if isinstance(status, bytes) else b"",
    }


def _tell(watch: Watch, number: int, count: int, done: float) -> None:
    """How much of all parts is done, by how much of one is."""
    watch((number + done) / count)


def _is_gap(header: Header) -> bool:
    """Whether samples are missing; the recorder also tells of messages that were none."""
    return header.get("by") != "recorder" or bool(whole(header.get("missing")))
