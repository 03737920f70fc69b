"""Messages between the acquire thread and the file: bounded, and nobody waits for anybody.

While nothing is recorded the backlog is a ring of the last seconds. A recording takes that ring as
its beginning and empties the backlog from then on.
"""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from emgd.recorder.entry import Entry, pack_entry, positive, whole

_ENTRY_BYTES = 300  # what Python needs to hold an entry, beside its data


class _Kept(NamedTuple):
    entry: Entry
    put_ns: int
    end: int  # index after the last sample when it came


@dataclass(slots=True)
class _Hole:
    """What could not be kept since the backlog was full."""

    first: int | None  # None until a message says where it is
    end: int
    t_ns: int | None
    dropped: Counter[str] = field(default_factory=Counter)


class Backlog:
    """The one queue of the recorder. `put` belongs to the acquire thread, `take` to the writer."""

    def __init__(
        self, limit_bytes: int, keep_s: float, now: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self.lost_samples = 0  # since begin; only `put` and `begin` write these
        self.lost_messages = 0
        self.cause = "the disk did not keep up"  # told in the file with a hole
        self._limit = limit_bytes
        self._keep_ns = round(keep_s * 1e9)
        self._now = now
        self._lock = threading.Lock()
        self._items: deque[_Kept] = deque()
        self._bytes = 0  # in _items
        self._taken_bytes = 0  # taken and not yet written
        self._draining = False
        self._final: list[Entry] = []
        self._hole: _Hole | None = None
        self._index: int | None = None  # after the last sample that came
        self._next_ns: int | None = None  # when that sample is taken
        self._step_ns = 0.0
        self._session: Any = None
        self._meta: Entry | None = None
        self._meta_before: Entry | None = None  # in force where the ring begins

    @property
    def waiting_bytes(self) -> int:
        """What is held in memory for the file."""
        return self._taken_bytes + (self._bytes if self._draining else 0)

    @property
    def overflowing(self) -> bool:
        """Whether messages are being dropped at this moment."""
        return self._hole is not None

    def put(self, entry: Entry, header: Mapping[str, Any]) -> None:
        """Keep a message: in the ring, or for the file if there is room."""
        with self._lock:
            self._session = header.get("session", self._session)
            if entry.topic == "meta":
                self._meta = entry
            if self._draining and not self._has_room(entry):
                self._drop(entry, header)
            else:
                self._append(entry)
            self._follow(entry.topic, header)
            if not self._draining:
                self._trim()

    def begin(self, name: str, meta: Mapping[str, Any] | None) -> None:
        """Keep everything for the writer from here on, the ring first."""
        with self._lock:
            kept = self._items
            if self._meta_before is not None:
                kept.appendleft(_Kept(self._meta_before, 0, 0))
            elif meta is not None and not any(item.entry.topic == "meta" for item in kept):
                self._meta = self._meta or pack_entry("meta", meta)
                kept.appendleft(_Kept(pack_entry("meta", meta), 0, 0))
            self._append(self._own("recording", self._place("start", name)))
            self._bytes = sum(_size(item.entry) for item in kept)
            self._draining = True
            self._hole = None
            self.lost_samples = self.lost_messages = 0

    def end(self, name: str) -> None:
        """What came so far is the recording's; what comes from here on is the next one's ring."""
        with self._lock:
            self._close_hole()
            self._append(self._own("recording", self._place("stop", name)))
            self._final += [item.entry for item in self._items]
            self._taken_bytes += self._bytes
            self._items = deque()
            self._bytes = 0
            self._draining = False
            self._meta_before = self._meta

    def take(self) -> list[Entry]:
        """Everything for the file so far; its bytes count as held until `done`."""
        with self._lock:
            taken, self._final = self._final, []
            if self._draining:
                self._end_hole()
                taken += [item.entry for item in self._items]
                self._items = deque()
                self._taken_bytes += self._bytes
                self._bytes = 0
            return taken

    def adopt(self, entries: list[Entry]) -> None:
        """These are on their way to the file too, though nobody put them here."""
        with self._lock:
            self._taken_bytes += sum(_size(entry) for entry in entries)

    def done(self, entries: list[Entry]) -> None:
        """These are in the file, or given up."""
        with self._lock:
            self._taken_bytes -= sum(_size(entry) for entry in entries)

    def newest_meta(self) -> Entry | None:
        """What a file that begins now has to begin with."""
        return self._meta

    def own(self, topic: str, header: Mapping[str, Any]) -> Entry:
        """A message of the recorder itself: of this session, not counted as one of the stream's."""
        with self._lock:
            return self._own(topic, header)

    def _own(self, topic: str, header: Mapping[str, Any]) -> Entry:
        return pack_entry(topic, {"v": 1, "session": self._session, **header})

    def _place(self, event: str, name: str) -> dict[str, Any]:
        return {"event": event, "sample": self._index, "t_ns": time.time_ns(), "name": name}

    def _append(self, entry: Entry) -> None:
        self._items.append(_Kept(entry, self._now(), self._index or 0))
        self._bytes += _size(entry)

    def _has_room(self, entry: Entry) -> bool:
        self._end_hole()
        held = self._bytes + self._taken_bytes
        return self._hole is None and held + _size(entry) <= self._limit

    def _end_hole(self) -> None:
        """Once full, wait until half is free: one long hole is better than many short ones."""
        if self._hole is not None and self._bytes + self._taken_bytes <= self._limit // 2:
            self._close_hole()

    def _drop(self, entry: Entry, header: Mapping[str, Any]) -> None:
        hole = self._hole
        if hole is None:
            hole = self._hole = _Hole(self._index, self._index or 0, self._next_ns)
        hole.dropped[entry.topic] += 1
        self.lost_messages += 1
        first, n = _extent(entry.topic, header)
        if n:
            hole.first = first if hole.first is None else hole.first
            hole.end = max(hole.end, first + n)
        if entry.topic == "raw":
            self.lost_samples += n

    def _close_hole(self) -> None:
        hole, self._hole = self._hole, None
        if hole is None:
            return
        first = hole.end if hole.first is None else hole.first
        gap = {
            "first": first,
            "missing": hole.end - first,
            "reason": "overrun",
            "t_ns": hole.t_ns,
            "by": "recorder",
            "cause": self.cause,
            "dropped": dict(hole.dropped),
        }
        self._append(self._own("gap", gap))
        if hole.dropped["meta"] and self._meta is not None:
            self._append(self._meta)

    def _follow(self, topic: str, header: Mapping[str, Any]) -> None:
        first, n = _extent(topic, header)
        if topic != "raw" or not n:
            return
        self._index = first + n
        t_ns = whole(header.get("t_ns"))
        self._step_ns = positive(header.get("step_ns")) or 0.0
        self._next_ns = None if t_ns is None else t_ns + round(n * self._step_ns)

    def _trim(self) -> None:
        """Drop from the ring what is older than it may be, by the clock or by the samples."""
        oldest_ns = self._now() - self._keep_ns
        oldest = (self._index or 0) - self._keep_ns / self._step_ns if self._step_ns > 0 else 0
        kept = self._items
        while kept and (
            kept[0].put_ns < oldest_ns or kept[0].end < oldest or self._bytes > self._limit // 2
        ):
            entry = kept.popleft().entry
            self._bytes -= _size(entry)
            if entry.topic == "meta":
                self._meta_before = entry


def _extent(topic: str, header: Mapping[str, Any]) -> tuple[int, int]:
    """Which samples a message is about: first and how many."""
    first = whole(header.get("first"))
    n = whole(header.get("n" if topic == "raw" else "missing"))
    return (first, n) if first is not None and n is not None else (0, 0)


def _size(entry: Entry) -> int:
    return len(entry.data) + _ENTRY_BYTES
