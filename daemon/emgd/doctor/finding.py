"""What a check found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"  # can be recorded with, and should be known
    FAIL = "fail"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was measured, against what, and where it fails what to do."""

    check: str
    state: State
    text: str  # for people, with figure and limit
    do: str = ""
    measured: float | None = None  # the figure that decided, and
    limit: float | None = None  # what it may be
    unit: str = ""
    detail: tuple[str, ...] = ()  # figures that people want to see even where all is well
    values: Mapping[str, Any] = field(default_factory=dict)  # all figures, for programs


Say = Callable[[Finding], None]


def skipped(check: str, why: str) -> Finding:
    """A check that says nothing, and why."""
    return Finding(check, State.SKIPPED, why)


def state_of(good: bool) -> State:
    """OK or FAIL."""
    return State.OK if good else State.FAIL
