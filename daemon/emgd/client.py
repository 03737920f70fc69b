"""What a client of the daemon needs: questions that get an answer, and the stream."""

import os
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import msgpack
import zmq

from emgd.keys import ClientKey, KeyFault, load_client

Header = dict[str, Any]

VERSION = 1
STREAM_PORT = 5556
SESSIONS_KEPT = 64  # places where `seq` is remembered: topics times daemons, old ones forgotten
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
EVERY_ADDRESS = ("0.0.0.0", "*", "[::]")
KEY_VARIABLE = "EMGD_KEY"  # the path of the key file, where the daemon asks for one


class ClientError(Exception):
    """The daemon said no, or nothing; the sentence says what happened and what to do."""

    exit_code = 1


class NoAnswerError(ClientError):
    """Nobody answered at the endpoint, or somebody who is not the daemon."""

    exit_code = 3  # 2 says that the arguments are wrong


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the stream, taken apart."""

    topic: str
    header: Header
    payload: bytes


class Question:
    """One request on its way, on a socket of its own so that no late answer of another fits it."""

    def __init__(
        self,
        context: zmq.Context[Any],
        endpoint: str,
        request: Header,
        timeout_s: float,
        key: ClientKey | None = None,
    ):
        self._endpoint = endpoint
        self._do = request.get("do")
        self._timeout_s = timeout_s
        self._deadline_s = time.monotonic() + timeout_s
        packed = _pack(request)
        self._socket = context.socket(zmq.REQ)
        self._socket.linger = 0
        self._keyed = key is not None
        if key is not None:
            key.put_on(self._socket)
        try:
            self._socket.connect(endpoint)
            self._socket.send(packed)
        except zmq.ZMQError as error:
            self.close()
            raise ClientError(_bad_endpoint(endpoint, error)) from error

    def answer(self, wait_s: float = 0.0) -> Header | None:
        """Give the answer, or None while it is still on its way."""
        left_s = max(0.0, self._deadline_s - time.monotonic())
        if self._socket.poll(round(1000 * min(wait_s, left_s))):
            answer = _unpack(self._socket.recv())
            self.close()
            return self._read(answer)
        if time.monotonic() < self._deadline_s:
            return None
        self.close()
        key = (
            "is this key listed there (emgd keys --list)" if self._keyed else "has it keys (--key)"
        )
        raise NoAnswerError(
            f"no answer from {self._endpoint} within {self._timeout_s:g} s: is emgd running there? "
            "Start it with `emgd run`, or name its control endpoint with --control. "
            f"If it runs: {key}?"
        )

    def close(self) -> None:
        """Give the question up; safe to call twice."""
        self._socket.close()

    def _read(self, answer: object) -> Header:
        if not isinstance(answer, dict) or not isinstance(answer.get("ok"), bool):
            raise NoAnswerError(
                f"what answers at {self._endpoint} is not emgd: is another program on this port?"
            )
        if not answer["ok"]:
            raise ClientError(str(answer.get("error") or f"the daemon refused {self._do!r}"))
        return answer


class Control:
    """The daemon's control socket as a client sees it; never waits longer than `timeout_s`."""

    def __init__(self, endpoint: str, timeout_s: float = 2.0):
        self.endpoint = endpoint
        self._timeout_s = timeout_s
        self._key = given_key()
        self._context: zmq.Context[Any] = zmq.Context()

    def ask(self, do: str, **fields: object) -> Header:
        """Ask and wait for the answer; a refusal or a time-out is a `ClientError`."""
        question = self.begin(do, **fields)
        while True:
            answer = question.answer(self._timeout_s)
            if answer is not None:
                return answer

    def begin(self, do: str, **fields: object) -> Question:
        """Ask without waiting, for programs that have something else to do meanwhile."""
        request = {"do": do, **fields}
        return Question(self._context, self.endpoint, request, self._timeout_s, self._key)

    def close(self) -> None:
        """Give the sockets back; safe to call twice."""
        self._context.destroy(linger=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


class Subscription:
    """Messages of some topics, from one daemon or several, and a count of what was missed."""

    def __init__(self, endpoints: str | Iterable[str], topics: Iterable[str], keep: int = 10_000):
        self.missed: Counter[str] = Counter()  # by topic
        self.unreadable = 0
        self._last_seq: dict[tuple[object, str], int] = {}
        key = given_key()
        self._context: zmq.Context[Any] = zmq.Context()
        self._socket = self._context.socket(zmq.SUB)
        if key is not None:
            key.put_on(self._socket)
        self._keep = self._socket.rcvhwm = keep
        # A daemon whose PC lost power never says goodbye: without a heartbeat TCP waits for hours.
        self._socket.heartbeat_ivl = 1000
        self._socket.heartbeat_timeout = 5000
        self._socket.reconnect_ivl = 250
        for topic in topics:
            self._socket.subscribe(topic)
        for endpoint in [endpoints] if isinstance(endpoints, str) else endpoints:
            self._connect(endpoint)

    def receive(self, timeout_s: float = 0.0) -> Message | None:
        """Give the next message that can be read, or None when none came in time."""
        deadline_s = time.monotonic() + timeout_s
        for _ in range(self._keep):  # a flood of rubbish must not hold the caller
            left_s = max(0.0, deadline_s - time.monotonic())
            if not self._socket.poll(round(1000 * left_s)):
                break
            message = decode(self._socket.recv_multipart())
            if message is not None:
                self._count(message)
                return message
            self.unreadable += 1
        return None

    def wait(self, timeout_s: float) -> None:
        """Wait until something is there to be received, but no longer than that."""
        self._socket.poll(round(1000 * timeout_s))

    def close(self) -> None:
        """Give the socket back; safe to call twice."""
        self._context.destroy(linger=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _connect(self, endpoint: str) -> None:
        try:
            self._socket.connect(endpoint)
        except zmq.ZMQError as error:
            self.close()
            raise ClientError(_bad_endpoint(endpoint, error)) from error

    def _count(self, message: Message) -> None:
        """Count the numbers that `seq` skipped; what comes before is what joining late costs."""
        seq = message.header.get("seq")
        if not isinstance(seq, int):
            return
        place = (repr(message.header.get("session")), message.topic)
        last = self._last_seq.pop(place, seq)
        self.missed[message.topic] += max(0, seq - last - 1)
        self._last_seq[place] = max(seq, last)
        if len(self._last_seq) > SESSIONS_KEPT:
            del self._last_seq[next(iter(self._last_seq))]


def given_key() -> ClientKey | None:
    """The key that the user gave, if any; ClientError where it is none."""
    path = os.environ.get(KEY_VARIABLE)
    try:
        return load_client(Path(path)) if path else None
    except KeyFault as fault:
        raise ClientError(str(fault)) from fault


def decode(parts: list[bytes]) -> Message | None:
    """Take the parts of a message apart; None where they are no message of this version."""
    if len(parts) != 3:
        return None
    try:
        header = _unpack(parts[1])
        topic = parts[0].decode("ascii")
    except UnicodeDecodeError:
        return None
    if not isinstance(header, dict) or header.get("v") != VERSION:
        return None
    return Message(topic, header, parts[2])


def stream_endpoint(status: Header, control: str) -> str:
    """Where a client that reached `control` can subscribe, out of what the daemon has bound."""
    host = _host(control)
    bound = status.get("endpoints")
    for endpoint in bound if isinstance(bound, list) else []:
        reachable = _reachable(endpoint, host) if isinstance(endpoint, str) else None
        if reachable is not None:
            return reachable
    return f"tcp://{host}:{STREAM_PORT}"


def _reachable(endpoint: str, host: str) -> str | None:
    """Give the endpoint as the client has to name it; None where it is on another PC's inside."""
    local = host in LOOPBACK
    if endpoint.startswith("ipc://"):
        return endpoint if local and Path(endpoint.removeprefix("ipc://")).exists() else None
    if not endpoint.startswith("tcp://"):
        return None
    bound = _host(endpoint)
    if bound in EVERY_ADDRESS:
        return endpoint.replace(bound, host, 1)
    return endpoint if local or bound not in LOOPBACK else None


def _host(endpoint: str) -> str:
    """Give the host of a tcp endpoint with its brackets; anything else is on this PC."""
    if not endpoint.startswith("tcp://"):
        return LOOPBACK[0]
    return endpoint.removeprefix("tcp://").rpartition(":")[0] or LOOPBACK[0]


def _pack(request: Header) -> bytes:
    try:
        return bytes(msgpack.packb(request))
    except (TypeError, ValueError, OverflowError) as error:
        raise ClientError(f"the request {request.get('do')!r} cannot be sent: {error}") from error


def _unpack(data: bytes) -> object:
    """Decode msgpack; None where it is none."""
    try:
        return msgpack.unpackb(data, strict_map_key=False, unicode_errors="replace")
    except (ValueError, TypeError, msgpack.UnpackException, RecursionError, OverflowError):
        return None


def _bad_endpoint(endpoint: str, error: zmq.ZMQError) -> str:
    return (
        f"{endpoint!r} is no endpoint to connect to ({zmq.strerror(error.errno or 0)}): "
        "write it as tcp://host:port or ipc:///path."
    )
