"""Reading a recording back: arrays, times and events, or piece by piece in little memory.

import emgd.recording
rec = emgd.recording.open("film.mcap")
uv, t_ns, events = rec.microvolts, rec.t_ns, rec.events
"""

import json
from collections.abc import Callable, Container, Iterator, Mapping
from functools import cached_property
from glob import escape as glob_escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgpack
import numpy as np
from numpy.typing import NDArray

from emgd.receipt import Receipt
from emgd.recorder.entry import Entry, positive, unpack_entry
from emgd.recorder.index import MAGIC
from emgd.recorder.name import PART_SUFFIX
from emgd.recorder.tally import Tally
from emgd.recording.event import Event, event_of, is_event
from emgd.recording.samples import ChannelInfo, Samples, channels_of, sample_at, samples_of
from emgd.recording.walk import Walk

if TYPE_CHECKING:
    import mne


class RecordingFault(Exception):
    """A file that cannot be read; the sentence says which and why."""


class Message(NamedTuple):
    """A message as it was on the stream."""

    topic: str
    log_ns: int
    header: dict[str, Any]
    payload: bytes


def open(path: str | Path) -> "Recording":
    """Open a recording, whole or torn, finished or still being written."""
    asked = Path(path)
    other = asked.with_suffix("") if asked.suffix == PART_SUFFIX else _with_part(asked)
    found = asked if asked.exists() or not other.exists() else other
    return Recording(found)


