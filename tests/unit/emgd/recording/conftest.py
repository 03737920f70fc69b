"""A stream as the daemon publishes it, and disks that are full, slow or broken."""

import argparse
import errno
import importlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import emgd.recording
import numpy as np
import pytest
from emgd.recorder.file import Disk
from emgd.recorder.recorder import Recorder

EPOCH_NS = 1_800_000_000_000_000_000
UV_PER_COUNT = 4.5 / 24 / (1 << 23) * 1e6


class Stream:
    """Messages with known content; what was given out is kept for comparison."""

    def __init__(self, channels: int = 8, packet: int = 20, rate_hz: int = 1000) -> None:
        self.channels, self.packet, self.rate_hz = channels, packet, rate_hz
        self.first = 0
        self.step_ns = 1e9 / rate_hz
        self.sent: list[tuple[str, dict[str, Any], bytes]] = []
        self._numbers = np.random.default_rng(channels)
        self._seq: dict[str, int] = {}

    def header(self, topic: str, **more: Any) -> dict[str, Any]:
        self._seq[topic] = self._seq.get(topic, -1) + 1
        return {"v": 1, "session": "run-1", "seq": self._seq[topic], **more}

    def say(self, topic: str, payload: bytes = b"", **more: Any):
        message = (topic, self.header(topic, **more), payload)
        self.sent.append(message)
        return message

    def t_ns(self, sample: int) -> int:
        return EPOCH_NS + round(sample * self.step_ns)

    def meta(self, **more: Any):
        channels = [
            {
                "name": f"c{c + 1}",
                "muscle": f"muscle {c + 1}",
                "gain": 24,
                "uv_per_count": UV_PER_COUNT,
                "active": True,
            }
            for c in range(self.channels)
        ]
        told = {
            "board": "TEST",
            "firmware": "1.0",
            "rate_hz": self.rate_hz,
            "channels": channels,
            "packet_samples": self.packet,
            "filter": {"band_hz": [20.0, 450.0], "mains_hz": 0},
            "daemon": "0.1.0",
            "started_ns": EPOCH_NS,
        }
        return self.say("meta", **{**told, **more})

    def raw(self, counts: np.ndarray | None = None, **more: Any):
        if counts is None:
            shape = (self.packet, self.channels)
            counts = self._numbers.integers(-(1 << 23) + 1, (1 << 23) - 1, shape, np.int32)
        first, n = self.first, len(counts)
        self.first += n
        chips = -(-self.channels // 8)
        told = {
            "first": first,
            "n": n,
            "t_ns": self.t_ns(first),
            "step_ns": self.step_ns,
            "dtype": "<i4",
            "unit": "count",
            "status": self._numbers.bytes(3 * chips * n),
        }
        return self.say("raw", counts.astype("<i4").tobytes(), **{**told, **more})

    def gap(self, missing: int, reason: str = "lost"):
        first = self.first
        self.first += missing
        return self.say("gap", first=first, missing=missing, reason=reason, t_ns=self.t_ns(first))

    def mark(self, label: str, value: Any = None, sample: int | None = None):
        at = self.first if sample is None else sample
        return self.say(
            "mark", label=label, value=value, sample=at, t_ns=self.t_ns(at), source="control"
        )

    def tick(self, number: int):
        at = self.first - 1
        return self.say(
            "tick",
            number=number,
            packets=self.first // self.packet,
            sample=at,
            t_ns=self.t_ns(at),
            lit_ns=None,
        )

    def interval(self, onset: int, offset: int, kind: str = "ME", channel: int = 0):
        return self.say(
            "interval",
            id=1,
            channel=channel,
            muscle=f"muscle {channel + 1}",
            also=[],
            onset=onset,
            apex=(onset + offset) // 2,
            offset=offset,
            t_ns=self.t_ns(onset),
            duration_ms=(offset - onset) * self.step_ns / 1e6,
            kind=kind,
        )

    def packed(self, *topics: str) -> list[tuple[dict[str, Any], bytes]]:
        return [(header, payload) for topic, header, payload in self.sent if topic in topics]

    def counts(self) -> np.ndarray:
        blocks = [np.frombuffer(payload, "<i4") for _, payload in self.packed("raw")]
        return np.concatenate(blocks).reshape(-1, self.channels)


class Lab:
    """A folder, a disk with faults to order, and a recorder that is stopped at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.disk = FaultyDisk()
        self._made: list[Recorder] = []

    def recorder(self, **settings: Any) -> Recorder:
        recorder = Recorder(self.folder, self.disk, **settings)
        self._made.append(recorder)
        return recorder

    def files(self) -> list[Path]:
        return sorted(p for p in self.folder.iterdir() if ".mcap" in p.name)

    def close(self) -> None:
        self.disk.well()
        for recorder in self._made:
            recorder.close()


class FaultyFile:
    def __init__(self, file: Any, disk: "FaultyDisk") -> None:
        self._file, self._disk = file, disk

    def write(self, data: bytes) -> None:
        self._disk.awake.wait()
        room = max(0, self._disk.room - self._disk.used)
        if self._disk.write_fault or len(data) > room:
            self._file.write(data[:room])  # a full disk takes a part
            self._disk.used += min(room, len(data))
            raise OSError(self._disk.write_fault or errno.ENOSPC, "faulty disk")
        self._file.write(data)
        self._disk.used += len(data)

    def truncate(self, size: int) -> None:
        self._file.truncate(size)

    def sync(self) -> None:
        self._disk.awake.wait()
        if self._disk.sync_fault:
            raise OSError(self._disk.sync_fault, "faulty disk")
        self._file.sync()

    def attached(self) -> bool:
        return self._file.attached()

    def close(self) -> None:
        self._file.close()


class FaultyDisk(Disk):
    """The real disk, until told otherwise."""

    def __init__(self) -> None:
        self.awake = threading.Event()
        self.well()
        self.used = 0

    def well(self) -> None:
        self.awake.set()
        self.room = 1 << 40
        self.write_fault = self.sync_fault = self.create_fault = 0

    def create(self, path: Path) -> FaultyFile:
        if self.create_fault:
            raise OSError(self.create_fault, "faulty disk", str(path))
        return FaultyFile(super().create(path), self)

    def free_bytes(self, folder: Path) -> int:
        return min(super().free_bytes(folder), max(0, self.room - self.used))


@pytest.fixture
def stream() -> Stream:
    return Stream()


@pytest.fixture
def make_stream() -> type[Stream]:
    return Stream


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path)
    yield lab
    lab.close()


def _until(condition: Any, timeout_s: float = 80.0) -> None:
    end_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end_s, "what was waited for did not come"
        time.sleep(0.005)


@pytest.fixture
def until():
    return _until


@pytest.fixture
def offer():
    """Give messages of a stream to a recorder."""

    def give(recorder: Recorder, *messages: tuple[str, dict[str, Any], bytes]) -> None:
        for message in messages:
            recorder.offer(*message)

    return give


@pytest.fixture
def record(lab, offer):
    """Record what a stream said so far and open what came of it."""

    def made(stream: Stream, name: str = "made", **told: Any):
        recorder = lab.recorder()
        recorder.start(name, **told)
        offer(recorder, *stream.sent)
        return emgd.recording.open(recorder.stop().path)

    return made


STUDY = """
task = "films"
mains_hz = 50
electrode_material = "Ag/AgCl"
electrode_diameter_mm = 4
electrode_distance_mm = 10.0
skin_preparation = "alcohol and abrasive gel"
side = "left"
reference = "bipolar"
ground = "forehead, below the hairline"
placement_scheme = "Fridlund & Cacioppo 1986"
"""


@pytest.fixture
def study_text() -> str:
    return STUDY


@pytest.fixture
def command():
    """Run a command as the command line does: exit code."""

    def run(name: str, *words: object) -> int:
        module = importlib.import_module(f"emgd.commands.{name}")
        parser = argparse.ArgumentParser()
        module.arguments(parser)
        code: int = module.run(parser.parse_args([str(word) for word in words]))
        return code

    return run
