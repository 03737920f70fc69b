"""The index at the end of an MCAP file, gathered while the chunks are written."""

import struct
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from mcap.data_stream import RecordBuilder
from mcap.opcode import Opcode
from mcap.records import (
    Channel,
    Chunk,
    ChunkIndex,
    Footer,
    McapRecord,
    MetadataIndex,
    Schema,
    Statistics,
    SummaryOffset,
)

MAGIC = b"\x89MCAP0\r\n"

_SQUEEZE_BYTES = 1 << 16


def record_bytes(*records: McapRecord) -> bytes:
    """The records as they stand in the file."""
    builder = RecordBuilder()
    for record in records:
        record.write(builder)
    end: Callable[[], bytes] = builder.end
    return end()


class Index:
    """What is known of the chunks, kept squeezed: a long recording has hundreds of thousands."""

    def __init__(self) -> None:
        self._squeezed: list[bytes] = []
        self._loose = bytearray()
        self._metadata: list[MetadataIndex] = []
        self._messages: Counter[int] = Counter()
        self._chunks = 0
        self._start_ns: int | None = None
        self._end_ns = 0

    def metadata(self, index: MetadataIndex) -> None:
        """Remember where a metadata record is."""
        self._metadata.append(index)

    def chunk(
        self,
        chunk: Chunk,
        span: tuple[int, int],
        tables: Mapping[int, int],
        counts: Mapping[int, int],
    ) -> None:
        """Remember a chunk: start and length with its tables, each channel's table and count."""
        start, length = span
        body = min(tables.values()) - start
        self._loose += record_bytes(
            ChunkIndex(
                chunk_length=body,
                chunk_start_offset=start,
                compression=chunk.compression,
                compressed_size=len(chunk.data),
                message_end_time=chunk.message_end_time,
                message_index_length=length - body,
                message_index_offsets=dict(tables),
                message_start_time=chunk.message_start_time,
                uncompressed_size=chunk.uncompressed_size,
            )
        )
        if len(self._loose) > _SQUEEZE_BYTES:
            self._squeezed.append(zlib.compress(self._loose, 1))
            self._loose = bytearray()
        self._messages.update(counts)
        self._chunks += 1
        first = chunk.message_start_time
        self._start_ns = first if self._start_ns is None else min(first, self._start_ns)
        self._end_ns = max(self._end_ns, chunk.message_end_time)

    def pieces(
        self, start: int, schemas: Sequence[Schema], channels: Sequence[Channel]
    ) -> Iterator[bytes]:
        """The end of the file, piece by piece, where it is written from `start` on."""
        groups: list[tuple[Opcode, Iterable[bytes]]] = [
            (Opcode.SCHEMA, [record_bytes(*schemas)]),
            (Opcode.CHANNEL, [record_bytes(*channels)]),
            (Opcode.STATISTICS, [record_bytes(self._statistics(len(schemas), len(channels)))]),
            (Opcode.METADATA_INDEX, [record_bytes(*self._metadata)]),
            (Opcode.CHUNK_INDEX, self._chunk_pieces()),
        ]
        at, crc, offsets = start, 0, []
        for opcode, pieces in groups:
            begin = at
            for piece in pieces:
                crc = zlib.crc32(piece, crc)
                at += len(piece)
                yield piece
            if at > begin:
                offsets.append(SummaryOffset(opcode, begin, at - begin))
        # the checksum covers the summary and the footer up to the checksum itself
        end = record_bytes(*offsets, Footer(start, at, 0))[:-4]
        yield end + struct.pack("<I", zlib.crc32(end, crc)) + MAGIC

    def _chunk_pieces(self) -> Iterator[bytes]:
        for squeezed in self._squeezed:
            yield zlib.decompress(squeezed)
        yield bytes(self._loose)

    def _statistics(self, schemas: int, channels: int) -> Statistics:
        return Statistics(
            attachment_count=0,
            channel_count=channels,
            channel_message_counts=dict(self._messages),
            chunk_count=self._chunks,
            message_count=self._messages.total(),
            message_end_time=self._end_ns,
            message_start_time=self._start_ns or 0,
            metadata_count=len(self._metadata),
            schema_count=schemas,
        )
