"""Messages as the contract words them, and the fake daemon as a process of its own."""

import json
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from emgd.client import Message
from emgd.watch.model import Model

FAKE = Path(__file__).parents[3] / "support" / "fake_daemon.py"
MUSCLES = ["frontalis", "corrugator supercilii", "orbicularis oculi", "levator labii superioris"]


class Wire:
    """Feeds a model as a daemon's stream would."""

    def __init__(self, model, session="one"):
        self.model = model
        self.session = session

    def send(self, topic, now_s=0.0, payload=b"", **fields):
        header = {"v": 1, "session": self.session, "seq": 0, **fields}
        self.model.take(Message(topic, header, payload), now_s)

    def meta(self, channels=4, rate_hz=1000):
        named = [{"name": f"c{c + 1}", "muscle": MUSCLES[c % 4]} for c in range(channels)]
        self.send("meta", board="board", firmware="1.0", rate_hz=rate_hz, channels=named)

    def env(self, first, rows, now_s=0.0, t_ns=10**18):
        """Send samples: a list of lists of microvolts."""
        flat = [value for row in rows for value in row]
        place = {"first": first, "n": len(rows), "t_ns": t_ns, "step_ns": 1e6}
        payload = struct.pack(f"<{len(flat)}f", *flat)
        self.send("env", now_s, payload, **place, dtype="<f4", unit="uV")


@pytest.fixture
def wire():
    """A model that has heard `meta` of four channels, and its stream."""
    made = Wire(Model("tcp://127.0.0.1:5557", "tcp://127.0.0.1:5556"))
    made.meta()
    return made


@pytest.fixture
def model(wire):
    return wire.model


class Fake:
    """A fake daemon that can be killed and started again at the same endpoints."""

    def __init__(self, folder):
        self.control = f"ipc://{folder}/control"
        self.stream = f"ipc://{folder}/stream"
        self._process = None

    def start(self, channels=8):
        command = [sys.executable, FAKE, "--control", self.control, "--stream", self.stream]
        self._process = subprocess.Popen(
            [*command, "--channels", str(channels)], stdout=subprocess.PIPE, text=True
        )
        assert json.loads(self._process.stdout.readline())["control"] == self.control

    def kill(self):
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()
            self._process = None


@pytest.fixture
def fake(tmp_path):
    made = Fake(tmp_path)
    made.start()
    yield made
    made.kill()
