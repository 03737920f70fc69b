"""What stands before the numbers of a text: names, units, the rate."""

import json
import re
from dataclasses import dataclass

from emgd.signals.text_form import COMMENTS, Form, is_comment
from emgd.signals.units import microvolts

_RATE = re.compile(
    r"(?i)(?:sampl\w*[\s_-]*(?:rate|freq\w*)|\bfs\b|\bsrate\b)"
    r"[^\d\n]{0,20}?(\d+(?:[.,]\d+)?)\s*(khz)?"
)
_THOUSANDS = re.compile(r"[1-9]\d{0,2},\d{3}")
_INTERVAL = re.compile(r"(?i)(\d+(?:\.\d+)?)\s*(s|ms|us|sec|msec|usec)/sample")
_PER_SECOND = re.compile(r"(?i)(\d+(?:\.\d+)?)\s*samples\s*/\s*s")
_LABELS = re.compile(r"(?i)labels?\s*:?=\s*(.+)")
_BRACKETS = re.compile(r"^(.*?)[\s_]*[\(\[]\s*([^\)\]]*?)\s*[\)\]]\s*$")
_SUFFIX = re.compile(r"^(.+)_([nu\u00b5\u03bcm]?V)$")
_SECONDS = {"s": 1.0, "sec": 1.0, "ms": 1e-3, "msec": 1e-3, "us": 1e-6, "usec": 1e-6}


@dataclass(slots=True)
class Head:
    """What the head says; empty where it says nothing."""

    names: list[str]  # per column
    units: list[str]  # per column
    rate_hz: float | None = None
    no_signals: frozenset[str] = frozenset()  # names of columns that are none


def read_head(lines: list[str], form: Form) -> Head:
    """Understand the lines before the numbers."""
    width = len(form.numeric)
    head = Head([""] * width, [""] * width, _rate_in("\n".join(lines)))
    if _opensignals(lines, head) or _pairs(lines, head):
        return head
    told = [line for line in lines if line.strip()]
    if width == 1:  # a name may have blanks in it
        rows = [[_bare(line)] for line in told if not is_comment(line)]
    else:
        rows = [row for line in told if len(row := form.fields(_bare(line))) == width]
    if rows and _are_units(rows[-1]):
        head.units = rows.pop()
    if rows:
        for c, name in enumerate(rows[-1]):
            head.names[c], unit = _name_and_unit(name)
            head.units[c] = head.units[c] or unit
    return head


def _bare(line: str) -> str:
    for mark in COMMENTS:
        line = line.lstrip().removeprefix(mark)
    return line.strip("\r\n ")


def _rate_in(text: str) -> float | None:
    if told := _RATE.search(text):
        mark = "" if _THOUSANDS.fullmatch(told[1]) else "."
        return float(told[1].replace(",", mark)) * (1000 if told[2] else 1)
    if told := _INTERVAL.search(text):
        return 1 / (float(told[1]) * _SECONDS[told[2].lower()]) if float(told[1]) else None
    if told := _PER_SECOND.search(text):
        return float(told[1])
    return None


def _name_and_unit(text: str) -> tuple[str, str]:
    if told := _BRACKETS.match(text) or _SUFFIX.match(text):
        return told[1].strip(), told[2]
    return text, ""


def _are_units(row: list[str]) -> bool:
    """A line of its own that names the units of the columns."""
    bare = [text.strip("()[] ") for text in row]
    return any(microvolts(text) for text in bare) and all(
        microvolts(text) or text.lower() in _SECONDS or not text for text in bare
    )


def _opensignals(lines: list[str], head: Head) -> bool:
    """OpenSignals: a line of JSON, a device each; or `Labels:=` in its older form."""
    for line in lines:
        if not is_comment(line):
            continue
        if told := _LABELS.search(line):
            names = told[1].split()
            head.names[: len(names)] = names[: len(head.names)]
            return True
        try:
            devices = json.loads(_bare(line))
        except ValueError:
            continue
        device = next(iter(devices.values()), None) if isinstance(devices, dict) else None
        if not isinstance(device, dict):
            continue
        columns = device.get("column")
        if isinstance(columns, list) and len(columns) == len(head.names):
            head.names = [str(name) for name in columns]
            rate_hz = device.get("sampling rate")
            head.rate_hz = float(rate_hz) if isinstance(rate_hz, int | float) else head.rate_hz
            head.no_signals = frozenset({"nSeq", "DI", "I1", "I2", "O1", "O2"})
            return True
    return False


def _pairs(lines: list[str], head: Head) -> bool:
    """BIOPAC: `n channels`, and then name and unit of each, a line each."""
    bare = [line.strip() for line in lines]
    at = next((i for i, line in enumerate(bare) if re.fullmatch(r"\d+ channels", line)), None)
    if at is None:
        return False
    count = int(bare[at].split()[0])
    before = len(head.names) - count  # a column of times, where the program was asked for one
    pairs = bare[at + 1 : at + 1 + 2 * count]
    if before not in (0, 1) or len(pairs) < 2 * count:
        return False
    head.names[before:], head.units[before:] = pairs[::2], pairs[1::2]
    behind = bare[at + 1 + 2 * count :]
    if before:
        head.names[0] = re.split(r"[,\t]", behind[0])[0] if behind else "sec"
    return True
