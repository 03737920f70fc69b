"""`study.toml`: what a paper has to report of a recording, asked for before it is made."""

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

_Check = Callable[[object], bool]


class StudyFault(ValueError):
    """A study file that cannot be used; all its faults at once."""

    def __init__(self, path: str, faults: list[str]) -> None:
        lines = "".join(f"\n  {fault}" for fault in faults)
        super().__init__(f"{path} has {len(faults)} fault{'s' * (len(faults) > 1)}:{lines}")
        self.faults = faults


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _label(value: object) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"[A-Za-z0-9]+", value))


def _number(low: float, high: float) -> _Check:
    def check(value: object) -> bool:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and isinstance(value, int | float) and low <= value <= high

    return check


def _one_of(*choices: object) -> _Check:
    return lambda value: type(value) in {type(choice) for choice in choices} and value in choices


def _asked(allowed: str, check: _Check, default: Any = MISSING) -> Any:
    return field(default=default, metadata={"allowed": allowed, "check": check})


def _words(what: str, default: Any = MISSING) -> Any:
    return _asked(f"text: {what}", _text, default)


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """The fields of a study file; those without a default have to be there."""

    task: str = _asked('letters and digits only, as it goes into file names: "films"', _label)
    mains_hz: int = _asked("50 or 60: the mains frequency where you record", _one_of(50, 60))
    electrode_material: str = _words('such as "Ag/AgCl"')
    electrode_diameter_mm: float = _asked(
        "0.5 to 40: diameter of the contact in mm", _number(0.5, 40)
    )
    electrode_distance_mm: float = _asked(
        "1 to 100: from centre to centre of a pair, in mm", _number(1, 100)
    )
    skin_preparation: str = _words('such as "alcohol and abrasive gel", or "none"')
    side: str = _asked(
        '"left", "right" or "both": side of the face', _one_of("left", "right", "both")
    )
    reference: str = _words('such as "bipolar", or the place of the common reference')
    ground: str = _words('place of the ground (bias) electrode, such as "left mastoid"')
    placement_scheme: str = _words('such as "Fridlund & Cacioppo 1986", or "Other"')
    placement_description: str | None = _words(
        'how the electrodes were placed; has to be there where placement_scheme is "Other"', None
    )
    task_description: str | None = _words("what the participants did", None)
    instructions: str | None = _words("what the participants were told", None)
    electrode_manufacturer: str | None = _words("who made the electrodes", None)
    electrode_model: str | None = _words("which electrodes", None)
    electrode_type: str | None = _words('such as "pre-gelled surface electrode"', None)
    institution: str | None = _words("where the recording is made", None)
    placed_by: str | None = _words("who placed the electrodes", None)
    notes: str | None = _words("anything else", None)

    def as_map(self) -> dict[str, Any]:
        """The fields that are given."""
        return {key: value for key, value in asdict(self).items() if value is not None}


def load(path: Path) -> Study:
    """Read a study file; StudyFault lists all that is wrong with it."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as fault:
        raise StudyFault(str(path), [f"It cannot be read: {fault.strerror}."]) from fault
    except UnicodeDecodeError as fault:
        raise StudyFault(str(path), ["It is not UTF-8 text: save it as UTF-8."]) from fault
    return parse(text, str(path))


def parse(text: str, path: str = "study.toml") -> Study:
    """The study that a TOML text describes."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise StudyFault(path, [f"It is not TOML: {fault}."]) from fault
    return from_map(values, path)


def from_map(values: Mapping[str, Any], path: str = "study.toml") -> Study:
    """The study that a map describes; unknown keys are faults, so that no typing error is lost."""
    known = {item.name: item for item in fields(Study)}
    faults = [_unknown(key, list(known)) for key in values if key not in known]
    for name, item in known.items():
        if name in values:
            if not item.metadata["check"](values[name]):
                faults.append(f"{name} = {values[name]!r}: allowed is {item.metadata['allowed']}.")
        elif item.default is MISSING:
            faults.append(f"{name} is missing: {item.metadata['allowed']}.")
    other = str(values.get("placement_scheme", "")).strip().lower() == "other"
    if other and "placement_description" not in values:
        faults.append(
            f"placement_description is missing: {_allowed(known, 'placement_description')}."
        )
    if faults:
        raise StudyFault(path, faults)
    return Study(**values)


def _allowed(known: Mapping[str, Field[Any]], name: str) -> str:
    return str(known[name].metadata["allowed"])


def _unknown(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, 1)
    return f"{key} is not a field of a study file" + (f": {near[0]}?" if near else ".")
