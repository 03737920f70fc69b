"""The true movements of each file, for the figures of a grid."""

from collections.abc import Mapping
from pathlib import Path

from emgd.movements import Movements, MovementsFault, Told, read
from emgd.movements.together import in_step

_SUFFIXES = (".jsonl", ".json", ".csv", ".truth")


def truths(path: Path, rates_hz: Mapping[Path, float]) -> dict[Path, Movements]:
    """One file for one signal, or a folder with one of the same name for each."""
    if len(rates_hz) > 1 and not path.is_dir():
        raise MovementsFault(
            f"{path} is one file, but there are {len(rates_hz)} signals: give a folder with a"
            " truth for each, named as the signal and ending in .jsonl or .csv."
        )
    return {signal: _read(_of(path, signal), hz) for signal, hz in rates_hz.items()}


def _of(path: Path, signal: Path) -> Path:
    if not path.is_dir():
        return path
    stem = signal.name.split(".")[0]
    named = [path / f"{stem}{suffix}" for suffix in _SUFFIXES]
    found = [one for one in named if one.exists() and one != signal]
    if not found:
        raise MovementsFault(f"{path} has no truth for {signal.name}: {stem}.jsonl or {stem}.csv.")
    return found[0]


def _read(path: Path, rate_hz: float) -> Movements:
    """The truth in samples of its signal."""
    movements = read(path, Told(rate_hz=None))
    in_step(movements, Movements(rate_hz=rate_hz))
    if movements.rate_hz != rate_hz:
        raise MovementsFault(f"{path} is in finer steps than its signal has samples.")
    return movements
