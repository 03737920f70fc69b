"""A hundred strangers at the door of a daemon with keys, while four of its clients read.

Latency is from the moment the last sample of a block was taken until a client has the block, first
with nobody at the door, then with strangers who connect again and again: half have a key that is
not listed, half take another key for the daemon's.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import msgpack
import numpy as np
import zmq
from emgd.keys import ClientKey, load_client, make_client, make_daemon_pair

from tests.bench.table import Row

STRANGERS, FRIENDS = 100, 4
_SECONDS = 60.0
_CHILD = Path(__file__).parent / "children" / "strangers.py"


def measure(seconds: float = _SECONDS) -> list[Row]:
    with TemporaryDirectory() as folder:
        keys = Path(folder) / "keys"
        make_daemon_pair(keys)
        friend = load_client(make_client(keys, "friend"))
        process, endpoint = start_daemon(keys)
        try:
            with zmq.Context() as context:
                friends = [connect(context, friend, endpoint) for _ in range(FRIENDS)]
                offset_ns = time.time_ns() - time.monotonic_ns()
                read(friends, 10.0, offset_ns)
                quiet, _ = read(friends, seconds, offset_ns)
                strangers = subprocess.Popen(
                    [sys.executable, str(_CHILD), endpoint, friend.daemon.decode()],
                    stdin=subprocess.PIPE,
                )
                besieged, missed = read(friends, seconds, offset_ns)
                strangers.communicate()
                for one in friends:
                    one.close(0)
        finally:
            process.terminate()
            process.communicate()
    p99 = [float(np.percentile(late, 99)) for late in (quiet, besieged)]
    return [
        Row(
            f"p99 with {STRANGERS} strangers at the door",
            f"{p99[1]:.2f} ms",
            f"nobody there {p99[0]:.2f} ms",
            p99[1] / p99[0],
            2,
        ),
        Row("  blocks that a client missed", str(missed), f"of {len(besieged)}", missed, 0),
    ]


def start_daemon(keys: Path) -> "tuple[subprocess.Popen[str], str]":
    """On a port of this PC; gives the endpoint as it became."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "emgd", "run", "--source", "sim:"),
            *("--stream", "tcp://127.0.0.1:0", "--control", f"ipc://{keys}/control"),
            *("--set", f"keys={keys}"),
        ],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ},
    )
    assert process.stderr is not None
    line = next(line for line in process.stderr if "stream on" in line)
    os.set_blocking(process.stderr.fileno(), False)
    return process, line.partition("stream on ")[2].partition(",")[0]


def connect(context: zmq.Context, key: ClientKey, endpoint: str) -> zmq.Socket:
    socket = context.socket(zmq.SUB)
    key.put_on(socket)
    socket.rcvhwm = 0
    socket.subscribe("env")
    socket.connect(endpoint)
    return socket


def read(sockets: list[zmq.Socket], seconds: float, offset_ns: int) -> tuple[list[float], int]:
    """How late each block was, ms, and how many a client missed."""
    late: list[float] = []
    last = dict.fromkeys(sockets, -1)
    missed = 0
    poller = zmq.Poller()
    for socket in sockets:
        poller.register(socket, zmq.POLLIN)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for socket, _ in poller.poll(100):
            _, header, _ = socket.recv_multipart()
            now_ns = time.monotonic_ns() + offset_ns
            head = msgpack.unpackb(header)
            taken_ns = head["t_ns"] + (head["n"] - 1) * head["step_ns"]
            late.append((now_ns - taken_ns) / 1e6)
            if last[socket] >= 0:
                missed += head["seq"] - last[socket] - 1
            last[socket] = head["seq"]
    return late, missed
