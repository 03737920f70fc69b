"""The paused rows: a strip of the past for each channel, and what happened under them."""

import math

import numpy as np
from numpy.typing import NDArray

from emgd.watch.bars import columns, title
from emgd.watch.happenings import Kind
from emgd.watch.history import BINS_PER_S, History
from emgd.watch.lines import LEVELS, LOST, Line, Span, Style, clip
from emgd.watch.model import Model
from emgd.watch.view import View, peak_uv

COLUMN_BINS = 2  # a column is 100 ms, as a micro-expression is three of them
COLUMN_S = COLUMN_BINS / BINS_PER_S
HEIGHT_MOST = 6


def rows(
    model: Model, view: View, channels: list[int], end: int, size: tuple[int, int]
) -> list[Line]:
    """Draw a strip for each of the channels into `size` (columns, lines), and a line of letters."""
    width, height = size
    taken = 4 + 1 + (6 if view.own_scale else 0)
    parts = columns(model, channels, width, taken)
    if model.history is None:
        return []
    tall = max(1, min(HEIGHT_MOST, (height - 1) // max(1, len(channels))))
    past = _columns(model.history, parts.plot, end)
    unknown = _unknown(model.history, parts.plot, end)
    highest_uv = peak_uv(view, model)
    lines: list[Line] = []
    for channel in channels:
        scale_uv = view.full_scale_uv(channel, highest_uv)
        head = title(model, view, channel, parts)
        blank = [Span(" " * len(head[0].text))]
        hidden = channel in view.hidden
        drawn = [
            " " * unknown + piece[unknown:] for piece in strip(past[:, channel] / scale_uv, tall)
        ]
        for row, piece in enumerate(drawn):
            own = f" /{scale_uv:g}" if channel in view.own_scale and row == 0 else ""
            shown = " (hidden: h shows it)" if hidden and row == 0 else "" if hidden else piece
            start = head if row == 0 else blank
            lines.append(clip((*start, Span(" "), Span(shown, Style.BAR), Span(own)), width))
    indent = 4 + parts.name + (parts.muscle + 1 if parts.muscle else 0) + 1
    return [*lines, (Span(" " * indent), Span(letters(model, parts.plot, end), Style.BOLD))]


def strip(values: NDArray[np.float32], tall: int) -> list[str]:
    """Draw values between 0 and 1 as columns over `tall` lines; top line first."""
    steps = len(LEVELS) - 1
    lines = []
    for row in range(tall - 1, -1, -1):
        filled = np.clip(np.nan_to_num(values) * tall - row, 0.0, 1.0)
        level = np.ceil(filled * steps).astype(int)
        lost = LOST if row == 0 else " "
        lines.append(
            "".join(
                lost if math.isnan(value) else LEVELS[step]
                for value, step in zip(values.tolist(), level.tolist(), strict=True)
            )
        )
    return lines


def letters(model: Model, width: int, end: int) -> str:
    """Put a letter where something happened: M mark, G gap, E movement."""
    drawn = [" "] * width
    if model.history is not None:
        for happening in model.happenings:
            if happening.sample is None or happening.kind is Kind.NEWS:
                continue
            back = (end - model.history.bin(happening.sample)) // COLUMN_BINS
            if 0 <= back < width:
                drawn[width - 1 - back] = happening.kind.value
    return "".join(drawn)


def _unknown(history: History, width: int, end: int) -> int:
    """How many columns at the left are from before all that is kept."""
    return max(0, width - -(-(end + 1 - history.oldest) // COLUMN_BINS))


def _columns(history: History, width: int, end: int) -> NDArray[np.float32]:
    """Give the highest value in each column of the screen as [columns, channels]."""
    window = history.window(width * COLUMN_BINS, end)
    return np.asarray(np.fmax.reduce(window.reshape(width, COLUMN_BINS, history.channels), axis=1))
