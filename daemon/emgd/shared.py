"""What the threads share: snapshots that acquire replaces, and commands that it takes."""

import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any, Literal

from ads1299.source import BoardInfo

from emgd.line import Line
from emgd.messages import Header

State = Literal["waiting", "streaming", "stopped"]
MarkValue = int | float | str | None


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark to be published."""

    label: str
    value: MarkValue
    sample: int
    t_ns: int
    source: Literal["control", "gpio", "clock"]


@dataclass(frozen=True, slots=True)
class ShowNumber:
    """A number to be shown on the tube."""

    number: int


@dataclass(frozen=True, slots=True)
class Calibrate:
    """A step of finding maximum contractions, and where its answer goes."""

    do: Literal["mvc.start", "mvc.stop", "mvc.set"]
    answer: "Future[dict[str, Any]]" = field(default_factory=Future)
    channel: int = 0
    label: str = ""
    forget: str = ""  # which earlier attempts of the channel: none, "last" or "all"
    discard: bool = False  # the attempt under way ends without counting
    values: list[float | None] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Tune:
    """Settings of the spotter to be changed, and where those in force are told."""

    changes: dict[str, Any]
    answer: "Future[dict[str, Any]]" = field(default_factory=Future)


Command = Mark | ShowNumber | Calibrate | Tune


@dataclass(slots=True)
class Shared:
    """Each attribute is replaced whole by acquire and only read elsewhere."""

    utc_offset_ns: int  # UTC less the monotonic clock, fixed at the start of the session
    state: State = "waiting"
    meta: Header | None = None
    health: Header | None = None
    line: Line | None = None
    board: BoardInfo | None = None
    failure: BaseException | None = None
    commands: SimpleQueue[Command] = field(default_factory=SimpleQueue)

    def now_ns(self) -> int:
        """UTC by the session's clock, which no step of the wall clock disturbs."""
        return time.monotonic_ns() + self.utc_offset_ns
