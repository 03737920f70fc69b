"""What the daemon takes of a core at 1000 Hz with every topic subscribed.

Beside it, at the same time, the least that any daemon can do: receive packets of the same size and
publish them, nothing else. That one took 0.4 % of a core on the machine where BrainFlow, reading
and forwarding, took 4.1 %; on a busy machine both rise together, and their ratio tells.
"""

import socket
import threading
import time
from tempfile import TemporaryDirectory

import zmq
from boardsim.simboard import Settings as SimSettings
from boardsim.simboard import SimBoard

from tests.bench.daemon import Running, cpu_s
from tests.bench.latency import finish, send_packets, start_child
from tests.bench.table import Row

_SECONDS = 20.0


def measure() -> list[Row]:
    with (
        TemporaryDirectory() as folder,
        socket.create_server(("127.0.0.1", 0)) as sender,
        SimBoard(SimSettings()) as board,
        Running(board.url) as daemon,
    ):
        endpoint = f"ipc://{folder}/bare"
        bare = start_child("bare_relay", endpoint, *map(str, sender.getsockname()))
        threading.Thread(target=send_packets, args=(sender,), daemon=True).start()
        reader = threading.Thread(target=_read, args=(endpoint,), daemon=True)
        reader.start()
        daemon.first_sample()
        daemon.drain(2.0)
        began = time.monotonic()
        before = cpu_s(daemon.pid), cpu_s(bare.pid)
        seen = daemon.drain(_SECONDS)
        spent = time.monotonic() - began
        ours = (cpu_s(daemon.pid) - before[0]) / spent
        least = (cpu_s(bare.pid) - before[1]) / spent
        finish(bare)
    assert {b"raw", b"emg", b"env", b"tick", b"health"} <= seen.keys(), seen
    return [
        Row("CPU at 1000 Hz, all topics subscribed", f"{ours:.2%}", "of one core", ours, 0.02),
        Row("  against a bare relay", f"{ours:.2%}", f"bare {least:.2%}", ours / least, 5),
    ]


def _read(endpoint: str) -> None:
    subscriber = zmq.Context.instance().socket(zmq.SUB)
    subscriber.subscribe(b"")
    subscriber.connect(endpoint)
    while subscriber.poll(5000):
        subscriber.recv_multipart()
