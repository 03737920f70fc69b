"""Messages as the contract words them."""

import struct

import pytest
from emgd.client import Message
from emgd.watch.model import Model

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