class Recording:
    """A recording in a file. Arrays are read at once when first asked for and then kept."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.watch: Callable[[float], None] = _nobody  # is told how much of a pass is done
        head = self._head()
        self.about: dict[str, str] = head.metadata.get("recording", {})
        self.info: dict[str, Any] = _json(head.metadata.get("info"))
        self.study: dict[str, Any] = _json(head.metadata.get("study"))
        self.schemas = {
            channel.topic: head.schemas[channel.schema_id]
            for channel in head.channels.values()
            if channel.schema_id in head.schemas
        }

    @property
    def name(self) -> str:
        """What the recording was called when it was started."""
        return self.about.get("name", self.path.name.split(".")[0])

    @property
    def later_parts(self) -> list[Path]:
        """Files in which this recording goes on, after trouble with the disk."""
        stem = self.path.name.removesuffix(PART_SUFFIX).removesuffix(".mcap")
        part = int(self.about.get("part", "1"))
        base = stem.removesuffix(f"_part{part}")
        later = []
        while found := list(self.path.parent.glob(f"{glob_escape(base)}_part{part + 1}.mcap*")):
            part += 1
            later.append(found[0])
        return later

    def chunks(self, topics: Container[str] | None = None) -> Iterator[list[Entry]]:
        """The messages as they are packed, a chunk at a time: all, or those of some topics."""
        size = max(1, self.path.stat().st_size)
        with self.path.open("rb") as stream:
            walk = Walk(stream, topics)
            for entries in walk.chunks():
                yield entries
                self.watch(stream.tell() / size)
        self.__dict__["torn"] = _torn(walk)  # as a pass of its own would find it
        self.watch(1.0)

    def messages(self, topics: Container[str] | None = None) -> Iterator[Message]:
        """All messages in the order they were published, or those of some topics."""
        for entries in self.chunks(topics):
            yield from self._unpacked(entries)

    def items(self, topics: Container[str] | None = None) -> Iterator[Samples | Event]:
        """Samples and events as they came, in little memory however long the recording is.

        Where topics are given, only these (samples are `raw`, whose scale stands in `meta`).
        """
        factors = np.zeros(0)
        last: Samples | None = None
        for topic, log_ns, header, payload in self.messages(topics):
            if topic == "meta":
                factors = np.array([c.uv_per_count for c in channels_of(header)])
            elif topic == "raw":
                samples = samples_of(header, payload, factors)
                if samples is not None:
                    last = samples
                    yield samples
            elif is_event(topic):
                yield event_of(topic, log_ns, header, sample_at(last, header))

    def blocks(self) -> Iterator[Samples]:
        """The samples, a packet at a time."""
        for item in self.items({"meta", "raw"}):
            if isinstance(item, Samples):
                yield item

    @cached_property
    def meta(self) -> dict[str, Any]:
        """The `meta` in force where the samples begin; empty where the file has none."""
        return next((message.header for message in self.messages({"meta"})), {})

    @cached_property
    def channels(self) -> tuple[ChannelInfo, ...]:
        """The channels in their order."""
        known = channels_of(self.meta)
        first = None if known else next(self.blocks(), None)
        width = len(known) if first is None else first.counts.shape[1]
        return known or tuple(
            ChannelInfo(f"c{c + 1}", "", 1.0, float("nan"), active=True) for c in range(width)
        )

    @cached_property
    def rate_hz(self) -> float:
        """The nominal rate; where the file does not say, what the first packet was measured at."""
        if rate_hz := positive(self.meta.get("rate_hz")):
            return rate_hz
        first = next(self.blocks(), None)
        return round(1e9 / first.step_ns, 3) if first and first.step_ns > 0 else 0.0

    @property
    def index(self) -> NDArray[np.int64]:
        """The sample index of each row: it jumps where samples are missing."""
        return self._arrays[0]

    @property
    def t_ns(self) -> NDArray[np.int64]:
        """When each row was taken, UTC ns."""
        return self._arrays[1]

    @property
    def counts(self) -> NDArray[np.int32]:
        """What the converter gave, `[samples, channels]`; missing samples have no row."""
        return self._arrays[2]

    @property
    def microvolts(self) -> NDArray[np.float64]:
        """The counts in microvolts at the electrodes."""
        return self._arrays[3]

    @cached_property
    def events(self) -> list[Event]:
        """Marks, ticks, gaps, movements and whatever else happened, in order of their samples.

        Those without a place come first.
        """
        events = [item for item in self.items() if isinstance(item, Event)]
        return sorted(events, key=lambda e: (e.sample is not None, e.sample or 0))

    @cached_property
    def torn(self) -> str | None:
        """What is wrong with the file, in a sentence; None where it is whole."""
        for _ in self.chunks(()):
            pass
        return self.torn

    @cached_property
    def receipt(self) -> Receipt:
        """What is in it, counted."""
        tally = Tally()
        for topic, log_ns, header, payload in self.messages():
            tally.add(topic, log_ns, header, payload)
        return tally.receipt(self.name, [str(self.path)], self.path.stat().st_size)

    def to_mne(self) -> "mne.io.RawArray":
        """The recording as an MNE `Raw`, in volts, missing stretches annotated."""
        from emgd.recording.mne_raw import raw_of

        return raw_of(self)

    @cached_property
    def _arrays(
        self,
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
        blocks = list(self.blocks())
        if not blocks:
            empty = np.zeros((0, len(self.channels)))
            none = np.zeros(0, np.int64)
            return none, none, empty.astype(np.int32), empty
        index = np.concatenate([np.arange(b.first, b.end, dtype=np.int64) for b in blocks])
        return (
            index,
            np.concatenate([b.times() for b in blocks]),
            np.concatenate([b.counts for b in blocks]),
            np.concatenate([b.counts * b.uv_per_count for b in blocks]),
        )

    def _head(self) -> Walk:
        """Read up to the first messages: names, layouts and who it is about stand before them."""
        try:
            with self.path.open("rb") as stream:
                magic = stream.read(len(MAGIC))
                if not MAGIC.startswith(magic):
                    raise RecordingFault(f"{self.path} is not a recording: it is no MCAP file.")
                stream.seek(0)
                walk = Walk(stream)
                next(walk.chunks(), None)
        except OSError as fault:
            raise RecordingFault(f"{self.path} cannot be read: {fault.strerror}.") from fault
        return walk

    def _unpacked(self, entries: list[Entry]) -> list[Message]:
        """A chunk at a time: a call for each of a million messages would be felt."""
        try:
            return [
                Message(topic, log_ns, *unpack_entry(data)) for topic, log_ns, _, data in entries
            ]
        except (ValueError, AttributeError, msgpack.UnpackException) as fault:
            raise RecordingFault(
                f"{self.path} holds messages that are no msgpack maps: emgd did not write it."
            ) from fault


def _torn(walk: Walk) -> str | None:
    if walk.bad_chunks:
        return f"{walk.bad_chunks} damaged pieces inside the file were left out."
    if walk.unread_bytes:
        return f"The file ends inside a message: its last {walk.unread_bytes} bytes are lost."
    return None if walk.closed else "The file was not closed: it ends where writing ended."


def _nobody(done: float) -> None:
    """Nobody wants to know."""


def _with_part(path: Path) -> Path:
    return path.with_name(path.name + PART_SUFFIX)


def _json(metadata: Mapping[str, str] | None) -> dict[str, Any]:
    try:
        value = json.loads((metadata or {}).get("json", "{}"))
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
