"""Who gets in: CURVE on the daemon's sockets, answered for by the list of clients."""

import logging
import threading
from pathlib import Path

import zmq
from zmq.utils.monitor import parse_monitor_message

from emgd.keys import CLIENTS, KeyFault, load_clients, load_daemon

_ENDPOINT = "inproc://zeromq.zap.01"  # fixed by ZeroMQ's RFC 27
_POLL_MS = 200
_HANDSHAKE_MS = 5000  # a stranger who connects and says nothing is dropped
_FAILED = int(zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL)
_PROTOCOL = {
    int(zmq.PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC): "its keys are not those of this daemon",
    int(zmq.PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH): "it uses no keys",
}

_log = logging.getLogger(__name__)


class Guard:
    """Keeps strangers out, and tells of them.

    Its thread answers libzmq's question for each client that shakes hands, and hears of those that
    never get so far. Nothing else waits for that thread: a flood of strangers costs them their own
    connections.
    """

    def __init__(self, context: "zmq.Context[zmq.Socket[bytes]]", folder: Path) -> None:
        self._pair = load_daemon(folder)
        self._path = folder / CLIENTS
        self._listed = {key: name for name, key in load_clients(self._path).items()}
        self._seen_ns = self._path.stat().st_mtime_ns
        self._context = context
        self._questions = context.socket(zmq.REP)
        self._questions.linger = 0
        self._questions.bind(_ENDPOINT)
        self._heard: list[zmq.Socket[bytes]] = []
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="guard", daemon=True)

    def protect(self, socket: "zmq.Socket[bytes]") -> None:
        """Let only listed clients connect to a socket that is not bound yet."""
        socket.curve_server = True
        socket.curve_secretkey = self._pair.secret
        socket.curve_publickey = self._pair.public
        socket.zap_domain = b"emgd"
        socket.handshake_ivl = _HANDSHAKE_MS
        address = f"inproc://refused-{len(self._heard)}"
        socket.monitor(address, _FAILED)
        heard = self._context.socket(zmq.PAIR)
        heard.linger = 0
        heard.rcvhwm = 0  # libzmq waits where this end is full, and samples with it
        heard.connect(address)
        self._heard.append(heard)

    def start(self) -> None:
        """Begin to answer; all sockets are protected."""
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._closing.set()
        if self._thread.ident is not None:
            self._thread.join()
        for socket in (self._questions, *self._heard):
            socket.close()

    def _run(self) -> None:
        poller = zmq.Poller()
        for socket in (self._questions, *self._heard):
            poller.register(socket, zmq.POLLIN)
        while not self._closing.is_set():
            for socket, _ in poller.poll(_POLL_MS):
                message = socket.recv_multipart()
                if socket is self._questions:
                    self._answer(message)
                else:
                    _tell_failed(message)

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
        self._questions.send_multipart([version, ticket, *answer, b""])

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


def _tell_failed(message: list[bytes]) -> None:
    """A stranger who never came to be asked for a key; libzmq does not say from where."""
    event = parse_monitor_message(message)
    where = event["endpoint"].decode(errors="replace")
    if event["event"] == zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL:
        why = _PROTOCOL.get(event["value"], "it does not speak as a client does")
        words = f"a client was refused at {where}: {why} (emgd keys makes them)"
    else:
        words = f"somebody came to {where} and never said who it is: hung up"
    _log.warning("%s", words)  # whole, so that floods are summed up by what was wrong
