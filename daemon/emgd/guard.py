"""Who gets in: CURVE on the daemon's sockets, answered for by the list of clients."""

import logging
import threading
from pathlib import Path

import zmq

from emgd.keys import CLIENTS, KeyFault, load_clients, load_daemon

_ENDPOINT = "inproc://zeromq.zap.01"  # fixed by ZeroMQ's RFC 27
_POLL_MS = 200
_HANDSHAKE_MS = 5000  # a stranger who connects and says nothing is dropped

_log = logging.getLogger(__name__)


class Guard:
    """Keeps strangers out. Its thread answers libzmq's question for each client that shakes hands.

    Nothing else waits for that thread: a flood of strangers costs them their own connections.
    """

    def __init__(self, context: "zmq.Context[zmq.Socket[bytes]]", folder: Path) -> None:
        self._pair = load_daemon(folder)
        self._path = folder / CLIENTS
        self._listed = {key: name for name, key in load_clients(self._path).items()}
        self._seen_ns = self._path.stat().st_mtime_ns
        self._socket = context.socket(zmq.REP)
        self._socket.linger = 0
        self._socket.bind(_ENDPOINT)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="guard", daemon=True)
        self._thread.start()

    def protect(self, socket: "zmq.Socket[bytes]") -> None:
        """Let only listed clients connect to a socket that is not bound yet."""
        socket.curve_server = True
        socket.curve_secretkey = self._pair.secret
        socket.curve_publickey = self._pair.public
        socket.zap_domain = b"emgd"
        socket.handshake_ivl = _HANDSHAKE_MS

    def close(self) -> None:
        """End the thread."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        with self._socket:
            while not self._closing.is_set():
                if self._socket.poll(_POLL_MS):
                    self._answer(self._socket.recv_multipart())

    def _answer(self, question: list[bytes]) -> None:
        """By ZeroMQ's RFC 27: version, id, domain, address, identity, mechanism, the key."""
        version, ticket, _, address, _, mechanism, *credentials = question
        name = None
        if mechanism == b"CURVE" and credentials:
            name = self._name_of(zmq.utils.z85.encode(credentials[0]))
        if name is None:
            where = address.decode(errors="replace")
            _log.warning("a client with a key that is not listed was refused (%s)", where)
            answer = [b"400", b"this key is not listed", b""]
        else:
            answer = [b"200", b"", name.encode()]
        self._socket.send_multipart([version, ticket, *answer, b""])

    def _name_of(self, key: bytes) -> str | None:
        """The list counts as it is on the disk, so that nobody has to start the daemon again."""
        try:
            changed_ns = self._path.stat().st_mtime_ns
            if changed_ns != self._seen_ns:
                self._listed = {key: name for name, key in load_clients(self._path).items()}
                self._seen_ns = changed_ns
        except (OSError, KeyFault) as fault:
            _log.error("the list of clients cannot be read, the one before counts: %s", fault)
        return self._listed.get(key)
