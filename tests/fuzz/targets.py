"""What is fuzzed: each target takes any bytes, and whatever it raises is a finding."""

import contextlib
import json
import tempfile
from collections.abc import Callable
from concurrent.futures import Future
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import msgpack
import zmq
from emgd.config import ConfigError, load
from emgd.control import Control
from emgd.recording import RecordingFault
from emgd.recording import open as open_recording
from emgd.recording.info import overview
from emgd.recordings import Recordings
from emgd.shared import Shared
from mcap.writer import Writer as McapWriter
from mcubridge.frame import FrameReader, encode
from mcubridge.messages import MessageError, decode

Target = Callable[[bytes], None]
MAGIC = b"\x89MCAP0\r\n"
TOPICS = [
    "meta",
    "raw",
    "gap",
    "tick",
    "mark",
    "onset",
    "interval",
    "retract",
    "health",
    "recording",
]
_MOST_KEPT = 4096  # bytes of a frame under way: the link's limit is 2048 before stuffing


def link() -> tuple[Target, list[bytes]]:
    """Bytes from a board, as they are and as the body of a sound frame."""
    reader = FrameReader()

    def take(data: bytes) -> None:
        cut = data[0] if data else 0
        for piece in (data[:cut], data[cut:], encode(data[:2000])):
            for message in reader.feed(piece):
                with contextlib.suppress(MessageError):
                    decode(message)
        assert len(reader._tail) < _MOST_KEPT, "the reader grows"

    ping = bytes.fromhex("04870701010101010101038fef00")
    return take, [ping, bytes(40), b"\x02\0" + bytes(13) + b"\xc0\0\0" * 9]


def control() -> tuple[Target, list[bytes]]:
    """A request to the control socket."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    shared = Shared(0)
    asked = Control(context, "inproc://fuzz", shared, "none:", cast(Recordings, Refusing()), {})

    def take(data: bytes) -> None:
        answer = asked._answer([data])
        assert isinstance(answer, Future) or isinstance(answer.get("ok"), bool)
        assert isinstance(answer, Future) or answer.get("code") != "internal", answer
        while not shared.commands.empty():
            shared.commands.get_nowait()

    words = [{"do": do, "label": "a", "value": 1, "t_ns": 5, "number": 3} for do in asked._handlers]
    return take, [msgpack.packb(word) for word in words]


class Refusing:
    """Recordings that are always busy."""

    def start(self, _request: Any) -> "Future[dict[str, Any]]":
        return Future()

    def stop(self, _request: Any) -> "Future[dict[str, Any]]":
        return Future()


def config() -> tuple[Target, list[bytes]]:
    """A configuration file."""
    path = Path(tempfile.mkdtemp()) / "emgd.toml"

    def take(data: bytes) -> None:
        path.write_bytes(data)
        with contextlib.suppress(ConfigError):
            load(path)

    shipped = Path(__file__).parents[2] / "systemd" / "emgd.toml"
    return take, [b"[board]\nrate_hz = 250\ngain = [1, 2]\n", shipped.read_bytes()[:2000]]


def recording() -> tuple[Target, list[bytes]]:
    """A file that is said to be a recording: any bytes, or sound records with any messages."""
    path = Path(tempfile.mkdtemp()) / "film.mcap"

    def take(data: bytes) -> None:
        path.write_bytes(_container(data[1:]) if data[:1] > b"\x7f" else MAGIC + data[1:])
        with contextlib.suppress(RecordingFault):
            found = overview(open_recording(path))
            assert found.table()
            json.dumps(found.as_map(), default=repr)
            for _ in open_recording(path).items():
                pass

    meta = {"rate_hz": 1000, "channels": [{"name": "c1", "uv_per_count": 0.02}]}
    raw = {"first": 0, "n": 2, "t_ns": 5, "step_ns": 1e6, "data": bytes(8), "status": bytes(6)}
    said = [("meta", meta), ("raw", raw), ("gap", {"first": 2, "missing": 9, "reason": "lost"})]
    packed = [bytes([TOPICS.index(topic)]) + msgpack.packb(fields) for topic, fields in said]
    sound = b"".join(len(one).to_bytes(2) + one for one in packed)
    return take, [
        b"\0" + bytes(30),
        b"\0\x01\x0c\0\0\0\0\0\0\0\x04\0\0\0emgd\0\0\0\0",
        b"\xff" + sound,
    ]


def _container(data: bytes) -> bytes:
    """An MCAP file that is whole, with messages of these bytes: size, topic, what it says."""
    file = BytesIO()
    writer = McapWriter(file, use_chunking=False)
    writer.start("", "fuzz")
    channels = [writer.register_channel(topic, "msgpack", 0) for topic in TOPICS]
    while len(data) > 3:
        size = int.from_bytes(data[:2]) % 600
        topic, message, data = data[2], data[3 : 2 + size], data[2 + size :]
        writer.add_message(channels[topic % len(channels)], 5, message, 5)
    writer.finish()
    return file.getvalue()


TARGETS: dict[str, Callable[[], tuple[Target, list[bytes]]]] = {
    "link": link,
    "control": control,
    "config": config,
    "recording": recording,
}
