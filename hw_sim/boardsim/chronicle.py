"""The truth about a stream: what happened, told as soon as its last sample is made."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from boardsim.notebook import Notebook


@dataclass(frozen=True, slots=True)
class Movement:
    """A movement with its place in the stream; sample 0 is the first after START."""

    kind: str
    emotion: str | None
    onset: int  # where the envelope of its first muscle passes 5 % of its peak
    apex: int
    offset: int  # where it passes 5 % again
    begins: int  # where the ideal envelope leaves zero, and where it is back
    ends: int
    mvc_pct: dict[int, float]  # by channel, the strongest first
    peak_uv: dict[int, float]  # peak of the ideal envelope, likewise

    def places(self) -> dict[str, int]:
        """Its samples by name."""
        names = ("onset", "apex", "offset", "begins", "ends")
        return {name: getattr(self, name) for name in names}

    def tell(self) -> dict[str, Any]:
        """What else a line says of it."""
        return {
            "type": "event",
            "kind": self.kind,
            "emotion": self.emotion,
            "mvc_pct": round(max(self.mvc_pct.values()), 3),
            "channels": [
                {
                    "channel": channel,
                    "peak_uv": round(self.peak_uv[channel], 3),
                    "mvc_pct": round(mvc_pct, 3),
                }
                for channel, mvc_pct in self.mvc_pct.items()
            ],
        }


@dataclass(frozen=True, slots=True)
class Disturbance:
    """An artefact with its place in the stream."""

    kind: str
    begins: int
    ends: int
    microvolts: dict[int, float]

    def places(self) -> dict[str, int]:
        """Its samples by name."""
        return {"begins": self.begins, "ends": self.ends}

    def tell(self) -> dict[str, Any]:
        """What else a line says of it."""
        channels = [{"channel": c, "uv": round(uv, 3)} for c, uv in self.microvolts.items()]
        return {"type": "artefact", "kind": self.kind, "channels": channels}


Happening = Movement | Disturbance


class Eventful(Protocol):
    """A source of which there is something to tell."""

    def take_begun(self) -> list[Happening]:
        """What has begun since the last call."""


class Chronicle:
    """Writes a line for each thing that happened in a stream."""

    def __init__(
        self, source: Eventful | None, truth: Notebook, stream: int, t_us: Callable[[int], float]
    ) -> None:
        self._source = source
        self._truth = truth
        self._stream = stream
        self._t_us = t_us
        self._pending: list[Happening] = []

    def tell(self, made: int, *, last: bool = False) -> None:
        """So many conversions are made: tell what is over, at the `last` what had begun too."""
        if self._source:
            self._pending += self._source.take_begun()
        for happening in sorted(self._pending, key=lambda each: each.ends):
            if happening.ends < made or (last and happening.begins < made):
                self._pending.remove(happening)
                self._write(happening, complete=happening.ends < made)

    def _write(self, happening: Happening, *, complete: bool) -> None:
        places = happening.places()
        line = happening.tell()
        self._truth.write(
            type=line.pop("type"),
            stream=self._stream,
            kind=line.pop("kind"),
            **places,
            **{f"{name}_us": round(self._t_us(place)) for name, place in places.items()},
            **line,
            complete=complete,
        )
