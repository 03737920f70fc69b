"""What came of laying a video on a recording: for people, and for programs."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import numpy as np

from emgd.align.film import Film
from emgd.align.verdict import Verdict

_UNSURE_S = 0.010


def as_map(film: Film) -> dict[str, Any]:
    """As plain values."""
    fitted, told = film.fitted, film.told
    frame_s = fitted.line.frame_s
    good = np.array([one is Verdict.GOOD for one in fitted.verdicts])
    off_ms = 1e3 * fitted.off_s[good]
    read_in = [row.frame for row, fine in zip(film.rows, good, strict=True) if fine]
    counts = Counter(str(one) for one in fitted.verdicts)
    return {
        "recording": [str(part.path) for part in told.parts],
        "frames": len(film.t_ns),
        "fps_nominal": film.fps,
        "fps": 1 / frame_s,
        "ppm": 1e6 * (1 / frame_s / film.fps - 1),
        "first_frame_t_ns": int(film.t_ns[0]),
        "first_frame_sample": _sample(int(film.sample[0])),
        "last_frame_t_ns": int(film.t_ns[-1]),
        "last_frame_sample": _sample(int(film.sample[-1])),
        "offset_s": (int(film.t_ns[0]) - int(told.clock.t_ns[0])) / 1e9,
        "readings": {
            "rows": len(film.rows) + film.readings.empty + len(film.readings.unreadable),
            "used": int(good.sum()),
            "thrown_out": {
                key: count for key, count in sorted(counts.items()) if key != Verdict.GOOD
            },
            "empty": film.readings.empty,
            "unreadable": len(film.readings.unreadable),
            "first_frame": min(read_in),
            "last_frame": max(read_in),
        },
        "residual_ms": {
            "rms": float(np.sqrt(np.mean(off_ms**2))),
            "largest": float(np.abs(off_ms).max()),
            "allowed": 1e3 * fitted.slack_s,
        },
        "error_ms": {
            "median": 1e3 * float(np.median(film.error_s)),
            "largest": 1e3 * float(film.error_s.max()),
            "wander": 1e3 * fitted.aside_s,
            "frames_above_10": int((film.error_s > _UNSURE_S).sum()),
        },
        "dropped": [
            {
                "frame": cut.frame,
                "earliest": cut.earliest,
                "latest": max(cut.earliest, cut.latest),
                "missing": None if cut.new_group else cut.skipped,
                "seconds": _step_s(film, cut.frame),
            }
            for cut in fitted.cuts
        ],
        "ticks": len(told.numbers),
        "ticks_without_lit_ns": told.told_only,
        "would_also_fit_s": fitted.elsewhere_s,
        "outside_recording": int((film.sample < 0).sum()),
    }


def as_text(film: Film) -> str:
    """For people: a few lines."""
    known = as_map(film)
    read, error, off = known["readings"], known["error_ms"], known["residual_ms"]
    thrown = read["thrown_out"]
    lines = [
        f"video       {known['frames']} frames at {known['fps']:.5f} frames a second"
        f" ({known['ppm']:+.1f} ppm of {film.fps:.5g})",
        f"begins      {_utc(known['first_frame_t_ns'])} UTC,"
        f" {known['offset_s']:+.4f} s from the recording's first sample"
        f" (sample {_or(known['first_frame_sample'], 'before or after it')})",
        f"readings    {read['used']} of {read['rows']} used, from frame {read['first_frame']}"
        f" to {read['last_frame']}; {read['empty']} empty, {read['unreadable']} unreadable",
        f"thrown out  {sum(thrown.values())}"
        + "".join(f", {count} {what}" for what, count in thrown.items()),
        f"residuals   {off['rms']:.2f} ms RMS, {off['largest']:.2f} ms at most"
        f" ({off['allowed']:.2f} ms allowed)",
        f"sure to     {error['median']:.1f} ms (median), {error['largest']:.1f} ms at worst",
    ]
    return "\n".join([*lines, *_remarks(film, known)]) + "\n"


def _remarks(film: Film, known: dict[str, Any]) -> list[str]:
    """What a user has to know before using the times."""
    said = _steps(known)
    if abs(known["ppm"]) > 500:
        said.append(
            f"note        the video runs {known['ppm']:+.0f} ppm off --fps: is it really"
            f" {film.fps:.5g} frames a second? 30 is often 29.97, 24 often 23.976."
        )
    if known["ticks_without_lit_ns"]:
        said.append(
            f"note        of {known['ticks_without_lit_ns']} of {known['ticks']} numbers it is only"
            " known when the display was told them, not when they were lit: what lies between is"
            " not in error_ms"
        )
    said += [
        f"note        the readings would also fit {shift:+.0f} s from here, though worse: say"
        " about when the video began, with --start"
        for shift in known["would_also_fit_s"]
    ]
    if known["error_ms"]["frames_above_10"]:
        said.append(
            f"note        frames not sure to 10 ms: {known['error_ms']['frames_above_10']};"
            " see error_ms in the table"
        )
    if known["error_ms"]["wander"]:
        said.append(
            f"note        the camera's clock wanders by {known['error_ms']['wander']:.1f} ms: its"
            " frame rate is not quite constant"
        )
    if known["frames"] <= known["readings"]["last_frame"]:
        said.append(
            f"note        the readings go on up to frame {known['readings']['last_frame']}, beyond"
            " --frames: is it the right video?"
        )
    if known["outside_recording"]:
        said.append(f"note        frames outside the recording: {known['outside_recording']}")
    return said


def _step_s(film: Film, frame: int) -> float:
    """How much more time than a frame's lies before a frame."""
    before, after = film.fitted.times(np.array([frame - 1, frame])).tolist()
    return float(after - before - film.fitted.line.frame_s)


def _steps(known: dict[str, Any]) -> list[str]:
    """Where frames are missing, or there twice."""
    said = []
    for cut in known["dropped"]:
        span = f"at frame {cut['frame']}"
        if cut["latest"] > cut["earliest"]:
            span += f" (from {cut['earliest']} to {cut['latest']})"
        if cut["missing"] is None:
            said.append(f"pause       {span}: the camera began again {cut['seconds']:.3f} s later")
        elif cut["missing"] > 0:
            said.append(f"dropped     {span}: {cut['missing']} frames are missing before it")
        else:
            said.append(f"repeated    {span}: {-cut['missing']} frames are there twice")
    return said


def _utc(t_ns: int) -> str:
    return f"{datetime.fromtimestamp(t_ns / 1e9, UTC):%Y-%m-%d %H:%M:%S}"


def _sample(sample: int) -> int | None:
    return None if sample < 0 else sample


def _or(value: int | None, otherwise: str) -> str:
    return otherwise if value is None else str(value)
