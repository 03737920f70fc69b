"""The stream: one ZeroMQ socket that everything goes out of. Used by one thread."""

import contextlib
import errno
import socket as net
import time
from collections.abc import Callable, Sequence

import zmq

_SUBSCRIBE = b"\x01"
_UNSUBSCRIBE = b"\x00"
_AGAIN_S = 0.001
_LAST = int(zmq.DONTWAIT)  # whole numbers: combining zmq's enums costs as much as sending
_MORE = int(zmq.SNDMORE) | _LAST
_META = b"meta"
_MOST_BYTES = 1 << 16  # of a subscription; libzmq hangs up on whoever sends more
_REQUESTS_AT_A_TIME = 200  # a client that asks without end must not keep the samples waiting


Protect = Callable[["zmq.Socket[bytes]"], None]  # lets only certain clients in


def unprotected(_socket: "zmq.Socket[bytes]") -> None:
    """Everybody who reaches the endpoint gets in."""


class EndpointError(Exception):
    """An endpoint cannot be bound; the sentence says which, why and what to do."""


def bind(socket: "zmq.Socket[bytes]", endpoint: str, key: str) -> str:
    """Bind and give the endpoint as it became, with the port that the system chose for 0."""
    try:
        if _is_served(endpoint):
            raise zmq.ZMQError(errno.EADDRINUSE)
        socket.bind(endpoint)
    except zmq.ZMQError as error:
        hint = {
            errno.EADDRINUSE: "something else has it: another emgd? (`emgd status` tells)",
            errno.EACCES: "this user may not use it",
            errno.EADDRNOTAVAIL: "no network interface of this PC has that address",
            errno.ENODEV: "this PC has no network interface of that name",
            errno.EINVAL: "it is no endpoint: tcp://127.0.0.1:5556 and ipc:///run/emgd/x are",
            errno.EPROTONOSUPPORT: "tcp:// and ipc:// are supported",
        }.get(error.errno or 0, error.strerror)
        raise EndpointError(
            f"{key}: cannot bind {endpoint}: {hint}. Choose another one with --{key}."
        ) from error
    bound = socket.getsockopt(zmq.LAST_ENDPOINT)
    return bound.rstrip(b"\0").decode() if isinstance(bound, bytes) else endpoint


def _is_served(endpoint: str) -> bool:
    """Whether somebody listens at an ipc:// endpoint: libzmq would take it away unasked."""
    scheme, _, path = endpoint.partition("://")
    if scheme != "ipc" or path in ("", "*"):
        return False
    with net.socket(net.AF_UNIX) as probe:
        probe.setblocking(False)
        try:
            probe.connect("\0" + path[1:] if path[0] == "@" else path)
        except BlockingIOError:  # too many wait to be heard
            return True
        except OSError:  # nobody there, or a file that an ended one left behind
            return False
    return True


class Publisher:
    """An XPUB socket in manual mode: nobody gets a sample before the `meta` that explains it.

    A subscription counts only once the daemon grants it, and libzmq applies it to the pipe that
    the request came through: that pipe is given `meta`, and nothing can go out in between.
    """

    def __init__(
        self,
        context: "zmq.Context[zmq.Socket[bytes]]",
        endpoints: Sequence[str],
        hwm: int,
        patience_s: float = 0.0,
        protect: Protect = unprotected,
    ) -> None:
        self.dropped = 0  # times that a subscriber was full and began to lose messages
        self.linger_s = 0.0  # how long the last messages may take once it is closed
        self._patience_s = patience_s
        self._socket = context.socket(zmq.XPUB)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.SNDHWM, hwm)
        self._socket.setsockopt(zmq.MAXMSGSIZE, _MOST_BYTES)
        self._socket.setsockopt(zmq.XPUB_MANUAL, 1)
        self._socket.setsockopt(zmq.XPUB_VERBOSER, 1)
        self._socket.setsockopt(zmq.XPUB_NODROP, 1)
        protect(self._socket)
        try:
            self.endpoints = [bind(self._socket, endpoint, "stream") for endpoint in endpoints]
        except EndpointError:
            self._socket.close()
            raise

    def send(self, topic: bytes, header: bytes, payload: bytes | memoryview = b"") -> None:
        """Publish. A full subscriber loses this message, the others get it.

        Never waits, unless the samples can: those of a recording do, as long as the patience goes.
        """
        send = self._socket.send
        try:
            send(topic, _MORE)
        except zmq.Again:
            if not (self._patience_s and self._send_later(topic)):
                self.dropped += 1
                self._socket.setsockopt(zmq.XPUB_NODROP, 0)
                send(topic, _MORE)
                self._socket.setsockopt(zmq.XPUB_NODROP, 1)
        send(header, _MORE)
        send(payload, _LAST)

    def _send_later(self, topic: bytes) -> bool:
        until = time.monotonic() + self._patience_s
        while time.monotonic() < until:
            time.sleep(_AGAIN_S)
            with contextlib.suppress(zmq.Again):
                self._socket.send(topic, _MORE)
                return True
        return False

    def serve(self, meta: Callable[[], bytes | None]) -> None:
        """Grant the subscriptions that came; `meta` gives the header of the newest, if any."""
        for _ in range(_REQUESTS_AT_A_TIME):
            if not self._socket.poll(0):
                return
            request = self._socket.recv()
            kind, topic = request[:1], request[1:]
            if kind == _SUBSCRIBE:
                self._grant(topic, meta())
            elif kind == _UNSUBSCRIBE:
                self._socket.setsockopt(zmq.UNSUBSCRIBE, topic)

    def _grant(self, topic: bytes, meta: bytes | None) -> None:
        """All who have `meta` get it again; it says nothing twice.

        Both grants come straight after the request was read: any other call may find that some
        other subscriber left, and libzmq then forgets whose request it was.
        """
        self._socket.setsockopt(zmq.SUBSCRIBE, _META)
        self._socket.setsockopt(zmq.SUBSCRIBE, topic)
        if meta is not None:
            self.send(_META, meta)

    def close(self) -> None:
        """Give the endpoints back."""
        self._socket.close(round(self.linger_s * 1000))
