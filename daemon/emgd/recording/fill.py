"""A recording without holes: what is missing is filled with the last value and told."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgd.recording.event import Event
from emgd.recording.samples import Samples, sample_times

_FILL_ROWS = 1 << 15  # at a time, so that a long gap needs no more memory than a short one


@dataclass(frozen=True, slots=True)
class Stretch:
    """Samples without a hole, real or filled in."""

    first: int
    t_ns: int
    step_ns: float
    counts: NDArray[np.int32]
    uv_per_count: NDArray[np.float64]
    filled: bool

    @property
    def end(self) -> int:
        """Index of the sample after the last."""
        return self.first + len(self.counts)

    def times(self) -> NDArray[np.int64]:
        """When each sample was taken, UTC ns."""
        return sample_times(self.t_ns, self.step_ns, len(self.counts))


def continuous(items: Iterable[Samples | Event]) -> Iterator[Stretch | Event]:
    """Samples one after the other without a hole; events go through where they stand."""
    last: Stretch | None = None
    for item in items:
        if isinstance(item, Event):
            yield item
            continue
        if last is not None and item.first > last.end:
            yield from _fill(last, item)
        skip = 0 if last is None else max(0, last.end - item.first)
        if skip >= len(item.counts):
            continue
        last = Stretch(
            first=item.first + skip,
            t_ns=item.t_ns + round(skip * item.step_ns),
            step_ns=item.step_ns,
            counts=item.counts[skip:],
            uv_per_count=item.uv_per_count,
            filled=False,
        )
        yield last


def stretches(items: Iterable[Samples | Event]) -> Iterator[Stretch]:
    """The samples alone."""
    for item in continuous(items):
        if isinstance(item, Stretch):
            yield item


def skipped(stretches: Iterable[Stretch]) -> Iterator[tuple[int, int]]:
    """Where samples were filled in: first and how many."""
    first, end = 0, 0
    for stretch in stretches:
        if not stretch.filled:
            continue
        if stretch.first != end:
            if end > first:
                yield first, end - first
            first = stretch.first
        end = stretch.end
    if end > first:
        yield first, end - first


def _fill(before: Stretch, after: Samples) -> Iterator[Stretch]:
    """Hold the last value: a jump to zero would ring in every filter that comes later."""
    missing = after.first - before.end
    start_ns = before.t_ns + round(len(before.counts) * before.step_ns)
    step_ns = (after.t_ns - start_ns) / missing
    for done in range(0, missing, _FILL_ROWS):
        rows = min(_FILL_ROWS, missing - done)
        yield Stretch(
            first=before.end + done,
            t_ns=start_ns + round(done * step_ns),
            step_ns=step_ns,
            counts=np.broadcast_to(before.counts[-1], (rows, before.counts.shape[1])),
            uv_per_count=before.uv_per_count,
            filled=True,
        )
