"""A subscriber that knows the contract's words and nothing of the daemon's code."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Self

import msgpack
import numpy as np
import zmq
from numpy.typing import NDArray
from support.process import WITHIN_S


@dataclass(frozen=True)
class Message:
    """One message of the stream."""

    topic: str
    header: dict[str, Any]
    payload: bytes
    received_ns: int  # monotonic

    def __getitem__(self, key: str) -> Any:
        return self.header[key]

    @property
    def end(self) -> int:
        """The index after a block's last sample."""
        return int(self.header["first"] + self.header["n"])

    @property
    def samples(self) -> NDArray[Any]:
        """A block's samples, a row each."""
        values = np.frombuffer(self.payload, self.header["dtype"])
        return values.reshape(self.header["n"], -1)


def decode(parts: list[bytes]) -> Message:
    """Three parts: topic, header, payload."""
    received_ns = time.monotonic_ns()
    topic, header, payload = parts
    return Message(topic.decode("ascii"), msgpack.unpackb(header), payload, received_ns)


class Subscriber:
    """A SUB socket that keeps all it got; no limit of its own, so it never loses by itself."""

    def __init__(self, endpoint: str, *topics: str) -> None:
        self.seen: list[Message] = []
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.SUB)
        self._socket.setsockopt(zmq.RCVHWM, 0)
        self._socket.setsockopt(zmq.LINGER, 0)
        for topic in topics or ("",):
            self._socket.subscribe(topic)
        self._socket.connect(endpoint)

    def of(self, topic: str) -> list[Message]:
        """The messages of a topic so far."""
        return [message for message in self.seen if message.topic == topic]

    def take(self, within_s: float = WITHIN_S) -> Message:
        """The next message, whatever it is."""
        assert self._socket.poll(int(within_s * 1000)), f"silence for {within_s:g} s"
        message = decode(self._socket.recv_multipart())
        self.seen.append(message)
        return message

    def until(
        self, enough: Callable[[Message], bool], what: str, within_s: float = WITHIN_S
    ) -> Message:
        """Read on to the first message that is it."""
        deadline = time.monotonic() + within_s
        while True:
            left = deadline - time.monotonic()
            assert left > 0, f"not within {within_s:g} s: {what}"
            message = self.take(left)
            if enough(message):
                return message

    def next(self, topic: str, within_s: float = WITHIN_S, **fields: object) -> Message:
        """Read on to a topic's next message with these fields."""
        return self.until(
            lambda got: (
                got.topic == topic and all(got.header.get(k) == v for k, v in fields.items())
            ),
            f"{topic} {fields or ''}",
            within_s,
        )

    def quiet(self, seconds: float) -> None:
        """Read all that comes, until nothing does for so long."""
        while self._socket.poll(int(seconds * 1000)):
            self.take()

    def close(self) -> None:
        self._context.destroy(linger=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def joined(blocks: Iterable[Message]) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """The index of each sample of these blocks, and the samples."""
    many = list(blocks)
    indices = np.concatenate([np.arange(block["first"], block.end) for block in many])
    return indices, np.concatenate([block.samples for block in many])


def check_sequence(messages: Iterable[Message]) -> None:
    """Every topic counts up by one, in one session."""
    last: dict[str, int] = {}
    sessions = set()
    for message in messages:
        expected = last.get(message.topic, message["seq"] - 1) + 1
        repeated_meta = message.topic == "meta" and message["seq"] == expected - 1
        assert message["seq"] == expected or repeated_meta, f"{message.topic}: {message['seq']}"
        last[message.topic] = message["seq"]
        sessions.add(message["session"])
        assert message["v"] == 1
    assert len(sessions) == 1
