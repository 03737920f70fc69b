"""`make soak HOURS=24`: hours of board time, as fast as they go, with faults every minute.

The account is kept of every sample, of the recording too, and memory, descriptors, threads and
latencies of the daemon at the beginning and at the end are shown side by side.
"""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgpack
import zmq
from emgd.recording import open as open_recording

from tests.soak.ledger import Ledger

RATE_HZ = 1000
FAULTS = ("drop=3001:2", "repeat=2903", "garbage=2801", "corrupt=2699", "cut=600:0.5:again")
WARM_SHARE = 0.1
MOST_GROWN_MB = 5.0


@dataclass
class State:
    """What a process holds, and how quick it was in the last second."""

    rss_mb: float
    descriptors: int
    threads: int
    p50_ms: float
    p99_ms: float

    @classmethod
    def of(cls, pid: int, health: dict[str, Any]) -> "State":
        status = Path(f"/proc/{pid}/status").read_text()
        late = health["latency_ms"]
        return cls(
            int(status.partition("VmRSS:")[2].split()[0]) / 1024,
            len(list(Path(f"/proc/{pid}/fd").iterdir())),
            len(list(Path(f"/proc/{pid}/task").iterdir())),
            late["p50"] or 0.0,
            late["p99"] or 0.0,
        )


def main(hours: float) -> int:
    wanted = round(hours * 3600 * RATE_HZ)
    with TemporaryDirectory(dir=os.environ.get("SOAK_DIR")) as folder:
        source = f"sim:?ramp&speed=max&{'&'.join(f'fault={fault}' for fault in FAULTS)}"
        daemon = subprocess.Popen(
            [
                *(sys.executable, "-m", "emgd", "run", "--source", source),
                *("--stream", f"ipc://{folder}/stream", "--control", f"ipc://{folder}/control"),
                *("--record-dir", folder, "--record", "soak", "--log-level", "error"),
                *("--set", "publish.hwm=1000000"),
            ]
        )
        try:
            ledger, states = follow(daemon.pid, f"ipc://{folder}/stream", wanted)
        finally:
            daemon.terminate()
            daemon.wait()
        print()
        faults = ledger.faults + check_recordings(Path(folder), ledger)
    return report(ledger, states, faults)


def follow(pid: int, endpoint: str, wanted: int) -> tuple[Ledger, list[State]]:
    """Read the stream until so many samples have come."""
    ledger, states = Ledger(), []
    with zmq.Context() as context, context.socket(zmq.SUB) as socket:
        socket.rcvhwm = 0
        socket.subscribe("")
        socket.connect(endpoint)
        began = time.monotonic()
        while ledger.received < wanted:
            if not socket.poll(60_000):
                raise SystemExit("nothing came for a minute")
            topic, header, payload = socket.recv_multipart()
            head = msgpack.unpackb(header)
            match topic:
                case b"raw":
                    ledger.raw(head["first"], head["n"], payload)
                case b"gap":
                    ledger.gap(head["first"], head["missing"])
                case b"tick":
                    ledger.tick(head)
                case b"health":
                    ledger.health(head)
                    if ledger.received > (WARM_SHARE * wanted if not states else 0):
                        states.append(State.of(pid, head))
                    show(ledger, wanted, began)
    return ledger, [states[0], states[-1]]


def show(ledger: Ledger, wanted: int, began: float) -> None:
    """Progress for whoever waits."""
    share = ledger.received / wanted
    left_s = (time.monotonic() - began) * (1 / share - 1) if share else 0.0
    hours = ledger.received / RATE_HZ / 3600
    line = f"\r{share:6.1%}  {hours:.2f} h of board time, {ledger.gaps} gaps, {left_s:.0f} s left "
    print(line, end="", file=sys.stderr, flush=True)


def check_recordings(folder: Path, ledger: Ledger) -> list[str]:
    """The file holds what the stream had, sample for sample."""
    kept = Ledger()
    [path] = folder.glob("*.mcap*")
    for message in open_recording(path).messages({"raw", "gap"}):
        head = message.header
        if kept.received == ledger.received:
            break  # what came until the daemon ended
        if message.topic == "raw":
            kept.raw(head["first"], head["n"], message.payload)
        else:
            kept.gap(head["first"], head["missing"])
    if kept.blocks.digest() != ledger.blocks.digest():
        return [*kept.faults, "the recording is not the stream"]
    return kept.faults


def report(ledger: Ledger, states: list[State], faults: list[str]) -> int:
    first, last = states
    print(f"{'':<24}{'after warm-up':>16}{'at the end':>16}")
    for name in State.__dataclass_fields__:
        print(f"{name:<24}{getattr(first, name):>16.2f}{getattr(last, name):>16.2f}")
    print(
        f"{ledger.received} samples received, {ledger.missing} told missing in {ledger.gaps} gaps, "
        f"{ledger.streams} streams, {ledger.ticks} ticks"
    )
    grown = last.rss_mb - first.rss_mb
    if grown > MOST_GROWN_MB:
        faults.append(f"memory grew by {grown:.1f} MB")
    if last.descriptors > first.descriptors or last.threads > first.threads:
        faults.append("descriptors or threads leak")
    print("\n".join(faults) or "every sample is accounted for, in the recording too")
    return 1 if faults else 0


sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 24.0))
