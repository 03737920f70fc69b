"""Programs forked from an interpreter that has imported what they need, as most of a start is that.

Each is a process of its own and runs its `main` from the first line on. What is told of the start
itself, and whatever needs an environment of its own, is run by a fresh interpreter instead.
"""

import atexit
import importlib
import json
import os
import runpy
import select
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

_NEEDED = ("boardsim.cli", "emgd.app", "emgd.commands.run", "emgd.recordings", "scipy.signal")
_LONGEST = 1 << 17  # of a request: most of it is the environment
_NUMBER = struct.Struct("i")


class Forked:
    """Such a program, with those parts of `subprocess.Popen` that the tests need."""

    stdin = None

    def __init__(self, module: str, arguments: Sequence[str]) -> None:
        self.args = [module, *arguments]
        self.returncode: int | None = None
        out, its_out = os.pipe()
        self._told, its_end = os.pipe()
        wanted = {"cwd": str(Path.cwd()), "env": dict(os.environ), "argv": self.args}
        socket.send_fds(_nursery(), [json.dumps(wanted).encode()], [its_out, its_end])
        os.close(its_out)
        os.close(its_end)
        self.stdout = os.fdopen(out)
        self.pid = self._number()

    def poll(self) -> int | None:
        """Its exit status, None while it runs."""
        if self.returncode is None and select.select([self._told], [], [], 0)[0]:
            self._ended()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, once it has ended."""
        if self.returncode is None and not select.select([self._told], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
        self.poll()
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """To it, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """At once."""
        self.send_signal(signal.SIGKILL)

    def _ended(self) -> None:
        self.returncode = os.waitstatus_to_exitcode(self._number())
        os.close(self._told)

    def _number(self) -> int:
        """What the nursery says: first the process, then how it ended."""
        told = os.read(self._told, _NUMBER.size)
        assert told, "the nursery has ended: see what it wrote"
        return int(_NUMBER.unpack(told)[0])


@cache
def _nursery() -> socket.socket:
    """The interpreter of this process of tests; it ends with it."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    process = subprocess.Popen(
        [sys.executable, __file__, str(its.fileno())],
        pass_fds=[its.fileno()],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    its.close()

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


class _Server:
    """Forks when asked to, and tells how the children ended."""

    def __init__(self, asked: socket.socket) -> None:
        self._asked = asked
        self._running: dict[int, int] = {}  # where to tell of each
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake)

    def serve(self) -> list[str] | None:
        """None at the end; in a child, what it is to run."""
        while True:
            ready, _, _ = select.select([self._asked, self._woken], [], [])
            if self._woken in ready:
                os.read(self._woken, _LONGEST)
                self._reap()
            if self._asked in ready:
                said, fds, _, _ = socket.recv_fds(self._asked, _LONGEST, 2)
                if not said:
                    return None
                wanted = json.loads(said)
                pid = os.fork()
                if pid == 0:
                    self._be_born(*fds, wanted)
                    return list(wanted["argv"])
                out, told = fds
                os.close(out)
                os.write(told, _NUMBER.pack(pid))
                self._running[pid] = told

    def _reap(self) -> None:
        while self._running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            told = self._running.pop(pid)
            os.write(told, _NUMBER.pack(status))
            os.close(told)

    def _be_born(self, out: int, told: int, wanted: dict[str, Any]) -> None:
        """Leave nothing of the nursery in the child."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()  # Ctrl-C in the tests is theirs alone
        os.dup2(out, 1)
        os.dup2(out, 2)
        for fd in (out, told, self._woken, self._wake, *self._running.values()):
            os.close(fd)
        self._asked.close()
        os.chdir(wanted["cwd"])
        os.environ.clear()
        os.environ.update(wanted["env"])


def main() -> None:
    for module in _NEEDED:
        importlib.import_module(module)
    argv = _Server(socket.socket(fileno=int(sys.argv[1]))).serve()
    if argv is not None:
        sys.argv = argv
        runpy.run_module(argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
