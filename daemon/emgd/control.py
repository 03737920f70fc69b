"""The control socket: one question, one answer, whatever bytes arrive."""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

import msgpack
import zmq

from emgd.mvcrequests import mvc_requests
from emgd.publish import Protect, bind, unprotected
from emgd.recorder.trouble import RecordError
from emgd.recordings import Recordings
from emgd.refusal import Refused
from emgd.shared import Mark, Shared, ShowNumber, Tune

_MAX_REQUEST = 1 << 20
_MOST_BYTES = 1 << 27  # so much is read to be refused; libzmq hangs up on whoever sends more
_MOST_WAITING = 8  # requests of one client that are kept until it is their turn
_MOST_PROMISED = 100  # answers that wait for a disk or a board
_MAX_LABEL = 200
_POLL_MS = 100
_POLL_PROMISED_MS = 10
_MAX_AHEAD_S = 10.0

_log = logging.getLogger(__name__)

Answer = dict[str, Any]
Promise = Answer | Future[Answer]
Handler = Callable[[Mapping[str, Any]], Promise]


class Control:
    """A ROUTER that answers from what acquire shares, and hands it commands."""

    def __init__(
        self,
        context: "zmq.Context[zmq.Socket[bytes]]",
        endpoint: str,
        shared: Shared,
        tube: str,
        recordings: Recordings,
        extra_status: Mapping[str, Any],
        protect: Protect = unprotected,
    ) -> None:
        self._shared = shared
        self._tube = tube
        self._extra_status = dict(extra_status)
        mvc = mvc_requests(shared)
        self._later = frozenset({"record.start", "record.stop", "spotter.set", *mvc})
        self._handlers: dict[str, Handler] = {
            "status": self._status,
            "mark": self._mark,
            "clock": self._clock,
            "tube.set": self._tube_set,
            "board.read": self._board_read,
            "record.start": recordings.start,
            "record.stop": recordings.stop,
            **mvc,
            "spotter.set": self._spotter_set,
        }
        self._promised: list[tuple[list[bytes], Future[Answer]]] = []
        self._socket = context.socket(zmq.ROUTER)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.MAXMSGSIZE, _MOST_BYTES)
        self._socket.setsockopt(zmq.RCVHWM, _MOST_WAITING)
        protect(self._socket)
        try:
            self.endpoint = bind(self._socket, endpoint, "control")
        except Exception:
            self._socket.close()
            raise
        self._extra_status["control"] = self.endpoint

    def serve(self) -> None:
        """Answer what comes within a tenth of a second, and what others have found out."""
        if self._socket.poll(_POLL_PROMISED_MS if self._promised else _POLL_MS):
            parts = self._socket.recv_multipart(copy=False)
            client, *frames = (bytes(part.buffer[: _MAX_REQUEST + 1]) for part in parts)
            envelope, body = _open(frames)
            self._send([client, *envelope], self._answer(body))
        for promise in [promise for promise in self._promised if promise[1].done()]:
            self._promised.remove(promise)
            to, found = promise
            self._send(to, _answered(found.result))

    def _send(self, to: list[bytes], answer: Promise) -> None:
        if isinstance(answer, Future):
            self._promised.append((to, answer))
            return
        try:
            self._socket.send_multipart([*to, _pack(answer)], zmq.DONTWAIT)
        except zmq.ZMQError as error:
            _log.info("an answer could not be sent: %s", error)

    def close(self) -> None:
        """Give the endpoint back."""
        self._socket.close()

    def _answer(self, frames: list[bytes]) -> Promise:
        return _answered(lambda: self._handle(_read(frames)))

    def _handle(self, request: dict[str, Any]) -> Promise:
        handler = self._handlers.get(request["do"])
        if handler is None:
            raise Refused(
                "unknown",
                f"there is no {request['do'][:60]!r}; there are {', '.join(self._handlers)}",
            )
        if request["do"] in self._later and len(self._promised) >= _MOST_PROMISED:
            raise Refused(
                "busy", f"{len(self._promised)} requests wait for their answers: ask again later"
            )
        return handler(request)

    # -- requests

    def _status(self, _request: Mapping[str, Any]) -> Answer:
        shared = self._shared
        return {
            "state": shared.state,
            "meta": shared.meta,
            "health": shared.health,
            **self._extra_status,
        }

    def _mark(self, request: Mapping[str, Any]) -> Answer:
        label = request.get("label")
        if not isinstance(label, str) or not 1 <= len(label) <= _MAX_LABEL:
            raise Refused("bad_label", f"mark: give a label, a text of 1 to {_MAX_LABEL} letters")
        value = request.get("value")
        if not isinstance(value, (int, float, str)) and value is not None:
            raise Refused("bad_value", "mark: value must be a number or a text")
        t_ns = request.get("t_ns")
        if t_ns is None:
            t_ns = self._shared.now_ns()
        elif type(t_ns) is not int or not 0 <= t_ns < 1 << 63:
            raise Refused("bad_time", "mark: t_ns must be UTC nanoseconds, a whole number")
        ahead_s = (t_ns - self._shared.now_ns()) / 1e9
        if ahead_s > _MAX_AHEAD_S:
            raise Refused(
                "bad_time",
                f"mark: t_ns lies {ahead_s:.1f} s ahead of the daemon's clock; ask it for that "
                "with {'do': 'clock'} and correct for the difference",
            )
        line = self._shared.line
        if line is None:
            raise Refused(
                "no_samples", "there is no sample to mark: the board has not sent any yet"
            )
        sample = line.index_at(t_ns)
        if sample < 0:
            raise Refused(
                "bad_time",
                f"mark: t_ns lies {-sample} samples before the first one of this session",
            )
        self._shared.commands.put(Mark(label, value, sample, t_ns, "control"))
        return {"sample": sample, "t_ns": t_ns}

    def _clock(self, _request: Mapping[str, Any]) -> Answer:
        return {"t_ns": self._shared.now_ns()}

    def _tube_set(self, request: Mapping[str, Any]) -> Answer:
        number = _whole(request, "tube.set", "number", 0, 0xFFFFFFFF)
        if self._tube == "none:":
            raise Refused("no_tube", "tube.set: the daemon runs with --tube none:")
        board = self._shared.board
        if self._tube == "board:" and (board is None or self._shared.state != "streaming"):
            raise Refused("no_board", "tube.set: no board is connected that could show a number")
        if self._tube == "board:" and board is not None and not board.has_tube:
            raise Refused("no_tube", "tube.set: the board says that it has no digital tube")
        self._shared.commands.put(ShowNumber(number))
        return {}

    def _spotter_set(self, request: Mapping[str, Any]) -> Promise:
        command = Tune({str(key): value for key, value in request.items() if key != "do"})
        self._shared.commands.put(command)
        return command.answer

    def _board_read(self, request: Mapping[str, Any]) -> Answer:
        address = _whole(request, "board.read", "address", 0, 0xFF)
        count = _whole(request, "board.read", "count", 1, 0x100)
        board = self._shared.board
        if board is None:
            raise Refused("no_board", "board.read: no board was connected yet")
        missing = [at for at in range(address, address + count) if at not in board.registers]
        if missing:
            raise Refused(
                "no_register", f"board.read: the board has no register 0x{missing[0]:02X}"
            )
        return {"values": [board.registers[at] for at in range(address, address + count)]}


