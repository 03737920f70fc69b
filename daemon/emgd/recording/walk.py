"""Through the records of an MCAP file as far as they are whole: torn files are read as they are."""

import os
import struct
import zlib
from collections.abc import Container, Iterator
from io import BytesIO
from typing import BinaryIO

from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.opcode import Opcode
from mcap.records import Channel, Chunk, Metadata, Schema
from mcap.stream_reader import CRCValidationError, get_chunk_data_stream

from emgd.recorder.entry import Entry
from emgd.recorder.index import MAGIC

_HEAD = struct.Struct("<BQ")
_MESSAGE = struct.Struct("<BQHIQQ")  # its head, channel, sequence, log time, publish time
_FIXED = _MESSAGE.size - _HEAD.size
_CHUNK = struct.Struct("<QQQII")  # times of first and last, size, CRC, length of the compression
_LENGTH = struct.Struct("<Q")
_BROKEN = (McapError, CRCValidationError, ValueError, struct.error, zlib.error, RuntimeError)


class Walk:
    """One way through a file; what was found on it is known when it has ended."""

    def __init__(self, stream: BinaryIO, topics: Container[str] | None = None) -> None:
        self.metadata: dict[str, dict[str, str]] = {}
        self.schemas: dict[int, Schema] = {}
        self.channels: dict[int, Channel] = {}
        self.bad_chunks = 0
        self.unread_bytes = 0  # at the end, of a record that is not whole
        self.closed = False  # messages and index came to their end
        self._stream = stream
        self._topics = topics  # the others are passed over
        self._size = os.fstat(stream.fileno()).st_size

    def chunks(self) -> Iterator[list[Entry]]:
        """The messages, a chunk at a time, in the order they were written."""
        for opcode, body in self._records():
            if opcode == Opcode.CHUNK:
                entries = self._chunk(body)
                if entries is None:
                    self.bad_chunks += 1
                elif entries:
                    yield entries
            elif opcode == Opcode.MESSAGE:
                yield list(self._messages(_HEAD.pack(opcode, len(body)) + body))
            elif opcode == Opcode.DATA_END:
                self.closed = self._ends_well()
                return
            else:
                self._absorb(opcode, body)

    def _records(self) -> Iterator[tuple[int, bytes]]:
        at = len(self._stream.read(len(MAGIC)))
        while at + _HEAD.size <= self._size:
            opcode, length = _HEAD.unpack(self._stream.read(_HEAD.size))
            if opcode == 0 or length > self._size - at - _HEAD.size:
                break
            body = self._stream.read(length)
            if len(body) < length:
                break
            at += _HEAD.size + length
            yield opcode, body
        self.unread_bytes = self._size - at

    def _ends_well(self) -> bool:
        """Whether the index behind the messages is there too."""
        self._stream.seek(self._size - len(MAGIC))
        return self._stream.read(len(MAGIC)) == MAGIC

    def _chunk(self, body: bytes) -> list[Entry] | None:
        try:
            return list(self._messages(_content(body)))
        except _BROKEN:
            return None

    def _messages(self, content: bytes) -> Iterator[Entry]:
        at, size, known, topics = 0, len(content), self.channels, self._topics
        while at + _MESSAGE.size <= size:
            opcode, length, channel_id, sequence, log_ns, _ = _MESSAGE.unpack_from(content, at)
            begin = at + _HEAD.size
            at = begin + length
            if opcode != Opcode.MESSAGE:
                self._absorb(opcode, content[begin:at])
            elif length >= _FIXED and at <= size and (channel := known.get(channel_id)):
                topic = channel.topic
                if topics is None or topic in topics:
                    yield Entry(topic, log_ns, sequence, content[begin + _FIXED : at])

    def _absorb(self, opcode: int, body: bytes) -> None:
        try:
            if opcode == Opcode.METADATA:
                metadata = Metadata.read(_stream(body))
                self.metadata[metadata.name] = metadata.metadata
            elif opcode == Opcode.SCHEMA:
                schema = Schema.read(_stream(body))
                self.schemas[schema.id] = schema
            elif opcode == Opcode.CHANNEL:
                channel = Channel.read(_stream(body))
                self.channels[channel.id] = channel
        except _BROKEN:
            self.bad_chunks += 1


def _stream(body: bytes) -> ReadDataStream:
    return ReadDataStream(BytesIO(body))


def _content(body: bytes) -> bytes:
    """The records in a chunk; what we write is not compressed, and is taken without detours."""
    _, _, size, crc, named = _CHUNK.unpack_from(body)
    begin = _CHUNK.size + named + _LENGTH.size
    (length,) = _LENGTH.unpack_from(body, begin - _LENGTH.size)
    if named or length != size or len(body) - begin < length:
        return _unpacked(body)
    content = body[begin : begin + length]
    if crc and zlib.crc32(content) != crc:
        raise ValueError("the checksum of the chunk is another one")
    return content


def _unpacked(body: bytes) -> bytes:
    """The same by the library, which knows every compression."""
    chunk = Chunk.read(_stream(body))
    if chunk.uncompressed_size and not chunk.data:
        raise ValueError("the chunk is empty")
    stream, length = get_chunk_data_stream(chunk, validate_crc=True)
    return stream.read(length)
