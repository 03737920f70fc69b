"""Stretches that look like talking, eating or fidgeting: the lower face moving again and again."""

import math
from collections import deque

from emgd.dsp.spotter import Burst, What
from emgd.face.muscles import DEPRESSOR, LEVATOR, ORIS, ZYGOMATICUS

MOUTH = frozenset({LEVATOR, ZYGOMATICUS, ORIS, DEPRESSOR})
WITHIN_MS = 3500.0
TIMES, CHANNELS = 3, 2  # so many channels begin so often within that time
AFTER_MS = 700.0  # what begins so soon after it still belongs to it
WAIT_MS = 1000.0  # the mouth must be still so long: what follows tells what a movement was


class Talking:
    """Watches the channels of the mouth."""

    def __init__(self, rate_hz: float) -> None:
        self._after = round(AFTER_MS * rate_hz / 1000)
        self._within = round(WITHIN_MS * rate_hz / 1000)
        self._wait = round(WAIT_MS * rate_hz / 1000)
        self._onsets: dict[int, deque[int]] = {}
        self._moved: dict[int, float] = {}  # by channel: until when, endless while it goes on
        self._latest: deque[tuple[int, int]] = deque(maxlen=64)  # stretches, first to last onset

    def hear(self, burst: Burst) -> None:
        """A channel of the mouth has begun to move, or has ended."""
        if burst.what is not What.OPENED:
            self._moved[burst.channel] = burst.offset if burst.what is What.CLOSED else burst.onset
            return
        self._moved[burst.channel] = math.inf
        onsets = self._onsets.setdefault(burst.channel, deque(maxlen=TIMES))
        onsets.append(burst.onset)
        since = burst.onset - self._within
        busy = [
            times for times in self._onsets.values() if len(times) == TIMES and times[0] >= since
        ]
        if len(busy) >= CHANNELS:
            self._latest.append((min(times[0] for times in busy), burst.onset))

    def due(self, onset: int, offset: int) -> float:
        """The sample at which an interval is told at the latest."""
        moved = sorted(self._moved.values())[-CHANNELS:]
        still = self._wait + max(offset, *moved[:1])
        return max(offset + self._wait, min(still, onset + self._within))

    def during(self, onset: int, offset: int) -> bool:
        """Whether such a stretch meets an interval."""
        return any(first <= offset and onset <= last + self._after for first, last in self._latest)
