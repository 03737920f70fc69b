"""What comes by chance, and when: one after the other, with rests between."""

import math
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

import numpy as np

REST_S = 0.5  # at least that long between two of a kind


class Lasting(Protocol):
    """Something that takes its time."""

    @property
    def total_s(self) -> float:
        """From its very beginning to its very end."""


T = TypeVar("T", bound=Lasting)
Out = TypeVar("Out", covariant=True)


class Comes(Protocol[Out]):
    """Things that come one after the other."""

    @property
    def next_s(self) -> float:
        """When the next one begins; infinity when none will."""

    def take(self) -> Out:
        """Give that one, and go on to the one after it."""


class Plan(Generic[T]):
    """Things of one kind: the next one, and when it begins."""

    def __init__(
        self,
        rng: np.random.Generator,
        per_min: float,
        usual_s: float,
        draw: Callable[[np.random.Generator], T],
    ) -> None:
        self._rng = rng
        self._per_min = per_min
        self._usual_s = usual_s
        self._draw = draw
        self._next = draw(rng)
        self._next_s = 1.0 + self._pause_s()

    def _pause_s(self) -> float:
        if self._per_min <= 0:
            return math.inf
        mean_s = max(60.0 / self._per_min - REST_S - self._usual_s, 0.05)
        return float(self._rng.exponential(mean_s))

    @property
    def next_s(self) -> float:
        """When the next one begins."""
        return self._next_s

    def take(self) -> T:
        """Give the one whose time has come and plan the one after it."""
        taken = self._next
        self._next_s += taken.total_s + REST_S + self._pause_s()
        self._next = self._draw(self._rng)
        return taken


class Agreed(Generic[T]):
    """Things whose times are known, given as a plan gives them."""

    def __init__(self, timed: Sequence[tuple[float, T]]) -> None:
        self._timed = sorted(timed, key=lambda pair: pair[0])

    @property
    def next_s(self) -> float:
        """When the next one begins."""
        return self._timed[0][0] if self._timed else math.inf

    def take(self) -> T:
        """Give the one whose time has come."""
        return self._timed.pop(0)[1]
