"""Names of recordings, as BIDS makes them from participant, session, task and run."""

import re
from datetime import datetime
from pathlib import Path

PART_SUFFIX = ".part"

_NAME = re.compile(r"[A-Za-z0-9_-]{1,120}")
_LABEL = re.compile(r"[A-Za-z0-9]{1,40}")
_ENTITIES = {"participant": "sub", "session": "ses", "task": "task", "run": "run"}
_ENTITY = re.compile(r"(?:^|_)(sub|ses|task|run)-([A-Za-z0-9]+)(?=_|$)")


class NameFault(ValueError):
    """A name that cannot be one; the sentence says which letters can."""


def recording_name(
    name: str | None = None,
    *,
    participant: str | None = None,
    session: str | None = None,
    task: str | None = None,
    run: str | int | None = None,
) -> str:
    """The name itself, or `sub-..._ses-..._task-..._run-...` of what is given."""
    if name is not None:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise NameFault(
                f"The name {name!r} cannot be used: take letters, digits, '-' and '_' (up to 120)."
            )
        return name
    given = {"participant": participant, "session": session, "task": task, "run": run}
    parts = [_entity(key, value) for key, value in given.items() if value is not None]
    if not parts:
        raise NameFault("A recording needs a name, or a participant, session, task or run.")
    return "_".join(parts)


def name_parts(name: str) -> dict[str, str]:
    """Participant, session, task and run, as far as the name tells them."""
    keys = {short: key for key, short in _ENTITIES.items()}
    return {keys[short]: label for short, label in _ENTITY.findall(name)}


def file_stem(name: str, started: datetime) -> str:
    """Date, time and name: sorts by time and is unlikely to be taken."""
    return f"{started:%Y%m%d-%H%M%S}_{name}"


def part_path(folder: Path, stem: str, part: int) -> Path:
    """Where a part of a recording goes while it is written."""
    tail = f"_part{part}" if part > 1 else ""
    return folder / f"{stem}{tail}.mcap{PART_SUFFIX}"


def final_path(path: Path) -> Path:
    """The name a recording gets once it is closed well."""
    return path.with_suffix("") if path.suffix == PART_SUFFIX else path


def _entity(key: str, value: object) -> str:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not _LABEL.fullmatch(text):
        raise NameFault(
            f"{key} = {value!r} cannot be used in a name: take letters and digits only."
        )
    return f"{_ENTITIES[key]}-{text}"