def _answered(handle: Callable[[], Promise]) -> Promise:
    """An answer with its `ok`, whatever becomes of the handling; a promise is handed on."""
    try:
        answer = handle()
        return answer if isinstance(answer, Future) else {"ok": True, **answer}
    except (Refused, RecordError) as refusal:
        return {"ok": False, "code": refusal.code, "error": str(refusal)}
    except Exception:  # noqa: BLE001  # never silence, never a crash
        _log.exception("a request on the control socket could not be answered")
        return {
            "ok": False,
            "code": "internal",
            "error": "the daemon failed over this request; its log says where. It goes on.",
        }


def _whole(request: Mapping[str, Any], do: str, name: str, low: int, high: int) -> int:
    value = request.get(name)
    if type(value) is not int or not low <= value <= high:
        raise Refused("bad_argument", f"{do}: {name} must be a whole number from {low} to {high}")
    return value


def _open(frames: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """The envelope to answer with, and what was said: REQ sends an empty frame first."""
    if len(frames) > 1 and not frames[0]:
        return [b""], frames[1:]
    return [], frames


def _read(frames: list[bytes]) -> dict[str, Any]:
    """A request, or a refusal that says what a request is."""
    if len(frames) != 1:
        raise Refused("bad_request", f"one msgpack map was expected, {len(frames)} frames came")
    if len(frames[0]) > _MAX_REQUEST:
        _log.warning("a request of more than %d bytes was refused", _MAX_REQUEST)
        raise Refused("bad_request", f"a request has {_MAX_REQUEST} bytes at most: this has more")
    try:
        request = msgpack.unpackb(frames[0])
    except (ValueError, msgpack.UnpackException, RecursionError, TypeError) as error:
        raise Refused("bad_request", f"this is no msgpack: {error}") from error
    if not isinstance(request, dict) or not isinstance(request.get("do"), str):
        raise Refused(
            "bad_request", 'a request is one msgpack map with "do", such as {"do": "status"}'
        )
    return request


def _pack(answer: Answer) -> bytes:
    packed: bytes = msgpack.packb(answer)
    return packed
