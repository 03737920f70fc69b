"""From the last byte's arrival to a subscriber: the daemon beside a bare ZeroMQ PUB/SUB.

Both get packets of the same size over TCP every 20 ms, at the same time, and both are read by the
same subscriber. The bare one receives and publishes three parts of the same sizes, nothing else.
"""

import json
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import msgpack
import numpy as np
import zmq
from boardsim.simboard import Settings as SimSettings
from boardsim.simboard import SimBoard

from tests.bench.table import Row

_PACKETS = 1500
_PACKET_BYTES = 564
_CHILDREN = Path(__file__).parent / "children"


def measure() -> list[Row]:
    with TemporaryDirectory() as folder, SimBoard(SimSettings(ramp=True)) as board:
        ours_at, bare_at = f"ipc://{folder}/ours", f"ipc://{folder}/bare"
        sender = socket.create_server(("127.0.0.1", 0))
        context = zmq.Context()
        subscriber = context.socket(zmq.SUB)
        ours = start_child("stamped_daemon", ours_at, *map(str, board.address))
        bare = start_child("bare_relay", bare_at, *map(str, sender.getsockname()))
        threading.Thread(target=send_packets, args=(sender,), daemon=True).start()
        for endpoint in (ours_at, bare_at):
            subscriber.connect(endpoint)
        subscriber.subscribe(b"raw")
        seen = _receive(subscriber)
        context.destroy(linger=0)
        arrivals = {"daemon": finish(ours), "bare": finish(bare)}
        sender.close()
    us = {
        who: np.array([(at - arrivals[who][str(key)]) / 1e3 for key, at in times.items()])
        for who, times in seen.items()
    }
    return [
        Row(
            f"arrival to subscriber, p{q}",
            f"{np.percentile(us['daemon'], q):.0f} us",
            f"bare PUB/SUB {np.percentile(us['bare'], q):.0f} us",
            float(np.percentile(us["daemon"], q) / np.percentile(us["bare"], q)),
            2,
        )
        for q in (50, 99)
    ]


def _receive(subscriber: "zmq.Socket[bytes]") -> dict[str, dict[int, int]]:
    seen: dict[str, dict[int, int]] = {"daemon": {}, "bare": {}}
    warm = 100
    while min(map(len, seen.values())) < _PACKETS + warm:
        _, header, _ = subscriber.recv_multipart()
        now = time.monotonic_ns()
        fields = msgpack.unpackb(header)
        who = "daemon" if "session" in fields else "bare"
        seen[who][fields["first"]] = now
    return {who: dict(list(times.items())[warm:]) for who, times in seen.items()}


def send_packets(server: socket.socket) -> None:
    connection, _ = server.accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    due = time.monotonic()
    try:
        while True:
            due += 0.02
            time.sleep(max(0.0, due - time.monotonic()))
            connection.sendall(bytes(_PACKET_BYTES))
    except OSError:
        connection.close()


def start_child(name: str, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, str(_CHILDREN / f"{name}.py"), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def finish(child: "subprocess.Popen[str]") -> dict[str, int]:
    """Ask for the times of arrival, and end it."""
    out, _ = child.communicate("")
    times: dict[str, int] = json.loads(out)
    return times
