"""What a recording tells of the sync display and of its samples' times, found in one pass."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgd.align.shown import Shown, shown_of
from emgd.recorder.entry import positive, whole
from emgd.recording import Recording
from emgd.recording import open as open_recording


class TicksFault(Exception):
    """A recording without what is needed; the sentence says what is missing."""


@dataclass(frozen=True, slots=True)
class SampleClock:
    """Which sample was taken when: the packets of a recording."""

    first: NDArray[np.int64]
    n: NDArray[np.int64]
    t_ns: NDArray[np.int64]
    step_ns: NDArray[np.float64]

    def samples(self, t_ns: NDArray[np.int64]) -> NDArray[np.int64]:
        """The sample nearest to each time; -1 before the first and after the last.

        Missing samples keep their place: a time in a gap gives the sample that is missing there.
        """
        packet = np.searchsorted(self.t_ns, t_ns, side="right") - 1
        at = packet.clip(0)
        into = np.rint((t_ns - self.t_ns[at]) / self.step_ns[at]).astype(np.int64)
        sample = self.first[at] + into
        last = at == len(self.first) - 1
        following = np.where(last, np.iinfo(np.int64).max, self.first[(at + 1) % len(self.first)])
        sample = np.minimum(sample, following)
        outside = (packet < 0) | (last & (into >= self.n[at]))
        return np.where(outside, -1, sample)

    def times(self, sample: NDArray[np.int64]) -> NDArray[np.int64]:
        """When each sample was taken, UTC ns."""
        at = (np.searchsorted(self.first, sample, side="right") - 1).clip(0)
        steps = np.rint((sample - self.first[at]) * self.step_ns[at]).astype(np.int64)
        result: NDArray[np.int64] = self.t_ns[at] + steps
        return result


@dataclass(slots=True)
class Told:
    """All that `emgd align` needs of a recording and its later parts."""

    parts: list[Recording]
    clock: SampleClock
    numbers: NDArray[np.int64]
    lit_ns: NDArray[np.int64]
    told_only: int  # ticks of which nobody knows when they were lit, only when the tube was told
    intervals: list[dict[str, Any]] = field(default_factory=list)

    @property
    def zero_ns(self) -> int:
        """Where the seconds of the fit begin."""
        return int(self.lit_ns[0])

    def shown(self, digits: int) -> Shown:
        """What the display showed when, in seconds from `zero_ns`."""
        return shown_of((self.lit_ns - self.zero_ns) / 1e9, self.numbers, digits)


def told_of(path: Path, progress: Callable[[float], None]) -> Told:
    """Read a recording and the parts it goes on in."""
    recording = open_recording(path)
    parts = [recording, *(open_recording(part) for part in recording.later_parts)]
    blocks: list[tuple[int, int, int, float]] = []
    ticks: list[tuple[int, int | None, int]] = []
    intervals: list[dict[str, Any]] = []
    for number, part in enumerate(parts):

        def watch(done: float, before: int = number) -> None:
            progress((before + done) / len(parts))

        part.watch = watch
        for topic, _, header, _ in part.messages({"raw", "tick", "interval"}):
            if topic == "raw":
                blocks += _block(header)
            elif topic == "tick":
                ticks += _tick(header)
            else:
                intervals.append(header)
    if not ticks:
        raise TicksFault(
            f"{path} holds no numbers of a sync display (`tick`): there is nothing to align a"
            " video with. Was it recorded without samples?"
        )
    lit, told_only = _lit(ticks)
    order = np.argsort(lit, kind="stable")
    numbers = np.array([number for number, _, _ in ticks], np.int64)
    return Told(parts, _clock(path, blocks), numbers[order], lit[order], told_only, intervals)


def _block(header: dict[str, Any]) -> list[tuple[int, int, int, float]]:
    first, n, t_ns = (whole(header.get(key)) for key in ("first", "n", "t_ns"))
    step_ns = positive(header.get("step_ns"))
    if first is None or not n or t_ns is None or step_ns is None:
        return []
    return [(first, n, t_ns, step_ns)]


def _tick(header: dict[str, Any]) -> list[tuple[int, int | None, int]]:
    number, t_ns = whole(header.get("number")), whole(header.get("t_ns"))
    lit_ns = whole(header.get("lit_ns"))
    if lit_ns is None:
        lit_ns = whole(header.get("written_ns"))  # a serial display: its last byte left then
    return [] if number is None or t_ns is None else [(number, lit_ns, t_ns)]


def _lit(ticks: list[tuple[int, int | None, int]]) -> tuple[NDArray[np.int64], int]:
    """When each was lit; where nobody knows, as late after the tube was told as the others."""
    late = [lit_ns - t_ns for _, lit_ns, t_ns in ticks if lit_ns is not None]
    usual = round(float(np.median(late))) if late else 0
    lit = [t_ns + usual if lit_ns is None else lit_ns for _, lit_ns, t_ns in ticks]
    return np.array(lit, np.int64), len(ticks) - len(late)


def _clock(path: Path, blocks: list[tuple[int, int, int, float]]) -> SampleClock:
    if not blocks:
        raise TicksFault(f"{path} holds no samples: there is nothing to align a video with.")
    blocks.sort()
    first, n, t_ns, step_ns = zip(*blocks, strict=True)
    return SampleClock(
        np.array(first, np.int64),
        np.array(n, np.int64),
        np.maximum.accumulate(np.array(t_ns, np.int64)),
        np.array(step_ns, np.float64),
    )
