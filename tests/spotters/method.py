"""What a detector is here: a function of one channel and of parameters with their choices."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from emgd.face.match import Span

from tests.spotters.fuse import Burst, fuse, joined
from tests.spotters.streams import RATE_HZ, Channel, Stream

Params = Mapping[str, Any]
COMMON = {"join_ms": (0, 30, 60, 100, 150, 200), "shortest_ms": (0, 50, 80, 120)}


class Method(Protocol):
    name: str
    defaults: Params
    choices: Mapping[str, Sequence[Any]]

    def spot(self, stream: Stream, params: Params) -> list[Span]: ...


@dataclass(frozen=True)
class ChannelWise:
    """A detector of bursts on one channel; all channels are fused by the same rule."""

    name: str
    detect: Callable[[Channel, Params], list[Burst]]
    defaults: Params
    own_choices: Mapping[str, Sequence[Any]]

    @property
    def choices(self) -> Mapping[str, Sequence[Any]]:
        """What a search may try; nothing where it is not worth one."""
        return {**self.own_choices, **COMMON} if self.own_choices else {}

    def spot(self, stream: Stream, params: Params) -> list[Span]:
        own = {name: value for name, value in params.items() if name not in COMMON}
        join, shortest = params.get("join_ms", 0), params.get("shortest_ms", 0)
        bursts = [joined(self.detect(c, own), join, shortest) for c in stream.channels]
        return fuse(bursts, RATE_HZ)
