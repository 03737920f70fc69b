"""Annotations of a BDF+ file: the time-stamped lists that stand in each record."""

from collections import deque

_CONTROLS = dict.fromkeys(range(32), " ")
_LONGEST = 400


def time_text(seconds: float) -> str:
    """Seconds with a sign and 7 decimals at most: a sample at any rate is told to its place."""
    text = f"{seconds:+.7f}".rstrip("0")
    return text.rstrip(".")


def note_bytes(onset_s: float, duration_s: float | None, text: str) -> bytes:
    """One annotation."""
    lasts = f"\x15{time_text(duration_s)[1:]}" if duration_s is not None else ""
    told = text.translate(_CONTROLS).strip()[:_LONGEST]
    return f"{time_text(onset_s)}{lasts}\x14{told}\x14\0".encode()


def clock_bytes(onset_s: float) -> bytes:
    """What each record begins with: its own time."""
    return f"{time_text(onset_s)}\x14\x14\0".encode()


class Budget:
    """How many bytes each record needs so that all annotations fit, found on a first pass."""

    def __init__(self) -> None:
        self._per_record: list[int] = []
        self._largest = 0

    def add(self, record: int, size: int) -> None:
        """An annotation comes up while this record is being filled."""
        self._per_record += [0] * (record + 1 - len(self._per_record))
        self._per_record[record] += size
        self._largest = max(self._largest, size)

    def size(self, records: int, clock_size: int) -> int:
        """Bytes per record, a multiple of 3; annotations may wait for a later record."""
        per_record = self._per_record[:records]
        if per_record:
            per_record[-1] += sum(self._per_record[records:])
        needed, still = 0, 0
        behind = [0] * (records - len(per_record))
        for left, size in enumerate(reversed(per_record + behind), 1):
            still += size
            needed = max(needed, -(-still // left))
        size = clock_size + needed + self._largest
        return size + -size % 3


class Pending:
    """Annotations on their way into the records."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._waiting: deque[bytes] = deque()

    def add(self, note: bytes) -> None:
        """Put at the end of the line."""
        self._waiting.append(note)

    def record(self, clock: bytes) -> bytes:
        """The annotation signal of a record: its time and as many annotations as fit."""
        body = clock
        while self._waiting and len(body) + len(self._waiting[0]) <= self._size:
            body += self._waiting.popleft()
        return body.ljust(self._size, b"\0")

    @property
    def left(self) -> int:
        """Annotations that found no place yet."""
        return len(self._waiting)
