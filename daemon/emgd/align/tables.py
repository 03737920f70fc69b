"""The tables of an aligned video: a row for each frame, and a row for each reading."""

import csv
from pathlib import Path

import numpy as np

from emgd.align.film import Film
from emgd.align.readings import Reading
from emgd.align.verdict import Verdict
from emgd.export.outfile import fresh_text

FRAMES = ("frame", "sample", "t_ns", "error_ms", "shown")
READINGS = (
    "row", "frame", "number", "confidence", "shown", "since_lit_ms", "residual_ms", "verdict",
    "why",
)  # fmt: skip
_PLACES = ("last digit", "tens", "hundreds", "thousands")


def write_frames(film: Film, path: Path, force: bool) -> None:
    """A row for each frame of the video; sample and shown are empty outside the recording."""
    shown = film.told.shown(film.digits)
    place = shown.at((film.t_ns - film.told.zero_ns) / 1e9)
    number = np.where(place < 0, -1, shown.number[place])
    with fresh_text(path, force) as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(FRAMES)
        columns = (film.sample, film.t_ns, 1e3 * film.error_s, number)
        for frame, (sample, t_ns, error_ms, told) in enumerate(
            zip(*(column.tolist() for column in columns), strict=True)
        ):
            rows.writerow(
                (frame, _blank(sample), t_ns, f"{error_ms:.3f}", _number(told, film.digits))
            )


def write_readings(film: Film, path: Path, force: bool) -> None:
    """A row for each reading: what became of it, and why it was thrown out if it was."""
    with fresh_text(path, force) as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(READINGS)
        rows.writerows(reading_rows(film))
        for row, why in film.readings.unreadable:
            rows.writerow((row, "", "", "", "", "", "", "unreadable", why))


def reading_rows(film: Film) -> list[tuple[object, ...]]:
    """The readings in the columns of `READINGS`."""
    shown = film.told.shown(film.digits)
    fitted = film.fitted
    place = shown.at(fitted.times_s)
    since_s = fitted.times_s - shown.lo[place]
    result: list[tuple[object, ...]] = []
    for i, reading in enumerate(film.rows):
        there = place[i] >= 0
        truly = int(shown.number[place[i]]) if there else -1
        off_s = float(fitted.off_s[i])
        result.append(
            (
                reading.row,
                reading.frame,
                _number(reading.number, film.digits),
                "" if reading.confidence is None else f"{reading.confidence:g}",
                _number(truly, film.digits),
                f"{1e3 * since_s[i]:.3f}" if there else "",
                f"{1e3 * off_s:.3f}" if np.isfinite(off_s) else "",
                str(fitted.verdicts[i]),
                why(fitted.verdicts[i], reading, truly, film.digits),
            )
        )
    return result


def why(verdict: Verdict, reading: Reading, truly: int, digits: int) -> str:
    """In words, why a reading was thrown out; nothing for a good one."""
    read, was = _number(reading.number, digits), _number(truly, digits)
    if verdict is Verdict.GOOD:
        return ""
    if verdict is Verdict.OUTSIDE:
        return "the recording holds no number for that moment"
    if verdict is Verdict.SMEAR:
        return f"taken while the number changed to or from {was}"
    if verdict is Verdict.ORDER:
        return f"{was} was shown: a repeated frame, or the last digit misread"
    wrong = _wrong_places(reading.number, truly)
    which = f": the {wrong[0]} misread" if len(wrong) == 1 else ""
    never = f" ({read} was never shown)" if verdict is Verdict.NEVER else ""
    return f"{was} was shown{which}{never}"


def _wrong_places(read: int, truly: int) -> list[str]:
    """The places in which two numbers differ."""
    return [
        _PLACES[place] if place < len(_PLACES) else f"digit {place + 1}"
        for place in range(max(len(str(read)), len(str(truly))))
        if read // 10**place % 10 != truly // 10**place % 10
    ]


def _number(number: int, digits: int) -> str:
    return "" if number < 0 else str(number).zfill(digits)


def _blank(sample: int) -> int | str:
    return "" if sample < 0 else sample
