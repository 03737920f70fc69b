"""What the threads share: snapshots that acquire replaces, and commands that it takes."""

import time
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Literal

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


Command = Mark | ShowNumber


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
