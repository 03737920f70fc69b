"""The readings on one picture: the line through them, and those thrown out. Extra `plot`."""

from pathlib import Path

import numpy as np

from emgd.align.film import Film
from emgd.align.verdict import Verdict
from emgd.export.outfile import fresh
from emgd.export.timeline import ExportFault

_COLORS = {
    Verdict.MISREAD: "tab:red",
    Verdict.NEVER: "tab:pink",
    Verdict.ORDER: "tab:orange",
    Verdict.SMEAR: "tab:purple",
    Verdict.OUTSIDE: "tab:gray",
}


def plot(film: Film, path: Path, force: bool) -> None:
    """Draw it to a PNG."""
    try:
        from matplotlib.figure import Figure
    except ImportError as fault:
        raise ExportFault(
            "Drawing needs matplotlib, which is not installed: run `pip install 'emgd[plot]'`"
            " in the environment of emgd."
        ) from fault
    fitted = film.fitted
    shown = film.told.shown(film.digits)
    seconds = np.array([row.frame for row in film.rows]) / film.fps
    verdicts = np.array(fitted.verdicts)
    tick_ms = 1e3 * shown.tick_s
    figure = Figure(figsize=(14, 9), layout="constrained")
    line, window, error = figure.subplots(3, sharex=True)

    every = np.arange(len(film.t_ns))
    straight = every / film.fps
    ahead_ms = 1e3 * ((film.t_ns - film.t_ns[0]) / 1e9 - straight)
    line.plot(every / film.fps, ahead_ms, color="tab:blue", linewidth=1)
    for cut in fitted.cuts:
        line.axvline(cut.frame / film.fps, color="tab:red", linewidth=0.6)
    line.set_ylabel("time ahead of\nframe / fps, ms")
    line.set_title(
        f"{1 / fitted.line.frame_s:.5f} frames a second;"
        f" red: frames missing at {len(fitted.cuts)} places"
    )

    place = shown.at(fitted.times_s).clip(0)
    since_ms = 1e3 * (fitted.times_s - shown.lo[place])
    off_ms = 1e3 * fitted.off_s
    away = np.where(off_ms < 0, off_ms, np.where(off_ms > 0, tick_ms + off_ms, since_ms))
    good = verdicts == Verdict.GOOD
    window.plot(seconds[good], away[good], ".", color="tab:blue", markersize=1, label="used")
    limit = 3 * tick_ms
    for verdict, color in _COLORS.items():
        mine = (verdicts == verdict) & np.isfinite(away)
        if mine.any():
            at = np.clip(away[mine], -limit, limit + tick_ms)
            label = f"{verdict} ({(verdicts == verdict).sum()})"
            window.plot(seconds[mine], at, "x", color=color, markersize=4, label=label)
    for edge in (0.0, tick_ms):
        window.axhline(edge, color="0.5", linewidth=0.6)
    window.set_ylabel("frame after its number\nwas lit, ms")
    window.set_title("between the lines the number was shown; far ones are drawn at the edge")
    window.legend(loc="upper right", fontsize=8)

    error.semilogy(every / film.fps, 1e3 * film.error_s, color="tab:blue", linewidth=1)
    error.axhline(10, color="0.5", linewidth=0.6)
    error.set_ylabel("sure to, ms")
    error.set_xlabel("seconds of the video")
    figure.suptitle(film.told.parts[0].name)
    written = path.with_name(f".{path.name}.part") if force else path
    if force:
        written.unlink(missing_ok=True)
    with fresh(written):
        figure.savefig(written, dpi=100, format="png")
        if force:
            written.replace(path)
