"""The fake daemon as a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

FAKE = Path(__file__).parents[2] / "support" / "fake_daemon.py"


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
