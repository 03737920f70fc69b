"""An hour of 8 channels through `emgd spot`, reading included, beside sosfilt over the same."""

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from emgd.dsp.filters import FilterPlan, design
from emgd.recorder.entry import Entry, pack_entry
from emgd.recorder.mcap import McapWriter
from emgd.signals import Wanted
from emgd.spot.order import Order
from emgd.spot.work import spot
from numpy.typing import NDArray
from scipy.signal import sosfilt

from tests.bench.table import Row

_RATE_HZ, _CHANNELS, _PACKET = 1000, 8, 20
_SECONDS = 3600
_UV = 4.5e6 / 24 / 2**23
_CHUNK = 5  # packets, and their ticks: 100 ms, as the recorder writes them
_START_NS = 1_800_000_000_000_000_000
_LIMIT = 3.5  # of what sosfilt alone takes for filtering, which is somewhat less than a second


def measure() -> list[Row]:
    """CPU seconds of one thread; starting the process and compiling are left out."""
    counts = _face()
    with TemporaryDirectory() as folder:
        recording, array = Path(folder) / "hour.mcap", Path(folder) / "hour.npy"
        _record(recording, counts)
        np.save(array, counts)
        wanted = Wanted(rate_hz=_RATE_HZ, unit="count", uv_per_count=_UV)
        spot(Order(recording.with_name("hour.npy"), wanted))  # once for caches and page faults
        theirs = _least(lambda: _sosfilt(counts))
        rows = [
            ("a recording", Order(recording), theirs),
            ("a .npy file", Order(array, wanted), theirs),
            ("the same, baseline", Order(array, wanted, "baseline"), theirs),
        ]
        return [_row(what, order, theirs) for what, order, theirs in rows]


def _row(what: str, order: Order, theirs: float) -> Row:
    ours = _least(lambda: spot(order))
    return Row(
        f"spot an hour x 8 channels, {what}",
        f"{ours:.2f} s",
        f"sosfilt {theirs:.2f} s",
        ours / theirs,
        _LIMIT,
    )


def _least(call: Callable[[], object]) -> float:
    """The least of three, in CPU seconds of this process."""
    least = float("inf")
    for _ in range(3):
        began = time.process_time()
        call()
        least = min(least, time.process_time() - began)
    return least


def _sosfilt(counts: NDArray[np.int32]) -> None:
    plan = design(FilterPlan(), _RATE_HZ)
    emg = sosfilt(plan.band, counts * _UV, axis=0)
    sosfilt(plan.env, np.abs(emg), axis=0)


def _face() -> NDArray[np.int32]:
    """Rest of 2 uV with a movement every 10 s on each channel."""
    rng = np.random.default_rng(1)
    minute = rng.normal(scale=2 / _UV, size=(60 * _RATE_HZ, _CHANNELS))
    for c in range(_CHANNELS):
        for at in range(1000 + 300 * c, len(minute) - 2000, 10 * _RATE_HZ):
            minute[at : at + 400, c] *= 20
    return np.tile(np.rint(minute).astype(np.int32), (_SECONDS // 60, 1))


def _record(path: Path, counts: NDArray[np.int32]) -> None:
    with path.open("wb") as file:
        writer = McapWriter(file.write)
        writer.begin("bench", {"recording": {"name": "bench"}})
        writer.chunk([pack_entry("meta", _meta())])
        entries: list[Entry] = []
        for packet, first in enumerate(range(0, len(counts), _PACKET)):
            entries.append(_raw(packet, first, counts[first : first + _PACKET]))
            if packet % 2:
                entries.append(pack_entry("tick", {"v": 1, "number": packet // 2, "sample": first}))
            if not packet % _CHUNK:
                writer.chunk(entries)
                entries = []
        writer.chunk(entries)
        writer.finish()


def _meta() -> dict[str, object]:
    channel = {"gain": 24, "uv_per_count": _UV, "active": True, "muscle": ""}
    channels = [{"name": f"c{c + 1}", **channel} for c in range(_CHANNELS)]
    return {"v": 1, "rate_hz": _RATE_HZ, "channels": channels, "packet_samples": _PACKET}


def _raw(packet: int, first: int, counts: NDArray[np.int32]) -> Entry:
    t_ns = _START_NS + first * 1_000_000
    header = {
        "v": 1,
        "session": "0123456789abcdef0123456789abcdef",
        "seq": packet,
        "first": first,
        "n": len(counts),
        "t_ns": t_ns,
        "step_ns": 1e6,
        "dtype": "<i4",
        "unit": "count",
        "status": b"\xc0\0\0" * len(counts),
        "board_us": first * 1000,
        "taken_ns": t_ns,
        "arrival_ns": t_ns + 500_000,
    }
    return pack_entry("raw", header, counts.tobytes())
