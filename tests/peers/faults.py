"""The faults that the incumbents were put through: 1000 Hz x 8, every value checked."""

import random
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from boardsim.faults import Faults, Moment
from boardsim.simboard import Settings, SimBoard
from support.daemon import ALL_KEPT, Daemon

from tests.bench.daemon import cpu_s
from tests.peers.heard import Heard
from tests.peers.spoiled_line import Spoil, SpoiledLine

TITLE = "Faults (ours): one run each; 1 sample a packet unless said; every value checked."
HEAD = (
    "| fault | rows got | wrong values | missing | `gap` says | `health` says "
    "| longest silence, s | CPU, s/s |"
)
_WARM = 1000  # samples, before the CPU is measured


@dataclass(frozen=True)
class Case:
    name: str
    places: int = 15_000
    faults: Faults = field(default_factory=Faults)
    spoil: Spoil | None = None
    packet_samples: int = 1


def garbage(at: int) -> Spoil:
    """One byte more in front of a packet."""
    return lambda place, frame: b"\x55" + frame if place == at else frame


def short(at: int) -> Spoil:
    """One byte less inside a packet."""
    return lambda place, frame: frame[:20] + frame[21:] if place == at else frame


def flipped(every: int) -> Spoil:
    """One bit of each so many-th packet, anywhere between the zeros."""

    def spoil(place: int, frame: bytes) -> bytes:
        if place % every != every - 1:
            return frame
        bit = random.Random(place).randrange(8 * (len(frame) - 1))
        spoilt = bytearray(frame)
        spoilt[bit // 8] ^= 1 << bit % 8
        return bytes(spoilt)

    return spoil


CASES = (
    Case("none (control)"),
    Case("1 packet dropped", faults=Faults(drop=(10_000, 1))),
    Case("256 packets dropped", faults=Faults(drop=(10_000, 256))),
    Case("1 garbage byte at sample 5000", 20_000, spoil=garbage(at=5000)),
    Case("1 byte lost", 20_000, spoil=short(at=5000)),
    Case("1 % of packets, 1 bit flipped", 20_000, spoil=flipped(every=100)),
    Case("the same, 20 samples a packet", 20_000, spoil=flipped(every=100), packet_samples=20),
    Case("bytes one at a time", faults=Faults(bytes=True)),
    Case("the same, 20 samples a packet", faults=Faults(bytes=True), packet_samples=20),
    Case("line cut 3 s", 20_000, Faults(cut=Moment(5.0, 3.0))),
    Case("board silent 10 s", 25_000, Faults(silent=Moment(5.0, 10.0))),
)


def measure() -> Iterator[list[str]]:
    for case in CASES:
        yield run(case)


def run(case: Case) -> list[str]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        board = SimBoard(Settings(ramp=True, faults=case.faults))
        url = board.url
        if case.spoil:
            url = stack.enter_context(SpoiledLine(board.address, case.spoil)).url
        daemon = stack.enter_context(
            Daemon(
                folder,
                url,
                board__packet_samples=case.packet_samples,
                publish__hwm=ALL_KEPT,
            )
        )
        subscriber = stack.enter_context(daemon.subscribe("raw", "gap", "health"))
        subscriber.take()  # it listens before the board speaks
        stack.enter_context(board)
        heard, cpu = Heard(), _Cpu(daemon.pid)
        heard.take(message := subscriber.take())
        while heard.end < case.places or message.topic != "health":
            heard.take(message := subscriber.take())
            subscriber.seen.clear()
            if message.topic == "raw":
                cpu.look(heard.end >= _WARM, message.received_ns)
        return _row(case, heard, cpu, board)


class _Cpu:
    """Processor time of a process per second, and the longest time between two blocks."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._began: tuple[float, int] | None = None
        self._last_ns = 0
        self.longest_ns = 0

    def look(self, warm: bool, now_ns: int) -> None:
        if self._last_ns:
            self.longest_ns = max(self.longest_ns, now_ns - self._last_ns)
        self._last_ns = now_ns
        if warm and self._began is None:
            self._began = cpu_s(self._pid), now_ns

    @property
    def share(self) -> float:
        assert self._began
        spent_s, began_ns = self._began
        return (cpu_s(self._pid) - spent_s) / ((self._last_ns - began_ns) / 1e9)


def _row(case: Case, heard: Heard, cpu: _Cpu, board: SimBoard) -> list[str]:
    assert heard.health
    health = heard.health
    gaps = ", ".join(f"{gap['reason']} {gap['missing']}" for gap in heard.gaps[:2])
    if len(heard.gaps) > 2:
        gaps = f"{len(heard.gaps)} times, {heard.told} in all"
    said = ", ".join(
        f"`{key}` {health[key]}" for key in ("lost", "bad_frames", "reconnects") if health[key]
    )
    return [
        case.name,
        f"{heard.rows} of {heard.end}",
        str(heard.wrong_rows),
        str(heard.holes),
        (gaps or "-") + _off(heard, board),
        said or "-",
        f"{cpu.longest_ns / 1e9:.3f}",
        f"{cpu.share:.3f}",
    ]


def _off(heard: Heard, board: SimBoard) -> str:
    """How far the number after a reconnection is from what the board's clock says."""
    again = [gap for gap in heard.gaps if gap["reason"] == "reconnect"]
    if len(again) != 1:
        return ""
    before, after = [line for line in board.truth if line["type"] == "stream"][:2]
    between = (after["first_us"] - before["first_us"]) / before["step_us"]
    return f" (true: {between - again[0]['first']:.0f})"
