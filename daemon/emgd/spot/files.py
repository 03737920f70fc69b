"""Which files are meant: those named, and in folders those that can be read."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from emgd.signals import SUFFIXES

_SHEETS = frozenset({".csv", ".txt"})
_LATER = re.compile(r"^(.*)_part\d+\.mcap(?:\.part)?$")


def files_of(paths: Iterable[Path]) -> list[Path]:
    """Files in the order named, those of a folder by name, each once."""
    return list(dict.fromkeys(found for path in paths for found in _each(path)))


def _each(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    inside = sorted(one for one in path.iterdir() if one.suffix.lower() in SUFFIXES)
    names = {one.name.removesuffix(".part") for one in inside}
    signals = {one.name.split(".")[0] for one in inside if one.suffix.lower() not in _SHEETS}
    for one in inside:
        later = _LATER.match(one.name)
        if later and f"{later[1]}.mcap" in names:
            continue  # it is read with the file that it goes on from
        if one.suffix.lower() in _SHEETS and one.name.split(".")[0] in signals:
            continue  # its truth, or an export of it
        if not one.name.endswith(("_events.csv", ".receipt.txt")):  # ours, and no signals
            yield one
