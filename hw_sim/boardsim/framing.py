"""Frames of the board link: COBS, CRC-16 and finding the boundary again."""

import binascii

MAX_BODY = 2048


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE: polynomial 0x1021, started at 0xFFFF, nothing reflected."""
    return binascii.crc_hqx(data, 0xFFFF)


def stuff(data: bytes) -> bytes:
    """COBS: the same bytes without a zero."""
    out = bytearray()
    for run in data.split(b"\0"):
        while len(run) >= 254:  # a full block of 254 stands for no zero after it
            out.append(255)
            out += run[:254]
            run = run[254:]
        out.append(len(run) + 1)
        out += run
    if not run and data[-1:] not in (b"", b"\0"):  # nothing follows a last full block
        del out[-1]
    return bytes(out)


def unstuff(data: bytes) -> bytes | None:
    """Undo `stuff`; None when the bytes are no valid COBS."""
    out, at = bytearray(), 0
    while at < len(data):
        code = data[at]
        block = data[at + 1 : at + code]
        if code == 0 or len(block) != code - 1 or 0 in block:
            return None
        out += block
        at += code
        if code < 255 and at < len(data):
            out.append(0)
    return bytes(out)


def frame(body: bytes) -> bytes:
    """Put CRC, stuffing and the closing zero around `type | tag | payload`."""
    return stuff(body + crc16(body).to_bytes(2, "little")) + b"\0"


def unframe(piece: bytes) -> bytes | None:
    """Give the body of what stood between two zeros; None when it is broken."""
    data = unstuff(piece)
    if data is None or not 4 <= len(data) <= MAX_BODY:
        return None
    body, crc = data[:-2], int.from_bytes(data[-2:], "little")
    return body if crc16(body) == crc else None


class FrameReader:
    """Bytes in, bodies out; broken frames are counted and passed over."""

    LONGEST = MAX_BODY + MAX_BODY // 254 + 2

    def __init__(self) -> None:
        self.bad = 0
        self._rest = bytearray()
        self._skipping = False

    def feed(self, data: bytes) -> list[bytes]:
        """Take what came over the line and give the bodies that it completes."""
        bodies = []
        *pieces, rest = data.split(b"\0")
        for piece in pieces:
            body = self._close(piece)
            if body is not None:
                bodies.append(body)
        self._hold(rest)
        return bodies

    def _hold(self, piece: bytes) -> None:
        if not self._skipping:
            self._rest += piece
            if len(self._rest) > self.LONGEST:
                self._rest.clear()
                self._skipping = True

    def _close(self, piece: bytes) -> bytes | None:
        self._hold(piece)
        whole, skipped = bytes(self._rest), self._skipping
        self._rest.clear()
        self._skipping = False
        if not whole and not skipped:
            return None
        body = None if skipped else unframe(whole)
        self.bad += body is None
        return body
