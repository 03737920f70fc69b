"""Questions to the control socket, with pyzmq and msgpack alone."""

from typing import Any

import msgpack
import zmq
from support.process import WITHIN_S


def ask(endpoint: str, do: str, **fields: object) -> dict[str, Any]:
    """One question from a REQ of its own, and the answer."""
    answer = exchange(endpoint, zmq.REQ, [msgpack.packb({"do": do, **fields})])
    assert len(answer) == 1
    unpacked = msgpack.unpackb(answer[0])
    assert isinstance(unpacked, dict)
    return unpacked


def exchange(endpoint: str, kind: int, frames: list[bytes]) -> list[bytes]:
    """Send these frames and give those that come back."""
    with zmq.Context() as context, context.socket(kind) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        socket.connect(endpoint)
        socket.send_multipart(frames)
        assert socket.poll(int(WITHIN_S * 1000)), "no answer"
        return list(socket.recv_multipart())


def done(endpoint: str, do: str, **fields: object) -> dict[str, Any]:
    """One question that must be answered with ok."""
    answer = ask(endpoint, do, **fields)
    assert answer["ok"] is True, answer
    return answer


def refused(endpoint: str, do: str, **fields: object) -> dict[str, Any]:
    """One question that must be refused, with a code and a sentence."""
    answer = ask(endpoint, do, **fields)
    assert answer["ok"] is False, answer
    assert set(answer) == {"ok", "code", "error"}
    assert answer["code"] != "internal"
    assert len(answer["error"]) > 10
    return answer
