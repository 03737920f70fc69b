"""Sets marks from an experiment and never makes it wait. Needs pyzmq and msgpack."""

import sys
import time
from typing import Any

import msgpack
import zmq


class Marks:
    """A mark gets the time of its call; what the daemon answers is read later."""

    def __init__(self, control: str = "tcp://127.0.0.1:5557") -> None:
        self._control = control
        self._unanswered = 0
        self._socket = zmq.Context.instance().socket(zmq.DEALER)
        self._socket.linger = 1000
        self._socket.connect(control)
        self.sync()

    def sync(self) -> None:
        """Compare clocks; again between trials where the daemon runs on another PC."""
        tries = []
        for _ in range(10):
            asked_ns = time.perf_counter_ns()
            self._send({"do": "clock"})
            daemon_ns = self._answers()[-1]["t_ns"]
            answered_ns = time.perf_counter_ns()
            took_ns = answered_ns - asked_ns
            tries.append((took_ns, daemon_ns - (asked_ns + answered_ns) // 2))
        self._ahead_ns = min(tries)[1]  # the quickest exchange says most

    def mark(self, label: str, value: int | float | str | None = None) -> None:
        """Set a mark at this moment."""
        t_ns = time.perf_counter_ns() + self._ahead_ns
        self._send({"do": "mark", "label": label, "value": value, "t_ns": t_ns})

    def check(self) -> list[dict[str, Any]]:
        """Give what became of the marks since the last check; call it between trials."""
        answers = self._answers()
        for answer in answers:
            if not answer["ok"]:
                raise RuntimeError(f"a mark was not set: {answer['error']}")
        return answers

    def _send(self, request: dict[str, Any]) -> None:
        self._socket.send(msgpack.packb(request))
        self._unanswered += 1

    def _answers(self) -> list[dict[str, Any]]:
        answers = []
        while self._unanswered:
            if not self._socket.poll(2000):
                raise RuntimeError(f"no answer from {self._control}: is emgd running there?")
            answers.append(msgpack.unpackb(self._socket.recv()))
            self._unanswered -= 1
        return answers


if __name__ == "__main__":
    marks = Marks(*sys.argv[1:])
    marks.mark("film", 3)
    marks.mark("answer", "surprised")
    for placed in marks.check():
        print("sample", placed["sample"], "at", placed["t_ns"])
