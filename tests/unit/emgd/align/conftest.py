"""Films laid on a display, and the command as a user types it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from emgd.align.camera import Camera
from emgd.align.fit import Fit, fit
from emgd.align.shown import shown_of
from emgd.align.verdict import Verdict
from support.filmed import Display, Film


@dataclass
class Outcome:
    """What the fit made of a film, beside the truth."""

    film: Film
    fitted: Fit

    @property
    def off_s(self) -> np.ndarray:
        """By how much each frame's time is wrong."""
        return self.fitted.times(np.arange(len(self.film.times_s))) - self.film.times_s

    @property
    def sure_s(self) -> np.ndarray:
        """By how much it says that it may be."""
        return self.fitted.errors(np.arange(len(self.film.times_s)))

    def missed(self) -> list[Any]:
        """Planted misreadings taken for good."""
        return [row for row, good in self._judged() if row.planted and good]

    def wronged(self) -> list[Any]:
        """Good readings thrown out."""
        return [row for row, good in self._judged() if not row.planted and not good]

    def _judged(self) -> list[tuple[Any, bool]]:
        verdicts = [one is Verdict.GOOD for one in self.fitted.verdicts]
        return list(zip(self.film.rows, verdicts, strict=True))


@pytest.fixture
def laid() -> Callable[..., Outcome]:
    """Fit a film to the display that it shows."""

    def lay(shown: Display, filmed: Film, fps: float, **camera: Any) -> Outcome:
        frames = np.array([row.frame for row in filmed.rows])
        numbers = np.array([row.number for row in filmed.rows])
        known = shown_of(shown.lit_s, shown.numbers, 4)
        return Outcome(filmed, fit(frames, numbers, known, Camera(fps, **camera)))

    return lay
