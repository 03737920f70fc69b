"""`Replay`: a recording as a `Source`, block for block as the board gave it."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast, get_args
from urllib.parse import parse_qsl, unquote, urlsplit

import numpy as np
from ads1299 import registers as reg
from ads1299.block import Block, Gap, GapReason
from ads1299.source import BoardInfo, ChipError, Idle, LineCounters, SourceEnded

from emgd.recorder.entry import maps, positive, whole
from emgd.recording import Message, Recording, RecordingFault
from emgd.recording import open as open_recording

_SLICE_S = 0.05
_FASTEST = float("inf")


def replay_of(url: str) -> "Replay":
    """The source that `file:///recording.mcap?speed=1` names; speed is a number or `max`."""
    try:
        parts = urlsplit(url)
    except ValueError as fault:
        raise ChipError(f"{url} is no address: {fault}. Give file:///recording.mcap.") from fault
    wanted = dict(parse_qsl(parts.query, keep_blank_values=True))
    speed = wanted.pop("speed", "1")
    if wanted:
        raise ChipError(f"{url}: {', '.join(wanted)} is unknown; only speed can be given.")
    return Replay(Path(unquote(parts.netloc + parts.path)), _speed(url, speed))


def _speed(url: str, speed: str) -> float:
    try:
        number = _FASTEST if speed == "max" else float(speed)
    except ValueError:
        number = 0.0
    if not number > 0:
        raise ChipError(f"{url}: speed={speed} cannot be: give a number above 0, or max.")
    return number


class Replay:
    """Blocks, gaps, marks and ticks of a recording, at its own pace or faster.

    `taken_ns` and `arrival_ns` keep the distances they had, beginning when the replay begins:
    above speed 1 they run ahead of the clock, so that the measured rate stays the board's.
    """

    def __init__(
        self,
        path: Path,
        speed: float = 1.0,
        now: Callable[[], int] = time.monotonic_ns,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.counters = LineCounters()
        self.board: BoardInfo | None = None
        self.utc_offset_ns: int | None = None  # recorded UTC less `taken_ns`
        self.channels: list[dict[str, Any]] = []  # as `meta` of the recording names them
        self.mvc_uv: list[float | None] = []  # as the latest `meta` has them
        self.has_ticks = False
        self._path = path
        self._speed = speed
        self._now = now
        self._sleep = sleep
        self._idle: Idle = lambda: None
        self._marks: deque[Message] = deque()
        self._ticks: deque[Message] = deque()
        self._blocks: Iterator[Block] = iter(())
        self._next: Block | None = None
        self._begun_ns = 0
        self._streaming = False

    @property
    def streaming(self) -> bool:
        """Whether there are blocks to come."""
        return self._streaming

    @property
    def time_error_ns(self) -> int:
        """Times are as good as they were recorded."""
        return 0

    def start(self, idle: Idle) -> BoardInfo:
        """Open the recording; ChipError where it cannot be replayed."""
        self._idle = idle
        try:
            recording = open_recording(self._path)
            self.board = board_of(recording.meta, str(recording.path))
            self.channels = recording.meta["channels"]
            self.mvc_uv = mvc_of(recording.meta, self.board.channels)
            self._marks = deque(sorted(recording.messages({"mark"}), key=_sample))
            ticks = filter(_numbered, recording.messages({"tick"}))
            self._ticks = deque(sorted(ticks, key=_sample))
            self.has_ticks = bool(self._ticks)
            self._begun_ns = self._now()
            self._blocks = self._all_blocks(recording)
            self._next = next(self._blocks, None)  # whose time sets the offset
        except RecordingFault as fault:
            raise ChipError(str(fault)) from fault
        self._streaming = True
        return self.board

    def read(self, timeout_s: float) -> Block | None:
        """Give the next block once it is due, None when it is not; SourceEnded at the end."""
        until_ns = self._now() + round(timeout_s * 1e9)
        block = self._next or next(self._blocks, None)
        if block is None:
            self._streaming = False
            raise SourceEnded(f"{self._path}: the recording has come to its end")
        due_ns = self._due_ns(block)
        self._wait(min(due_ns, until_ns))
        self._next = block if due_ns > until_ns else None
        return None if self._next else block

    def events_before(self, index: int) -> list[Message]:
        """The marks of the recording that belong to samples before this one, each given once."""
        return _taken_before(self._marks, index)

    def ticks_before(self, index: int) -> list[Message]:
        """The ticks of samples before this one, each given once."""
        return _taken_before(self._ticks, index)

    def show(self, number: int, done: Callable[[int | None], None]) -> None:
        """A recording has no tube."""
        done(None)

    def stop(self) -> None:
        """Give no more blocks."""
        self._streaming = False
        self._next = None
        self._blocks = iter(())

    def close(self) -> None:
        """Let the file go; safe to call twice."""
        self.stop()

    def _due_ns(self, block: Block) -> int:
        return self._begun_ns + round((block.arrival_ns - self._begun_ns) / self._speed)

    def _wait(self, until_ns: int) -> None:
        while (left_s := (until_ns - self._now()) / 1e9) > 0:
            self._idle()
            self._sleep(min(left_s, _SLICE_S))

    def _all_blocks(self, recording: Recording) -> Iterator[Block]:
        gaps: list[Gap] = []
        end: int | None = None
        origin_ns: int | None = None
        for message in recording.messages({"meta", "raw", "gap"}):
            if message.topic == "meta":
                self.board = board_of(message.header, str(recording.path))
                self.mvc_uv = mvc_of(message.header, self.board.channels)
            elif message.topic == "gap":
                gaps += _gap_of(message)
            elif (first := whole(message.header.get("first"))) is not None and _sound(message):
                taken_ns, arrival_ns, utc_ns = _times(message)
                if origin_ns is None:
                    origin_ns = arrival_ns - self._begun_ns
                self.utc_offset_ns = utc_ns - (taken_ns - origin_ns)
                block = _block(message, first, taken_ns - origin_ns, arrival_ns - origin_ns)
                yield replace(block, gap=_joined(gaps, end, first))
                gaps, end = [], block.end


def _sound(raw: Message) -> bool:
    n = whole(raw.header.get("n"))
    return bool(n and raw.payload and not len(raw.payload) % (4 * n))


def _sample(event: Message) -> int:
    return whole(event.header.get("sample")) or 0


def _numbered(tick: Message) -> bool:
    return whole(tick.header.get("number")) is not None


def _taken_before(events: deque[Message], index: int) -> list[Message]:
    taken = []
    while events and _sample(events[0]) < index:
        taken.append(events.popleft())
    return taken


def _times(message: Message) -> tuple[int, int, int]:
    """When a block was taken and when it came, by the monotonic clock if that was kept; and UTC."""
    header = message.header
    t_ns = whole(header.get("t_ns")) or 0
    taken_ns, arrival_ns = whole(header.get("taken_ns")), whole(header.get("arrival_ns"))
    lasts_ns = round((positive(header.get("step_ns")) or 0.0) * (whole(header.get("n")) or 0))
    if arrival_ns is None:
        return t_ns, t_ns + lasts_ns, t_ns
    return arrival_ns - lasts_ns if taken_ns is None else taken_ns, arrival_ns, t_ns


def _block(message: Message, first: int, taken_ns: int, arrival_ns: int) -> Block:
    header = message.header
    counts = np.frombuffer(message.payload, "<i4").astype(np.int32, copy=False)
    return Block(
        first=first,
        counts=counts.reshape(whole(header.get("n")) or 1, -1),
        status=header.get("status") or b"",
        board_us=whole(header.get("board_us")),
        taken_ns=taken_ns,
        arrival_ns=arrival_ns,
        step_ns=positive(header.get("clock_step_ns")),
    )


def _gap_of(message: Message) -> list[Gap]:
    header = message.header
    first, missing = whole(header.get("first")), whole(header.get("missing"))
    if first is None or missing is None or (header.get("by") == "recorder" and not missing):
        return []
    reason = header.get("reason")
    return [
        Gap(first, missing, cast(GapReason, reason if reason in get_args(GapReason) else "lost"))
    ]


def _joined(gaps: list[Gap], end: int | None, first: int) -> Gap | None:
    """What is missing before a block: as it was told, or as the count shows."""
    if len(gaps) == 1 and gaps[0].first + gaps[0].missing == first and end in (None, gaps[0].first):
        return gaps[0]
    if end is None or (first <= end and not gaps):
        return None
    return Gap(end, max(0, first - end), gaps[-1].reason if gaps else "overrun")


def board_of(meta: dict[str, Any], path: str) -> BoardInfo:
    """The board as `meta` tells it."""
    channels, rate_hz = maps(meta.get("channels")), positive(meta.get("rate_hz"))
    if not channels or rate_hz is None:
        raise ChipError(
            f"{path} cannot be replayed: it has no `meta` message with channels and rate."
        )
    return BoardInfo(
        board=str(meta.get("board") or ""),
        firmware=str(meta.get("firmware") or ""),
        rate_hz=round(rate_hz),
        gains=tuple(round(positive(channel.get("gain")) or 1) for channel in channels),
        active=tuple(bool(channel.get("active", True)) for channel in channels),
        uv_per_count=tuple(positive(channel.get("uv_per_count")) or 0.0 for channel in channels),
        packet_samples=whole(meta.get("packet_samples")) or 1,
        has_tube=False,
        registers=_registers_of(meta),
        oversample=2 if maps([meta.get("response")])[0].get("oversample") == 2 else 1,
    )


def mvc_of(meta: Mapping[str, Any], channels: int) -> list[float | None]:
    """Maximum contractions as far as they can be read."""
    values = meta.get("mvc_uv")
    known = [positive(value) for value in values] if isinstance(values, list) else []
    return (known + [None] * channels)[:channels]


def _registers_of(meta: dict[str, Any]) -> dict[int, int]:
    """The chips' registers by address, as far as `meta` has them."""
    return {
        chip * reg.CHIP_STRIDE + address: value
        for chip, state in enumerate(maps(meta.get("chip")))
        for address, name in reg.NAMES.items()
        if (value := whole(maps([state.get("registers")])[0].get(name))) is not None and value < 256
    }
