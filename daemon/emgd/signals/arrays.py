""".npy: an array of numbers, and nothing that says what they are."""

from functools import partial
from pathlib import Path
from tokenize import TokenError

import numpy as np

from emgd.signals.model import Column, Found, Run, SignalFault, Values, Wanted, Watch

_MANY = 64  # no more channels than that are guessed
_SLIM = 8  # and samples are so many times more than channels


def read(path: Path, wanted: Wanted, watch: Watch) -> Found:
    """Map the array into memory; what is not looked at is not read."""
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError, SyntaxError, TokenError, OverflowError) as fault:
        raise SignalFault(f"{path} is no array that can be read: {fault}.") from fault
    if not isinstance(array, np.ndarray):
        raise SignalFault(f"{path} holds several arrays (it is an .npz file): save one as .npy.")
    try:
        return found_in(array, wanted.rows)
    except SignalFault as fault:
        raise SignalFault(f"{path}: {fault}") from None


_CHANNELS = 1024  # more of them than samples is a mistake


def found_in(array: Values, rows: str | None) -> Found:
    """The channels of an array of one or two dimensions."""
    if array.dtype.kind not in "fiub":
        raise SignalFault(f"it holds {array.dtype} and not real numbers.")
    if array.ndim == 1:
        array = array.reshape(-1, 1)
        rows = "samples"
    if array.ndim != 2 or 0 in array.shape:
        raise SignalFault(
            f"its shape is {array.shape}: give one with samples and channels, and some of each."
        )
    remarks = []
    if rows is None:
        rows = _guess(array.shape)
        if rows == "channels":
            remarks.append(f"its shape is {array.shape}: rows are taken as channels.")
    if rows == "channels":
        array = array.T
    samples, channels = array.shape
    if channels > max(samples, _CHANNELS):
        other = "channels" if rows == "samples" else "samples"
        raise SignalFault(
            f"with --rows {rows} it has {channels} channels of {samples} samples:"
            f" give --rows {other}."
        )
    columns = [Column(partial(_column, array, c)) for c in range(array.shape[1])]
    return Found(columns, [Run(0, 0, len(array))], remarks=remarks)


def _column(array: Values, c: int) -> Values:
    return array[:, c]


def _guess(shape: tuple[int, ...]) -> str:
    """The longer side is the samples, where that is beyond doubt."""
    few, many = sorted(shape)
    if few > _MANY or many < few * _SLIM:
        raise SignalFault(
            f"its shape is {shape}, which does not say what a row is: give --rows samples or"
            " --rows channels."
        )
    return "samples" if shape[0] == many else "channels"
