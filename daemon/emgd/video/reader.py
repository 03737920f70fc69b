"""A video in, a number for each frame out."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from emgd.export.outfile import fresh_text
from emgd.video.decide import SURE, Readings, decide
from emgd.video.find import Found, find
from emgd.video.levels import Seen, watch
from emgd.video.open import Times, Video, VideoFault
from emgd.video.segments import NOTHING
from emgd.video.window import Window

_NEARLY_ALL = 0.98


@dataclass(frozen=True)
class Read:
    """What was read, and what there is to say about it."""

    video: Video
    times: Times
    seen: Seen
    readings: Readings

    @property
    def sure(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """The frames whose number is given."""
        return self.readings.confidence >= SURE

    def write(self, path: Path, force: bool) -> None:
        """One row for each frame; those left out have no number."""
        with fresh_text(path, force) as out:
            table = csv.writer(out, lineterminator="\n")
            table.writerow(("frame", "number", "confidence"))
            rows = zip(self.readings.numbers, self.readings.confidence, self.sure, strict=True)
            for frame, (number, confidence, sure) in enumerate(rows):
                trust = np.floor(100 * confidence) / 100  # rounded up, it could look sure
                table.writerow((frame, int(number) if sure else "", f"{trust:.2f}"))

    def summary(self) -> list[str]:
        """In sentences."""
        return [*self._counts(), *self._missing(), *self._rate(), *self._advice()]

    def _counts(self) -> list[str]:
        sure, readings = self.sure, self.readings
        hidden = np.array(self.seen.hidden)
        other = hidden | readings.still | readings.burnt
        nothing = (readings.numbers == NOTHING) & ~other
        parts = {
            "display not in sight": int(hidden.sum()),
            "standing still": int(readings.still.sum()),
            "overexposed": int(readings.burnt.sum()),
            "bars that make no number": int(nothing.sum()),
            "numbers that fit neither those before nor those after": int(readings.alone.sum()),
        }
        parts["not sure enough"] = int((~sure).sum()) - sum(parts.values())
        why = ", ".join(f"{count} {what}" for what, count in parts.items() if count)
        return [
            f"{len(sure)} frames: {int(sure.sum())} read, {int((~sure).sum())} left out"
            + (f" ({why})." if why else ".")
        ]

    def _missing(self) -> list[str]:
        """Whether the file breaks off; how many frames it has is a guess in some containers."""
        promised, count = self.video.frames, len(self.sure)
        if count >= promised * _NEARLY_ALL - 1:
            return []
        return [
            f"The file promises {promised} frames, and only {count} could be decoded: is it whole?"
            " Copy it again from the camera."
        ]

    def _rate(self) -> list[str]:
        uneven = self.times.uneven()
        told = f"{self.times.frame_rate:.6g} frames a second"
        if not self.times.variable():
            return [f"{told}, constant" + (f" but for {uneven} of them." if uneven else ".")]
        return [
            f"{told}, variable: {uneven} frames are not at their regular time.",
            "A frame's number tells no time then. Make the rate constant and read that:"
            f" `ffmpeg -i {self.video.path.name} -fps_mode cfr -r {round(self.times.fps)}"
            f" {self.video.path.stem}.cfr.mp4`.",
        ]

    def _advice(self) -> list[str]:
        sure = self.sure
        again = len(self.seen.places) - 1
        said = [f"The display moved away and was found again {again} times."] if again > 0 else []
        if sure.any() and self.readings.burnt.mean() > 0.05:
            said.append("Overexposed: a 0 cannot be told from an 8. Film it with less exposure.")
        if sure.mean() < 0.25:
            few = "Few frames could be read" if sure.any() else "No frame could be read"
            said.append(
                f"{few}: see with --picture FILE.png whether the place is right, and name it with"
                " --corners if it is not."
            )
        return said


def read(video: Video, digits: int, window: Window, told: Callable[[float], Any]) -> Read:
    """Find the display, follow it through the video, and read it."""

    def find_from(start: int) -> Found:
        return find(video, digits, window, start)

    times = Times(video.fps)
    seen = watch(video, digits, find_from, times, told)
    if not seen.places:
        raise VideoFault(f"{video.path} has no frames.")
    levels, hidden = np.array(seen.levels), np.array(seen.hidden)
    readings = decide(levels, hidden, times.seconds(), video.fps)
    return Read(video, times, seen, readings)
