"""Films that are rendered once, and read once."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from emgd.video.open import Video
from emgd.video.reader import Read, read
from emgd.video.window import Window, whole_frame
from support.led_film import Film


@dataclass(frozen=True)
class Seen:
    """A film, and what was read in it."""

    film: Film
    path: Path
    read: Read

    def share_of_clean(self) -> float:
        """How many of the frames that show one number only were read rightly."""
        clean = self.film.clean()
        return sum(self.number(frame) in self.film.shown(frame) for frame in clean) / len(clean)

    def number(self, frame: int) -> int | None:
        return int(self.read.readings.numbers[frame]) if self.read.sure[frame] else None

    def wrong(self) -> list[tuple[int, int]]:
        """Frames and numbers that this frame did not show at any time."""
        numbers = {frame: self.number(frame) for frame in range(self.film.frames)}
        return [
            (frame, number)
            for frame, number in numbers.items()
            if number is not None and number not in self.film.shown(frame)
        ]


def read_film(film: Film, path: Path, window: Callable[[Video], Window] = whole_frame) -> Seen:
    """Render it and read it."""
    film.write(path)
    video = Video(path)
    return Seen(film, path, read(video, film.digits, window(video), lambda done: None))


@pytest.fixture(scope="session")
def shutter_film(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """A film whose shutter is open half of the time: many frames see two numbers."""
    film = Film(shutter_s=1 / 60, fps=29.97, seconds=6)
    return read_film(film, tmp_path_factory.mktemp("film") / "shutter.mp4")
