"""The MCAP container: small chunks, each a whole of its own, and the index at the end.

The library's records are used, not its `Writer`: that one keeps a Python object for every chunk
until the end (22 MB an hour at ten chunks a second) and cannot leave a failed chunk behind.
"""

import struct
import zlib
from collections.abc import Callable, Mapping, Sequence

from mcap.opcode import Opcode
from mcap.records import (
    Channel,
    Chunk,
    DataEnd,
    Header,
    McapRecord,
    MessageIndex,
    Metadata,
    MetadataIndex,
    Schema,
)

from emgd.recorder.entry import Entry
from emgd.recorder.index import MAGIC, Index, record_bytes
from emgd.recorder.schemas import TOPICS, schema_of

PROFILE = "emgd"
ENCODING = "msgpack"

_MESSAGE = struct.Struct("<BQHIQQ")  # opcode, length, channel, sequence, log time, publish time
_FIXED = _MESSAGE.size - 9

Schemas = Callable[[str], tuple[str, bytes]]


class McapWriter:
    """Writes one file through `write`, which takes all of its bytes or raises."""

    def __init__(self, write: Callable[[bytes], object], schemas: Schemas = schema_of) -> None:
        self.size = 0  # bytes that make up a readable file, short of the index
        self._write = write
        self._schemas = schemas
        self._schema_ids: dict[str, int] = {}
        self._channels: dict[str, Channel] = {}
        self._index = Index()

    def begin(self, software: str, metadata: Mapping[str, Mapping[str, str]]) -> None:
        """Write the head: what wrote it, metadata, and the layouts of all known topics."""
        head = MAGIC + record_bytes(Header(PROFILE, software))
        for name, values in metadata.items():
            record = record_bytes(Metadata(name, dict(values)))
            self._index.metadata(MetadataIndex(len(head), len(record), name))
            head += record
        for topic in TOPICS:
            head += record_bytes(*self._register(topic))
        self._put(head)

    def chunk(self, entries: Sequence[Entry]) -> None:
        """Write the messages as one chunk; where that fails, the file counts as before."""
        for topic in {entry.topic for entry in entries} - self._channels.keys():
            self._put(record_bytes(*self._register(topic)))
        content, places = self._content(entries)
        times = [entry.log_ns for entry in entries]
        chunk = Chunk(
            compression="",
            data=content,
            message_start_time=min(times),
            message_end_time=max(times),
            uncompressed_crc=zlib.crc32(content),
            uncompressed_size=len(content),
        )
        start, body = self.size, record_bytes(chunk)
        tables: dict[int, int] = {}
        for channel_id, table in places.items():
            tables[channel_id] = start + len(body)
            body += record_bytes(MessageIndex(channel_id, table))
        self._put(body)
        counts = {channel_id: len(table) for channel_id, table in places.items()}
        self._index.chunk(chunk, (start, len(body)), tables, counts)

    def finish(self) -> None:
        """Write the index that lets other programs find their way in the file."""
        schemas: dict[int, Schema] = {}
        for topic, channel in self._channels.items():
            name, text = self._schemas(topic)
            schemas[channel.schema_id] = Schema(channel.schema_id, text, "jsonschema", name)
        end = record_bytes(DataEnd(0))
        self._write(end)
        size = self.size + len(end)
        channels = list(self._channels.values())
        for piece in self._index.pieces(size, list(schemas.values()), channels):
            self._write(piece)
            size += len(piece)
        self.size = size

    def _put(self, data: bytes) -> None:
        self._write(data)
        self.size += len(data)

    def _register(self, topic: str) -> list[McapRecord]:
        name, text = self._schemas(topic)
        records: list[McapRecord] = []
        if name not in self._schema_ids:
            self._schema_ids[name] = len(self._schema_ids) + 1
            records.append(Schema(self._schema_ids[name], text, "jsonschema", name))
        channel = Channel(len(self._channels) + 1, topic, ENCODING, {}, self._schema_ids[name])
        self._channels[topic] = channel
        return [*records, channel]

    def _content(self, entries: Sequence[Entry]) -> tuple[bytes, dict[int, list[tuple[int, int]]]]:
        parts: list[bytes] = []
        places: dict[int, list[tuple[int, int]]] = {}
        at = 0
        for topic, log_ns, sequence, data in entries:
            channel_id = self._channels[topic].id
            length = _FIXED + len(data)
            parts.append(
                _MESSAGE.pack(Opcode.MESSAGE, length, channel_id, sequence, log_ns, log_ns)
            )
            parts.append(data)
            places.setdefault(channel_id, []).append((log_ns, at))
            at += 9 + length
        return b"".join(parts), places
