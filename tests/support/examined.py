"""Whole examinations by the doctor, of simulated boards and PCs with one fault each."""

import errno
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from boardsim.fault_grammar import parse_faults
from boardsim.simboard import Settings as Sim
from boardsim.simboard import SimBoard
from emgd.config import load
from emgd.doctor.benches import open_bench
from emgd.doctor.examination import examine
from emgd.doctor.facts import KernelClock, Pc, Rights
from emgd.doctor.finding import Finding, State
from emgd.recorder.file import Disk, DiskFile

SECONDS = 2.0
PATIENT = ["doctor.late_ms=3000"]  # the PC that runs these tests is busy, which is no case
IN_2026 = 1_795_000_000.0


@dataclass(frozen=True)
class Case:
    """What is wrong, and the checks that have to find it."""

    name: str
    raised: frozenset[str] = frozenset()
    faults: Sequence[str] = ()
    settings: Sequence[str] = ()
    pc: Callable[[Pc], Pc] = lambda pc: pc
    source: str | None = None
    board: dict[str, object] = field(default_factory=dict)
    usb_ms: int | None = None  # the latency timer of its serial line


class SlowFile(DiskFile):
    """A disk that takes its time by a clock of its own."""

    def __init__(self, path: Path, clock: "SlowDisk") -> None:
        super().__init__(path)
        self._clock = clock

    def sync(self) -> None:
        super().sync()
        self._clock.now_s += self._clock.sync_s


class SlowDisk(Disk):
    def __init__(self, sync_s: float) -> None:
        self.sync_s = sync_s
        self.now_s = 0.0

    def create(self, path: Path) -> SlowFile:
        return SlowFile(path, self)


class FullFile(DiskFile):
    def write(self, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


class FullDisk(Disk):
    """Files can be made, as inodes are left, but nothing can be written into them."""

    def create(self, path: Path) -> FullFile:
        return FullFile(path)

    def free_bytes(self, folder: Path) -> int:
        return 0


def sound_pc() -> Pc:
    """A PC without any fault, whatever the one is like on which the tests run."""
    return Pc(
        clock=lambda: KernelClock(True, 0.002, IN_2026, IN_2026 - 1e6),
        rights=lambda: Rights(99, float("inf")),
    )


def slow_disk(pc: Pc) -> Pc:
    disk = SlowDisk(1.5)
    return replace(pc, storage=disk, monotonic=lambda: disk.now_s)


def examined(case: Case, folder: Path, seconds: float = SECONDS) -> dict[str, Finding]:
    """The findings of one examination, by check."""
    with SimBoard(Sim(faults=parse_faults(case.faults), **case.board)) as board:  # type: ignore[arg-type]
        endpoints = [f"stream=ipc://{folder}/stream", f"control=ipc://{folder}/control"]
        settings = load(
            None,
            [*endpoints, f"record.dir={folder}", *PATIENT, *case.settings],
            source=case.source or board.url,
        )
        pc = case.pc(sound_pc())
        if case.usb_ms is not None:
            pc = replace(pc, usb_serial=_timer(folder, settings.source, case.usb_ms))
        found: list[Finding] = []
        bench = open_bench(settings)
        try:
            examine(settings, bench, seconds, pc, found.append, lambda _: _ignore)
        finally:
            bench.close()
    assert len({finding.check for finding in found}) == len(found), "a check spoke twice"
    return {finding.check: finding for finding in found}


def _timer(folder: Path, source: str, latency_ms: int) -> Path:
    """A sysfs in which a serial line is behind a USB converter."""
    timer = folder / "devices" / Path(source.removeprefix("serial://")).resolve().name
    timer.mkdir(parents=True)
    (timer / "latency_timer").write_text(f"{latency_ms}\n")
    return timer.parent


def _ignore(_left_s: float) -> None:
    """Nobody looks on."""


def raised(findings: dict[str, Finding]) -> set[str]:
    """The checks that were not satisfied."""
    return {name for name, each in findings.items() if each.state in (State.FAIL, State.WARN)}
