"""Recordings with known samples and ticks, written by the recorder as the daemon's messages."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from emgd.recorder.recorder import Recorder
from numpy.typing import NDArray
from support.filmed import Display

ZERO_NS = 1_800_000_000_000_000_000  # when the first sample was taken, and second 0 of a display
RATE_HZ = 1000
PACKET = 20
CHANNELS = 4
UV_PER_COUNT = 0.02
FILTER = {"band_hz": [20.0, 450.0], "band_order": 2, "env_hz": 6.0, "env_order": 2, "notch_hz": []}


def meta(**more: Any) -> dict[str, Any]:
    """What the daemon says first."""
    about = {"gain": 24, "uv_per_count": UV_PER_COUNT, "active": True}
    return {
        "rate_hz": RATE_HZ,
        "packet_samples": PACKET,
        "channels": [
            {"name": f"c{c + 1}", "muscle": f"muscle {c + 1}", **about} for c in range(CHANNELS)
        ],
        "filter": FILTER,
        **more,
    }


def packets(
    counts: NDArray[np.int32], gaps: Iterable[tuple[int, int]] = ()
) -> Iterator[tuple[int, dict[str, Any], bytes]]:
    """Blocks of raw counts; samples from `first` to `end` of a gap are not there."""
    holes = list(gaps)
    for first in range(0, len(counts), PACKET):
        if any(begin <= first < end for begin, end in holes):
            continue
        block = counts[first : first + PACKET].astype("<i4")
        t_ns = ZERO_NS + first * 1_000_000
        head = {"first": first, "n": len(block), "t_ns": t_ns, "step_ns": 1e6, "dtype": "<i4"}
        yield t_ns, {**head, "unit": "count", "status": b""}, block.tobytes()


def ticks(shown: Display, lit: bool = True) -> Iterator[tuple[int, dict[str, Any], bytes]]:
    """A tick for each number; without `lit` nobody knows when it was lit."""
    for moment_s, number in zip(shown.lit_s.tolist(), shown.numbers.tolist(), strict=True):
        t_ns = ZERO_NS + round(moment_s * 1e9)
        told = {"number": number, "packets": 2 * number, "sample": round(moment_s * RATE_HZ)}
        yield t_ns, {**told, "t_ns": t_ns, "lit_ns": t_ns if lit else None}, b""


def recorded(
    folder: Path,
    shown: Display,
    counts: NDArray[np.int32],
    gaps: Iterable[tuple[int, int]] = (),
    intervals: Iterable[Mapping[str, Any]] = (),
    lit: bool = True,
) -> Path:
    """Record all that in order of time; gives the file."""
    recorder = Recorder(folder)
    recorder.start("film")
    common = {"v": 1, "session": "ticked", "seq": 0}
    recorder.offer("meta", {**common, **meta()}, b"")
    said = [("raw", *one) for one in packets(counts, gaps)]
    said += [("tick", *one) for one in ticks(shown, lit)]
    said.sort(key=lambda one: one[1])
    for topic, _, header, payload in said:
        recorder.offer(topic, {**common, **header}, payload)
    for interval in intervals:
        recorder.offer("interval", {**common, **interval}, b"")
    receipt = recorder.stop()
    recorder.close()
    return Path(receipt.path)


def rest(seconds: float, seed: int = 0) -> NDArray[np.int32]:
    """Counts of noise."""
    rng = np.random.default_rng(seed)
    return rng.normal(0, 100, (round(seconds * RATE_HZ), CHANNELS)).astype(np.int32)


def interval(onset: int, offset: int, kind: str = "ME", **more: Any) -> dict[str, Any]:
    """A spotted movement as the daemon publishes it."""
    return {
        "id": onset,
        "channel": 1,
        "muscle": "muscle 2",
        "also": [3],
        "onset": onset,
        "apex": (onset + offset) // 2,
        "offset": offset,
        "t_ns": ZERO_NS + onset * 1_000_000,
        "duration_ms": float(offset - onset),
        "peak_uv": 12.5,
        "mvc_pct": 8.1,
        "iemg": 78.25,
        "kind": kind,
        "aus": [4, 7],
        "emotions": ["anger"],
        "detector": "test",
        **more,
    }
