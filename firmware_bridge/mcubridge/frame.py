"""Frames of the board link: COBS, CRC, finding the boundary again. Bytes in, bodies out, no I/O."""

from binascii import crc_hqx

import numpy as np
from numba import types
from numpy.typing import NDArray

from mcubridge.jit import kernel

MAX_BODY = 2048  # type, tag, payload and CRC
MIN_BODY = 4
_MAX_STUFFED = MAX_BODY + MAX_BODY // 254 + 1
_CRC_START = 0xFFFF

_bytes_in = types.Bytes(types.uint8, 1, "C")


@kernel(types.int64(_bytes_in, types.uint8[::1]))
def _unstuff(stuffed: bytes, body: NDArray[np.uint8]) -> int:
    """Undo COBS into `body`; the length, or -1 where it is not COBS."""
    size = len(stuffed)
    at = 0
    out = 0
    while at < size:
        code = int(stuffed[at])
        end = at + code
        if code == 0 or end > size or out + code > len(body):
            return -1
        for i in range(at + 1, end):
            body[out] = stuffed[i]
            out += 1
        if code < 255 and end < size:
            body[out] = 0
            out += 1
        at = end
    return out


def _stuff(body: bytes) -> bytes:
    """COBS: no zero inside."""
    out = bytearray()
    for run in body.split(b"\0"):
        rest = run
        while len(rest) >= 254:
            out += b"\xff" + rest[:254]
            rest = rest[254:]
        out.append(len(rest) + 1)
        out += rest
    return bytes(out)


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE: binascii's CRC with that one's start value."""
    return crc_hqx(data, _CRC_START)


def encode(message: bytes) -> bytes:
    """Wrap type, tag and payload for the line."""
    return _stuff(message + crc16(message).to_bytes(2, "little")) + b"\0"


class FrameReader:
    """Takes bytes as they come and gives the messages of whole, sound frames."""

    def __init__(self) -> None:
        self.bad = 0
        self._tail = bytearray()
        self._skipping = False  # the frame under way is too long: already counted, drop to its end
        self._body = np.empty(MAX_BODY + 256, np.uint8)
        self._view = memoryview(self._body)  # type: ignore[arg-type]  # an array is a buffer

    def feed(self, data: bytes) -> list[bytes]:
        """Give type, tag and payload of each frame that these bytes complete."""
        if b"\0" not in data:
            self._keep(data)
            return []
        first, *others = data.split(b"\0")
        last = others.pop()
        found: list[bytes] = []
        if self._tail or self._skipping:
            self._keep(first)
            first = bytes(self._tail)
            self._tail.clear()
            self._skipping = False
        self._open(first, found)
        for stuffed in others:
            self._open(stuffed, found)
        self._keep(last)
        return found

    def _keep(self, data: bytes) -> None:
        if self._skipping:
            return
        self._tail += data
        if len(self._tail) > _MAX_STUFFED:
            self.bad += 1
            self._skipping = True
            self._tail.clear()

    def _open(self, stuffed: bytes, found: list[bytes]) -> None:
        if not stuffed:
            return
        if len(stuffed) <= _MAX_STUFFED:
            size = _unstuff(stuffed, self._body)
            if MIN_BODY <= size <= MAX_BODY:
                body = bytes(self._view[:size])
                message = body[:-2]
                if crc16(message) == body[-2] | body[-1] << 8:
                    found.append(message)
                    return
        self.bad += 1
