"""The board link typed from its specification, slowly and plainly: what the code is judged by.

Nothing here is shared with mcubridge or boardsim: CRC bit by bit, COBS byte by byte, and every
message put together field by field.
"""


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE: poly 0x1021, init 0xFFFF, no reflection, no final xor."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = ((crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def stuff(data: bytes) -> bytes:
    """COBS, as a sender does it byte by byte: a code byte is filled in when its block ends."""
    out = bytearray(b"\0")
    code_at, code = 0, 1
    for place, byte in enumerate(data):
        if byte:
            out.append(byte)
            code += 1
        if not byte or (code == 0xFF and place < len(data) - 1):
            out[code_at] = code
            code_at, code = len(out), 1
            out.append(0)
    out[code_at] = code
    return bytes(out)


def unstuff(data: bytes) -> bytes | None:
    """The other way; None where it is not COBS."""
    out = bytearray()
    at = 0
    while at < len(data):
        code = data[at]
        block = data[at + 1 : at + code]
        if code == 0 or len(block) != code - 1:
            return None
        out += block
        at += code
        if code != 0xFF and at < len(data):
            out.append(0)
    return bytes(out)


def frame(message: bytes) -> bytes:
    """Type, tag and payload as they stand on the line."""
    return stuff(message + u16(crc16(message))) + b"\0"


def unframe(piece: bytes) -> bytes | None:
    """Type, tag and payload of what stood between two zeros; None where it is broken."""
    body = unstuff(piece)
    if body is None or not 4 <= len(body) <= 2048 or u16(crc16(body[:-2])) != body[-2:]:
        return None
    return body[:-2]


def u16(value: int) -> bytes:
    return value.to_bytes(2, "little")


def u32(value: int) -> bytes:
    return value.to_bytes(4, "little")


def u64(value: int) -> bytes:
    return value.to_bytes(8, "little")


def name16(text: str) -> bytes:
    """ASCII, NUL padded."""
    return text.encode("ascii").ljust(16, b"\0")


def hello(
    tag: int = 0,
    *,
    version: int = 1,
    chip_id: int = 0x3E,
    packet_samples: int = 20,
    rate_hz: int = 250,
    flags: int = 1,
    vref_uv: int = 4_500_000,
    gains: tuple[int, ...] = (24,) * 8,
    channels: int | None = None,
    board: str = "hand",
    firmware: str = "hand 1",
    board_time_us: int = 0,
) -> bytes:
    channels = len(gains) if channels is None else channels
    return (
        bytes((0x01, tag, version, chip_id, channels, packet_samples))
        + u16(rate_hz)
        + u16(flags)
        + u32(vref_uv)
        + bytes(gains)
        + name16(board)
        + name16(firmware)
        + u64(board_time_us)
    )


def data(counter: int, t_us: int, n: int, samples: bytes, tag: int = 0) -> bytes:
    return bytes((0x02, tag)) + u32(counter) + u64(t_us) + bytes((n,)) + samples


def reply(tag: int, status: int = 0, payload: bytes = b"") -> bytes:
    return bytes((0x03, tag, status)) + payload


def note(level: int, text: bytes) -> bytes:
    return bytes((0x04, 0, level)) + text


def ramp(sample: int, channel: int) -> int:
    """The known counts: sample and channel can be read off any of them."""
    return (sample + channel * 1_000_003) % (1 << 24) - (1 << 23)


def chip_sample(counts: list[int], status: bytes = b"\xc0\0\0") -> bytes:
    """One sample as the chips clock it out: each chip's status, then its up to 8 channels."""
    out = b""
    for first in range(0, len(counts), 8):
        out += status
        for count in counts[first : first + 8]:
            out += count.to_bytes(3, "big", signed=True)
    return out


def ramp_packet(first: int, n: int, channels: int) -> bytes:
    """The bytes of n samples of the ramp."""
    return b"".join(
        chip_sample([ramp(sample, channel) for channel in range(channels)])
        for sample in range(first, first + n)
    )
