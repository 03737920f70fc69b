"""Showing a number in the camera's picture: what all kinds of tubes have in common."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

DIGITS = 4  # of a usual display
State = Literal["waiting", "ok", "untold", "failing", "stuck", "absent"]


@dataclass(frozen=True, slots=True)
class Shown:
    """What is known of a number that was to be shown; times by the host's monotonic clock."""

    lit_ns: int | None = None  # None: the tube cannot tell
    written_ns: int | None = None  # a display on this PC had taken all of it; None: never, or none


Done = Callable[[Shown], None]  # called by the thread that calls `show` and `serve`


@dataclass(frozen=True, slots=True)
class TubeStatus:
    """How a tube is; the numbers are counted since the start."""

    name: str
    state: State = "waiting"
    number: int | None = None  # the last one that was shown
    shown: int = 0
    failed: int = 0  # the tube was away, or did not take it, or did not answer
    late: int = 0  # the next one came before the display was ready for it
    slowest_ms: float | None = None  # from told to shown, since this was last asked
    error: str | None = None  # what is wrong at this moment


class Tube(Protocol):
    """Shows numbers, and never makes anybody wait."""

    def show(self, number: int, done: Done) -> None:
        """Show a number; `done` is called once, at once or from a later `show` or `serve`."""

    def serve(self) -> None:
        """Tell what became known meanwhile."""

    def status(self) -> TubeStatus | None:
        """How it is; None where there is none."""

    def close(self) -> None:
        """Show nothing any more; safe to call twice."""


class NoTube:
    """none: nothing shows the numbers; they are counted and published all the same."""

    def show(self, number: int, done: Done) -> None:
        """Show nothing."""
        done(Shown())

    def serve(self) -> None:
        """Nothing becomes known."""

    def status(self) -> None:
        """There is no tube."""

    def close(self) -> None:
        """Nothing is open."""


def digits_of(number: int, digits: int) -> str:
    """What a display of so many digits shows: the last ones, with zeros in front."""
    return f"{number % 10**digits:0{digits}d}"
