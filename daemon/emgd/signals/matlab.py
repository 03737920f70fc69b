"""MAT files up to version 7: our own, EEGLAB's, AcqKnowledge's, or those of a script."""

import zlib
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from emgd.signals.arrays import found_in
from emgd.signals.model import Column, Found, SignalFault, Values, Wanted, Watch
from emgd.signals.units import microvolts

_RATES = ("srate", "fs", "sampling_rate", "samplingrate", "sample_rate", "samplerate", "rate_hz")
_FEW = 2  # numbers: a variable that holds no more is no signal
_BROKEN = (ValueError, TypeError, LookupError, EOFError, OverflowError, zlib.error)
_INTERVAL_S = {"s": 1.0, "sec": 1.0, "ms": 1e-3, "msec": 1e-3}


def read(path: Path, wanted: Wanted, watch: Watch) -> Found:
    """The one array of numbers in the file, and what stands beside it."""
    variables = _load(path)
    told = variables.get("EEG")
    if isinstance(told, dict):  # EEGLAB's structure
        variables = told
    try:
        name = wanted.variable or _signal_of(variables)
        if name not in variables:
            raise SignalFault(f"it has no variable {name}: {', '.join(variables)}.")
        array = np.asarray(variables[name])
        ours = name == "data" and "chanlocs" in variables
        found = found_in(array, wanted.rows or ("channels" if ours else None))
        rate_hz = _rate(variables)
        for c, column in enumerate(found.columns):
            column.rate_hz = rate_hz
            _describe(column, c, variables, len(found.columns))
        if rate_hz and ours:
            found.holes_s = _holes(variables, rate_hz)
            if "t_ns" in variables:
                found.t_ns = partial(_time_at, np.ravel(variables["t_ns"]))
    except SignalFault as fault:
        raise SignalFault(f"{path}: {fault}") from None
    return found


def _load(path: Path) -> dict[str, Any]:
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        told: dict[str, Any] = loadmat(path, simplify_cells=True)
    except NotImplementedError as fault:
        raise SignalFault(
            f"{path} is a MAT file of version 7.3: save it with `save(name, '-v7')`, or as .npy."
        ) from fault
    except (MatReadError, *_BROKEN) as fault:
        raise SignalFault(f"{path} is no MAT file that can be read: {fault}.") from fault
    return {name: value for name, value in told.items() if not name.startswith("__")}


def _signal_of(variables: dict[str, Any]) -> str:
    arrays = {
        name: value.size
        for name, value in variables.items()
        if isinstance(value, np.ndarray) and value.dtype.kind in "fiu" and value.size > _FEW
    }
    if "data" in arrays:
        return "data"
    if len(arrays) != 1:
        known = ", ".join(arrays) or "none of numbers"
        raise SignalFault(f"say which variable is the signal with --variable: {known}.")
    return next(iter(arrays))


def _rate(variables: dict[str, Any]) -> float | None:
    for name, value in variables.items():
        if name.lower() in _RATES and np.ndim(value) == 0 and np.isreal(value) and value > 0:
            return float(value)
    interval, unit = variables.get("isi"), str(variables.get("isi_units", ""))  # AcqKnowledge
    if isinstance(interval, int | float) and interval > 0 and unit in _INTERVAL_S:
        return 1 / (interval * _INTERVAL_S[unit])
    return None


def _describe(column: Column, c: int, variables: dict[str, Any], count: int) -> None:
    """Name, muscle and unit as far as something beside the numbers tells them."""
    locations = variables.get("chanlocs")
    leads = [locations] if isinstance(locations, dict) else locations
    if isinstance(leads, list | np.ndarray) and len(leads) == count and isinstance(leads[c], dict):
        lead = leads[c]
        column.name, column.muscle = str(lead.get("labels", "")), str(lead.get("muscle", ""))
        if variables.get("unit") == "count" and (size := lead.get("uv_per_count", 0)) > 0:
            column.unit, column.scale = "uV", float(size)
    else:
        column.name = _text_of(variables.get("labels"), c, count)
    column.unit = column.unit or _unit_of(variables, c, count)


def _unit_of(variables: dict[str, Any], c: int, count: int) -> str:
    unit = variables.get("unit", variables.get("units"))
    text = unit if isinstance(unit, str) else _text_of(unit, c, count)
    return text if microvolts(text) or text == "count" else ""


def _text_of(texts: Any, c: int, count: int) -> str:
    """One of a list of texts, one per channel."""
    if isinstance(texts, str) and count == 1:
        return texts.strip()
    return str(texts[c]).strip() if isinstance(texts, np.ndarray) and len(texts) == count else ""


def _holes(variables: dict[str, Any], rate_hz: float) -> list[tuple[float, float]]:
    """Where our own export filled samples in: rows of place (from 1) and number."""
    gaps = np.reshape(variables.get("gaps", ()), (-1, 2))
    return [((at - 1) / rate_hz, n / rate_hz) for at, n in gaps.tolist()]


def _time_at(times: Values, sample: int) -> int | None:
    return int(times[sample]) if 0 <= sample < len(times) else None
