"""A file's envelopes with the events drawn in; needs the extra `plot`."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from emgd.export.outfile import fresh
from emgd.signals import SignalFault
from emgd.spot.order import Event, Result, Trace

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {"ME": "tab:red", "MaE": "tab:orange", "blink": "tab:blue", "swallow": "tab:green"}
_STRONG, _BESIDE = 0.35, 0.15  # how dense the strongest channel is shaded, and the others
_COLUMNS = 4000
_TOP = 1.15  # of the highest value


def draw(result: Result, path: Path) -> None:
    """Draw it to a PNG (or what the name's ending says)."""
    try:
        from matplotlib.figure import Figure
    except ImportError as fault:
        raise SignalFault(
            "Drawing needs matplotlib, which is not installed: run `pip install 'emgd[plot]'`"
            " in the environment of emgd."
        ) from fault
    channels = result.channels
    figure = Figure(figsize=(14, 1.3 * len(channels) + 1.2), layout="constrained")
    axes: list[Axes] = list(figure.subplots(len(channels), sharex=True, squeeze=False)[:, 0])
    for c, axis in enumerate(axes):
        axis.set_ylabel(f"{channels[c].name}\nµV", rotation=0, ha="right", va="center")
        axis.set_title(channels[c].muscle, loc="left", fontsize=8, pad=2)
        if result.trace is not None:
            _line(axis, result.trace, c, result)
        for event in result.events:
            _shade(axis, event, c, result)
    axes[-1].set_xlabel("seconds from the first sample")
    kinds = sorted({event["kind"] for event in result.events}, key=list(COLOURS).index)
    figure.legend(
        handles=[_patch(kind) for kind in kinds], loc="outside upper right", ncols=len(COLOURS)
    )
    figure.suptitle(f"{result.path.name}: {len(result.events)} events", x=0.01, ha="left")
    with fresh(path):
        figure.savefig(path, dpi=100)


def _line(axis: "Axes", trace: Trace, channel: int, result: Result) -> None:
    """The envelope; of a long file only its highest values can be seen."""
    highest = trace.highest[:, channel]
    together = -(-len(highest) // _COLUMNS)
    missing = -len(highest) % together
    padded = np.append(highest, np.full(missing, np.nan, np.float32)).reshape(-1, together)
    line = np.fmax.reduce(padded, axis=1)
    places = trace.first - result.first + np.arange(len(line)) * together * trace.every
    seconds = places / result.rate_hz
    axis.plot(seconds, line, color="0.2", linewidth=0.7)
    if np.isfinite(line).any():
        axis.set_ylim(0, max(_TOP * float(np.nanmax(line)), 1e-6))
    axis.set_xlim(0, seconds[-1])


def _shade(axis: "Axes", event: Event, channel: int, result: Result) -> None:
    if channel == event["channel"]:
        density = _STRONG
    elif channel in event["also"]:
        density = _BESIDE
    else:
        return
    onset, offset = ((event[key] - result.first) / result.rate_hz for key in ("onset", "offset"))
    axis.axvspan(onset, offset, color=COLOURS[event["kind"]], alpha=density, linewidth=0)


def _patch(kind: str) -> "object":
    from matplotlib.patches import Patch

    return Patch(color=COLOURS[kind], alpha=_STRONG, label=kind)
