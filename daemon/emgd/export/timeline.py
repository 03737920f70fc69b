"""A recording on a time axis that begins with its first sample and has no holes."""

from collections.abc import Iterator
from dataclasses import dataclass

from emgd.recording import Recording
from emgd.recording.event import SKIPPED, Event
from emgd.recording.fill import Stretch, continuous

# an onset is told again, and finally, by its interval; a retract takes one back
_NOT_TOLD = frozenset({"onset", "retract"})


class ExportFault(Exception):
    """A recording that cannot be exported so; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that happened, in samples from the beginning."""

    at: int
    samples: int
    text: str
    event: Event | None  # None where samples are missing


class Timeline:
    """One way through a recording: stretches of samples, and notes where they come up."""

    def __init__(self, recording: Recording) -> None:
        self.origin = 0  # index of the first sample
        self.start_ns = 0
        self.samples = 0  # so far
        self.outside = 0  # events before the first sample, or without a place
        self._recording = recording

    def __iter__(self) -> Iterator[Stretch | Note]:
        begun = False
        waiting: list[Event] = []
        skip_from: int | None = None
        for item in continuous(self._recording.items()):
            if isinstance(item, Event):
                if begun:
                    yield from self._note(item)
                else:
                    waiting.append(item)
                continue
            if not begun:
                begun, self.origin, self.start_ns = True, item.first, item.t_ns
                for event in waiting:
                    yield from self._note(event)
            if item.filled and skip_from is None:
                skip_from = item.first - self.origin
            elif not item.filled and skip_from is not None:
                end = item.first - self.origin
                yield Note(skip_from, end - skip_from, SKIPPED, None)
                skip_from = None
            yield item
            self.samples = item.end - self.origin

    def _note(self, event: Event) -> Iterator[Note]:
        if event.topic in _NOT_TOLD or (event.topic == "gap" and event.samples):
            return
        if event.topic == "recording" and event.text != "recording/start":
            return
        if event.sample is None or event.sample < self.origin:
            self.outside += event.topic != "recording"
            return
        at = event.sample - self.origin
        if event.topic != "recording" or at > 0:
            yield Note(at, event.samples, event.text, event)
