"""`View`: what the operator chose to see, and what the keys do to it."""

from dataclasses import dataclass, field
from typing import Literal

from emgd.watch.history import BINS_PER_S
from emgd.watch.lines import Style
from emgd.watch.model import Model

SCALES_UV = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000)
AUTO_LEAST_UV = 10  # below it a bar would show the noise of a face at rest as large
STEP_BINS = BINS_PER_S // 2
LEAP_BINS = 10 * BINS_PER_S
LEAST_BINS = 5 * BINS_PER_S  # of what is kept, this much stays in sight
LABEL_LONGEST = 60
STEPS = {"left": -STEP_BINS, "right": STEP_BINS, "[": -LEAP_BINS, "]": LEAP_BINS}


@dataclass(frozen=True, slots=True)
class Action:
    """What a key asks of the program around the view."""

    do: Literal["quit", "mark", "stamp"]
    label: str = ""
    stamped: bool = False  # the mark belongs to the moment of the last "stamp"


@dataclass(slots=True)
class View:
    """Choices of the operator; `end` is the bin at the right edge while paused."""

    selected: int = 0
    hidden: set[int] = field(default_factory=set)
    own_scale: dict[int, int] = field(default_factory=dict)
    end: int | None = None
    help: bool = False
    prompt: str | None = None
    _notice: tuple[str, Style, float] = ("", Style.PLAIN, 0.0)

    def press(self, key: str, model: Model) -> Action | None:
        """Do what a key means."""
        if self.prompt is not None:
            return self._type(key)
        if self.help:
            self.help = False
            return None
        if key in ("q", "Q"):
            return Action("quit")
        if key == "m":
            return Action("mark", "key")
        if key == "M":
            self.prompt = ""
            return Action("stamp")
        if key == "?":
            self.help = True
        elif key in (" ", "p"):
            self.end = model.history.newest if self.end is None and model.history else None
        elif not self._scroll(key, model):
            self._choose(key, model)
        return None

    def say(self, notice: str, style: Style, until_s: float) -> None:
        """Show a sentence in the last line for a while."""
        self._notice = (notice, style, until_s)

    def notice(self, now_s: float) -> tuple[str, Style] | None:
        """Give the sentence that is to be shown."""
        said, style, until_s = self._notice
        return (said, style) if now_s < until_s else None

    def shown(self, model: Model) -> list[int]:
        """List the channels to draw; a hidden one is drawn only while it is selected."""
        self.selected = max(0, min(self.selected, model.channels - 1))
        return [c for c in range(model.channels) if c not in self.hidden or c == self.selected]

    def full_scale_uv(self, channel: int, peak_uv: float) -> float:
        """Give what a full bar means: the channel's own, or what holds the peak of all."""
        own = self.own_scale.get(channel)
        return SCALES_UV[automatic(peak_uv) if own is None else own]

    def window_end(self, model: Model) -> int | None:
        """Give the bin at the right edge while paused, kept inside what is remembered."""
        if self.end is None or model.history is None:
            self.end = None
        else:
            oldest = model.history.oldest + LEAST_BINS
            self.end = min(max(oldest, self.end), model.history.newest)
        return self.end

    def _type(self, key: str) -> Action | None:
        label = self.prompt or ""
        if key == "enter":
            self.prompt = None
            return Action("mark", label.strip(), stamped=True)
        if key == "escape":
            self.prompt = None
        elif key == "backspace":
            self.prompt = label[:-1]
        elif len(key) == 1 and key.isprintable() and len(label) < LABEL_LONGEST:
            self.prompt = label + key
        return None

    def _scroll(self, key: str, model: Model) -> bool:
        """Move through the kept history; only while paused."""
        end = self.window_end(model)
        if end is None or model.history is None:
            return False
        if key in STEPS:
            self.end = end + STEPS[key]
        elif key == "home":
            self.end = model.history.oldest
        elif key == "end":
            self.end = model.history.newest
        else:
            return False
        self.window_end(model)
        return True

    def _choose(self, key: str, model: Model) -> None:
        """Select, hide or scale channels."""
        if len(key) == 1 and key.isascii() and key.isdigit():
            self.selected = (int(key) or 10) - 1
        elif key in ("up", "down"):
            self._move(1 if key == "down" else -1, model)
        elif key == "h":
            self._hide(model)
        elif key == "a":
            self.hidden.clear()
        elif key == "s":
            self.own_scale.clear()
        elif key in ("+", "=", "-"):
            self._scale(1 if key == "-" else -1, model)

    def _move(self, by: int, model: Model) -> None:
        shown = self.shown(model)
        if shown:
            place = shown.index(self.selected) + by
            self.selected = shown[max(0, min(place, len(shown) - 1))]

    def _hide(self, model: Model) -> None:
        """Hide the selected channel and go on to its neighbour, or show it again."""
        if self.selected in self.hidden:
            self.hidden.discard(self.selected)
            return
        others = [c for c in self.shown(model) if c != self.selected]
        if others:
            self.hidden.add(self.selected)
            self.selected = min(others, key=lambda c: (c < self.selected, abs(c - self.selected)))

    def _scale(self, by: int, model: Model) -> None:
        """Give the selected channel a scale of its own, or change it."""
        own = self.own_scale.get(self.selected)
        if own is None:
            own = automatic(peak_uv(self, model))
        self.own_scale[self.selected] = max(0, min(own + by, len(SCALES_UV) - 1))


def automatic(highest_uv: float) -> int:
    """Choose the smallest scale that holds a value."""
    wanted = max(highest_uv, AUTO_LEAST_UV)
    return next((i for i, scale in enumerate(SCALES_UV) if scale >= wanted), len(SCALES_UV) - 1)


def peak_uv(view: View, model: Model) -> float:
    """Give the highest value on show: it sets the scale of all channels without an own one."""
    history, end = model.history, view.window_end(model)
    if history is None:
        return 0.0
    peaks = history.peak((10 if end is None else 20) * BINS_PER_S, end)
    common = [peaks[c] for c in view.shown(model) if c not in view.own_scale]
    return max((float(peak) for peak in common if peak == peak), default=0.0)
